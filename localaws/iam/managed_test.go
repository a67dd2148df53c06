package iam

import (
	"fmt"
	"strings"
	"testing"
)

func TestManagedPolicy(t *testing.T) {
	w := newWorld(t)
	arn := ownPolicy + "read"
	created := w.do("CreatePolicy", members{"PolicyName": "read", "PolicyDocument": readOne, "Description": "reads one secret"})
	for path, want := range map[string]any{
		"Policy.Arn": arn, "Policy.AttachmentCount": 0.0, "Policy.PermissionsBoundaryUsageCount": 0.0, "Policy.DefaultVersionId": "v1", "Policy.IsAttachable": true,
		"Policy.Path": "/", "Policy.Description": nil, "Policy.Tags": nil,
	} {
		if got := at(created, path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if id := at(created, "Policy.PolicyId").(string); !strings.HasPrefix(id, "ANPA") || len(id) != 21 {
		t.Errorf("id %s", id)
	}
	w.refused("CreatePolicy", members{"PolicyName": "Read", "PolicyDocument": readOne}, "EntityAlreadyExists: A policy called read already exists. Duplicate names are not allowed.")
	w.refused("CreatePolicy", members{"PolicyName": "bad", "PolicyDocument": trustEC2}, "MalformedPolicyDocument: Policy document should not specify a principal.")
	long := strings.Replace(readOne, "db-", strings.Repeat("x", 6144), 1)
	w.refused("CreatePolicy", members{"PolicyName": "long", "PolicyDocument": long}, "LimitExceeded: Cannot exceed quota for PolicySize: 6144")
	w.do("CreatePolicy", members{"PolicyName": "spacious", "PolicyDocument": strings.Replace(readOne, ",", ","+strings.Repeat(" \n", 6144), 1)})

	for i := 2; i <= 5; i++ {
		got := w.do("CreatePolicyVersion", members{"PolicyArn": arn, "PolicyDocument": readOne, "SetAsDefault": i == 3})
		if at(got, "PolicyVersion.VersionId") != fmt.Sprint("v", i) || at(got, "PolicyVersion.IsDefaultVersion") != (i == 3) {
			t.Errorf("version %d: %v", i, got)
		}
	}
	w.refused("CreatePolicyVersion", members{"PolicyArn": arn, "PolicyDocument": readOne}, "LimitExceeded: A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.")
	w.refused("DeletePolicyVersion", members{"PolicyArn": arn, "VersionId": "v3"}, "DeleteConflict: Cannot delete the default version of a policy.")
	w.refused("DeletePolicy", members{"PolicyArn": arn}, "DeleteConflict: This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	w.do("DeletePolicyVersion", members{"PolicyArn": arn, "VersionId": "v1"})
	if got := w.do("CreatePolicyVersion", members{"PolicyArn": arn, "PolicyDocument": readOne}); at(got, "PolicyVersion.VersionId") != "v6" {
		t.Errorf("a number is used again: %v", got)
	}
	w.do("SetDefaultPolicyVersion", members{"PolicyArn": arn, "VersionId": "v6"})
	if got := w.do("ListPolicyVersions", members{"PolicyArn": arn, "MaxItems": 2}); at(got, "Versions.0.VersionId") != "v6" || at(got, "Versions.1.VersionId") != "v5" || at(got, "IsTruncated") != true {
		t.Errorf("versions: %v", got)
	}
	got := w.do("GetPolicyVersion", members{"PolicyArn": arn, "VersionId": "v6"})
	if at(got, "PolicyVersion.Document") != encoded(readOne) || at(got, "PolicyVersion.IsDefaultVersion") != true {
		t.Errorf("version: %v", got)
	}
	if got := w.do("GetPolicy", members{"PolicyArn": arn}); at(got, "Policy.Description") != "reads one secret" || at(got, "Policy.DefaultVersionId") != "v6" {
		t.Errorf("policy: %v", got)
	}
}

// TestAttachAsRecorded reproduces what the live service answers to ARNs that are none, and to one of no policy.
func TestAttachAsRecorded(t *testing.T) {
	w := newWorld(t)
	w.do("CreatePolicy", members{"PolicyName": "a-policy-with-a-longer-name", "PolicyDocument": readOne})
	arn := ownPolicy + "a-policy-with-a-longer-name"
	for _, k := range []*kind{users, roles} {
		w.do("Create"+k.title, members{k.title + "Name": "x", "AssumeRolePolicyDocument": trustEC2})
		attach := func(arn string) members { return members{k.title + "Name": "x", "PolicyArn": arn} }
		w.refused("Attach"+k.title+"Policy", attach("a-policy-with-a-longer-name"), "ValidationError: Invalid ARN:  Could not be parsed!")
		w.refused("Attach"+k.title+"Policy", attach("longpolicynamebutnoarn-and-no-policy"), "ValidationError: Invalid ARN:  Could not be parsed!")
		w.refused("Attach"+k.title+"Policy", attach(arn+"123"), "NoSuchEntity: Policy "+arn+"123 does not exist or is not attachable.")
		w.do("Attach"+k.title+"Policy", attach(arn))
	}
	got := w.do("ListEntitiesForPolicy", members{"PolicyArn": arn})
	if at(got, "PolicyUsers.0.UserName") != "x" || at(got, "PolicyRoles.0.RoleName") != "x" || at(got, "PolicyGroups.0") != nil {
		t.Errorf("entities: %v", got)
	}
	if got := w.do("GetPolicy", members{"PolicyArn": arn}); at(got, "Policy.AttachmentCount") != 2.0 {
		t.Errorf("policy: %v", got)
	}
	w.refused("DeletePolicy", members{"PolicyArn": arn}, "DeleteConflict: Cannot delete a policy attached to entities.")
	w.do("DetachUserPolicy", members{"UserName": "x", "PolicyArn": arn})
	w.do("DetachRolePolicy", members{"RoleName": "x", "PolicyArn": arn})
	w.do("DeletePolicy", members{"PolicyArn": arn})
}

func TestListPolicies(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"b", "a", "c"} {
		w.do("CreatePolicy", members{"PolicyName": name, "PolicyDocument": readOne})
	}
	w.do("CreateUser", members{"UserName": "x"})
	w.do("AttachUserPolicy", members{"UserName": "x", "PolicyArn": ownPolicy + "b"})
	names := func(in members) string {
		var all []string
		got := w.do("ListPolicies", in)
		list, _ := got["Policies"].([]any)
		for _, p := range list {
			all = append(all, p.(members)["PolicyName"].(string))
		}
		return strings.Join(all, " ")
	}
	for _, c := range []struct {
		in   members
		want string
	}{
		{members{"Scope": "Local"}, "a b c"},
		{members{"Scope": "Local", "OnlyAttached": true}, "b"},
		{members{"Scope": "Local", "PolicyUsageFilter": "PermissionsBoundary"}, ""},
		{members{"Scope": "Local", "PathPrefix": "/none/"}, ""},
	} {
		if got := names(c.in); got != c.want {
			t.Errorf("%v: got %s, want %s", c.in, got, c.want)
		}
	}
	w.refused("DeletePolicy", members{"PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}, "AccessDenied: Policy arn:aws:iam::aws:policy/AdministratorAccess is managed by AWS and cannot be changed.")
}
