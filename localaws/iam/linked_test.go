package iam

import (
	"testing"
	"time"

	"aircon/internal/store"
)

func TestServiceLinkedRole(t *testing.T) {
	const role, arn = "AWSServiceRoleForAmazonMWAA", "arn:aws:iam::111111111111:role/aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA"
	w := newWorld(t)
	input := members{"AWSServiceName": "airflow.amazonaws.com"}
	if made := w.do("CreateServiceLinkedRole", input); at(made, "Role.Arn") != arn || w.needs[0].Resource != arn {
		t.Errorf("made %v", made)
	}
	if v, _ := w.needs[0].Context.Get("iam:AWSServiceName"); v.Value != "airflow.amazonaws.com" {
		t.Errorf("keys %v", w.needs[0].Context)
	}
	attached := w.do("ListAttachedRolePolicies", members{"RoleName": role})
	policy := "arn:aws:iam::aws:policy/aws-service-role/AmazonMWAAServiceRolePolicy"
	if at(attached, "AttachedPolicies.0.PolicyArn") != policy {
		t.Errorf("attached %v", attached)
	}
	w.refused("CreateServiceLinkedRole", input, "InvalidInput: Service role name "+role+" has been taken in this account, please try a different suffix.")
	w.refused("CreateServiceLinkedRole", members{"AWSServiceName": "airflow.amazonaws.com", "CustomSuffix": "x"}, "InvalidInput: Custom suffix is not allowed for airflow.amazonaws.com")

	protected := "UnmodifiableEntity: Cannot perform the operation on the protected role '" + role + "' - this role is only modifiable by AWS"
	for operation, input := range map[string]members{
		"PutRolePolicy":          {"PolicyName": "p", "PolicyDocument": readOne},
		"DetachRolePolicy":       {"PolicyArn": policy},
		"UpdateAssumeRolePolicy": {"PolicyDocument": trustEC2},
	} {
		input["RoleName"] = role
		w.refused(operation, input, protected)
	}
	w.do("TagRole", members{"RoleName": role, "Tags": []any{members{"Key": "team", "Value": "data"}}})
	w.do("UpdateRoleDescription", members{"RoleName": role, "Description": "MWAA's"})

	busy := true
	w.accounts.Linked("airflow.amazonaws.com", func(store.Tx, string, time.Time) (used []Usage, err error) {
		if busy {
			used = []Usage{{"eu-west-1", []string{"arn:aws:airflow:eu-west-1:111111111111:environment/analytics"}}}
		}
		return used, nil
	})
	status := func() members {
		task := at(w.do("DeleteServiceLinkedRole", members{"RoleName": role}), "DeletionTaskId")
		return w.do("GetServiceLinkedRoleDeletionStatus", members{"DeletionTaskId": task})
	}
	if got := status(); at(got, "Status") != "FAILED" || at(got, "Reason.RoleUsageList.0.Region") != "eu-west-1" {
		t.Errorf("while MWAA works with it: %v", got)
	}
	busy = false
	if got := status(); at(got, "Status") != "SUCCEEDED" || w.needs[0].Resource != arn {
		t.Errorf("afterwards: %v, of %s", got, w.needs[0].Resource)
	}
	w.refused("GetRole", members{"RoleName": role}, "NoSuchEntity: The role with name "+role+" cannot be found.")
	if got := w.do("GetPolicy", members{"PolicyArn": policy}); at(got, "Policy.AttachmentCount") != 0.0 {
		t.Errorf("still attached: %v", got)
	}
	w.do("CreateServiceLinkedRole", input)
}
