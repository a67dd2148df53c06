package secretsmanager_test

import (
	"fmt"
	"strings"
	"testing"

	"aircon/localaws/internal/calltest"
	"aircon/localaws/op"
)

// in makes a call in a region.
func in(a *calltest.AWS, region, operation string, input object) object {
	a.T.Helper()
	defer func(was string) { a.Region = was }(a.Region)
	a.Region = region
	return a.OK("secretsmanager."+operation, input)
}

// failsIn makes a call in a region that must be refused.
func failsIn(a *calltest.AWS, region, want, operation string, input object) {
	a.T.Helper()
	defer func(was string) { a.Region = was }(a.Region)
	a.Region = region
	a.Fails(want, "secretsmanager."+operation, input)
}

func regions(names ...string) (list []object) {
	for _, name := range names {
		list = append(list, object{"Region": name})
	}
	return list
}

// replicated returns the status of a secret's replicas: "us-east-1 InSync, us-west-2 Failed (why)".
func replicated(answer object) string {
	list, _ := answer["ReplicationStatus"].([]any)
	var out []string
	for _, s := range list {
		status := s.(object)
		line := fmt.Sprint(status["Region"], " ", status["Status"])
		if status["StatusMessage"] != nil {
			line += fmt.Sprint(" (", status["StatusMessage"], ")")
		}
		out = append(out, line)
	}
	return strings.Join(out, ", ")
}

const readOnly = "InvalidParameterException: Operation not permitted on a replica secret. Call must be made in primary secret's region."

// TestReplicas: a replica reads like its primary, follows it, and takes no change of its own but its key.
func TestReplicas(t *testing.T) {
	a := newAWS(t)
	made := a.OK("secretsmanager.CreateSecret", object{
		"Name": "s", "SecretString": "v1", "ClientRequestToken": id(1), "AddReplicaRegions": regions("us-west-2"), "Tags": []object{{"Key": "team", "Value": "data"}},
	})
	if got, want := replicated(made), "us-west-2 InProgress"; got != want {
		t.Errorf("created with %s, want %s", got, want)
	}
	if got := asked(a); !strings.Contains(got, "secretsmanager:ReplicateSecretToRegions on arn:aws:secretsmanager:eu-west-1:111122223333:secret:s as s") {
		t.Errorf("asked %s", got)
	}
	if got, want := replicated(a.OK("secretsmanager.ReplicateSecretToRegions", object{"SecretId": "s", "AddReplicaRegions": regions("us-east-1")})),
		"us-east-1 InProgress, us-west-2 InSync"; got != want {
		t.Errorf("replicated: %s, want %s", got, want)
	}
	put(a, "s", "v2", 2)
	for _, region := range []string{"us-east-1", "us-west-2"} {
		got := in(a, region, "GetSecretValue", object{"SecretId": "s"})
		if want := strings.Replace(made["ARN"].(string), "eu-west-1", region, 1); got["ARN"] != want || got["SecretString"] != "v2" || got["VersionId"] != id(2) {
			t.Errorf("in %s: %v, want %s", region, got, want)
		}
		described := in(a, region, "DescribeSecret", object{"SecretId": got["ARN"]})
		if described["PrimaryRegion"] != "eu-west-1" || fmt.Sprint(described["Tags"]) != "[map[Key:team Value:data]]" || described["ReplicationStatus"] != nil {
			t.Errorf("in %s: %v", region, described)
		}
	}
	if got := a.OK("secretsmanager.DescribeSecret", object{"SecretId": "s"}); got["PrimaryRegion"] != "eu-west-1" || !strings.Contains(fmt.Sprint(got["ReplicationStatus"]), "LastAccessedDate") {
		t.Errorf("described %v", got)
	}
	for operation, input := range map[string]object{
		"PutSecretValue": {"SecretString": "x", "ClientRequestToken": id(3)}, "UpdateSecret": {"Description": "d"}, "DeleteSecret": {}, "RestoreSecret": {},
		"TagResource": {"Tags": []object{{"Key": "a", "Value": "b"}}}, "UntagResource": {"TagKeys": []string{"team"}}, "DeleteResourcePolicy": {},
		"PutResourcePolicy": {"ResourcePolicy": "{}"}, "RotateSecret": {"ClientRequestToken": id(3)}, "CancelRotateSecret": {},
		"UpdateSecretVersionStage": {"VersionStage": "x", "MoveToVersionId": id(1)}, "ReplicateSecretToRegions": {"AddReplicaRegions": regions("eu-west-2")},
		"RemoveRegionsFromReplication": {"RemoveReplicaRegions": []string{"us-east-1"}},
	} {
		input["SecretId"] = "s"
		failsIn(a, "us-east-1", readOnly, operation, input)
	}
	a.Fails("InvalidParameterException: You can't delete secret "+made["ARN"].(string)+" that still has replica regions [us-east-1, us-west-2].",
		"secretsmanager.DeleteSecret", object{"SecretId": "s", "ForceDeleteWithoutRecovery": true})

	if got := replicated(a.OK("secretsmanager.RemoveRegionsFromReplication", object{"SecretId": "s", "RemoveReplicaRegions": []string{"us-east-1"}})); got != "us-west-2 InSync" {
		t.Errorf("left %s", got)
	}
	failsIn(a, "us-east-1", "ResourceNotFoundException", "DescribeSecret", object{"SecretId": "s"})
	if rows := dump(a); strings.Contains(rows, "secretsmanager.value arn:aws:secretsmanager:us-east-1") {
		t.Errorf("a removed replica left:\n%s", rows)
	}
	in(a, "us-west-2", "StopReplicationToReplica", object{"SecretId": "s"})
	put(a, "s", "v3", 3)
	if got := in(a, "us-west-2", "GetSecretValue", object{"SecretId": "s"})["SecretString"]; got != "v2" {
		t.Errorf("what was a replica reads %v", got)
	}
	in(a, "us-west-2", "PutSecretValue", object{"SecretId": "s", "SecretString": "own", "ClientRequestToken": id(4)})
	a.OK("secretsmanager.DeleteSecret", object{"SecretId": "s"})
}

// TestReplicaConflicts: a name that is taken fails in the status, and only force takes it.
func TestReplicaConflicts(t *testing.T) {
	a := newAWS(t)
	in(a, "us-east-1", "CreateSecret", object{"Name": "s", "SecretString": "other", "ClientRequestToken": id(9)})
	create(a, "s", "v1", 1)
	replicate := object{"SecretId": "s", "AddReplicaRegions": regions("us-east-1")}
	a.OK("secretsmanager.ReplicateSecretToRegions", replicate)
	const taken = "us-east-1 Failed (Replication failed: Secret name s already exists in region us-east-1.)"
	if got := replicated(a.OK("secretsmanager.DescribeSecret", object{"SecretId": "s"})); got != taken {
		t.Errorf("status %s, want %s", got, taken)
	}
	if got := in(a, "us-east-1", "GetSecretValue", object{"SecretId": "s"})["SecretString"]; got != "other" {
		t.Errorf("the other secret reads %v", got)
	}
	put(a, "s", "v2", 2)
	replicate["ForceOverwriteReplicaSecret"] = true
	a.OK("secretsmanager.ReplicateSecretToRegions", replicate)
	if got := in(a, "us-east-1", "GetSecretValue", object{"SecretId": "s"})["SecretString"]; got != "v2" {
		t.Errorf("the replica reads %v", got)
	}
	a.Fails("InvalidParameterException", "secretsmanager.ReplicateSecretToRegions", replicate)
	a.Fails("InvalidParameterException", "secretsmanager.ReplicateSecretToRegions", object{"SecretId": "s", "AddReplicaRegions": regions("eu-west-1")})
	a.Fails("InvalidParameterException", "secretsmanager.ReplicateSecretToRegions", object{"SecretId": "s", "AddReplicaRegions": regions("eu-west-2", "eu-west-2")})
	a.Fails("InvalidParameterException", "secretsmanager.RemoveRegionsFromReplication", object{"SecretId": "s", "RemoveReplicaRegions": []string{"eu-west-2"}})
	a.Fails("InvalidRequestException", "secretsmanager.StopReplicationToReplica", object{"SecretId": "s"})
}

// TestReplicaKeys: a replica lies under a key of its own region, which only whoever adds it must be allowed to use.
func TestReplicaKeys(t *testing.T) {
	a := newAWS(t)
	key := func() string {
		a.Region = "us-east-1"
		defer func() { a.Region = calltest.Region }()
		return a.OK("kms.CreateKey", object{})["KeyMetadata"].(object)["Arn"].(string)
	}
	first, second := key(), key()
	create(a, "s", "v1", 1)
	a.OK("secretsmanager.ReplicateSecretToRegions", object{"SecretId": "s", "AddReplicaRegions": []object{{"Region": "us-east-1", "KmsKeyId": first}}})
	if got := asked(a); !strings.Contains(got, "kms:GenerateDataKey on "+first) {
		t.Errorf("asked %s", got)
	}
	a.Decide = func(c *op.Call, n *op.Need) error {
		if n.Resource == first {
			return denyAll(c, n)
		}
		return nil
	}
	put(a, "s", "v2", 2)
	failsIn(a, "us-east-1", "AccessDeniedException: Access to KMS is not allowed", "GetSecretValue", object{"SecretId": "s"})
	a.OK("secretsmanager.ReplicateSecretToRegions", object{"SecretId": "s", "AddReplicaRegions": []object{{"Region": "us-west-2", "KmsKeyId": first}}})
	if got := replicated(a.OK("secretsmanager.DescribeSecret", object{"SecretId": "s"})); !strings.Contains(got, "us-west-2 Failed (Replication failed: ") {
		t.Errorf("status %s", got)
	}
	a.Decide = nil
	in(a, "us-east-1", "UpdateSecret", object{"SecretId": "s", "KmsKeyId": second})
	put(a, "s", "v3", 3)
	in(a, "us-east-1", "GetSecretValue", object{"SecretId": "s"})
	if got := asked(a); !strings.HasSuffix(got, "kms:Decrypt on "+second) {
		t.Errorf("asked %s", got)
	}
}

// TestReplicaBehind: a replica whose key is out of use stays as it is, says so, and follows again.
func TestReplicaBehind(t *testing.T) {
	a := newAWS(t)
	a.Region = "us-east-1"
	key := a.OK("kms.CreateKey", object{})["KeyMetadata"].(object)["KeyId"]
	a.Region = calltest.Region
	create(a, "s", "v1", 1)
	a.OK("secretsmanager.ReplicateSecretToRegions", object{"SecretId": "s", "AddReplicaRegions": []object{{"Region": "us-east-1", "KmsKeyId": key}}})
	turn := func(operation string) {
		a.Region = "us-east-1"
		a.OK(operation, object{"KeyId": key})
		a.Region = calltest.Region
	}
	turn("kms.DisableKey")
	put(a, "s", "v2", 2)
	if got := replicated(a.OK("secretsmanager.DescribeSecret", object{"SecretId": "s"})); !strings.HasPrefix(got, "us-east-1 Failed (Replication failed: ") {
		t.Errorf("status %s", got)
	}
	a.Fails("InvalidParameterException: You can't delete secret", "secretsmanager.DeleteSecret", object{"SecretId": "s"})
	turn("kms.EnableKey")
	for _, want := range []string{"v1", "v3"} {
		if got := in(a, "us-east-1", "GetSecretValue", object{"SecretId": "s"})["SecretString"]; got != want {
			t.Errorf("the replica reads %v, want %s", got, want)
		}
		put(a, "s", "v3", 3)
	}
	if got := replicated(a.OK("secretsmanager.DescribeSecret", object{"SecretId": "s"})); got != "us-east-1 InSync" {
		t.Errorf("status %s", got)
	}
}

// TestReplicaOfRotated: what a rotation makes reaches the replica, and the replica does not rotate by itself.
func TestReplicaOfRotated(t *testing.T) {
	r := newRotating(t)
	r.OK("secretsmanager.ReplicateSecretToRegions", object{"SecretId": "s", "AddReplicaRegions": regions("us-east-1")})
	r.rotates(2, nil)
	if _, err := r.Call("secretsmanager.GetSecretValue", object{"SecretId": "s", "VersionStage": "AWSPENDING"}); err == nil {
		t.Error("the version has a value before its first step")
	}
	r.RunDue()
	if got := in(r.AWS, "us-east-1", "GetSecretValue", object{"SecretId": "s"}); got["VersionId"] != id(2) || got["SecretString"] != "rotated 1" {
		t.Errorf("the replica reads %v", got)
	}
	if got := in(r.AWS, "us-east-1", "DescribeSecret", object{"SecretId": "s"}); got["RotationEnabled"] != nil {
		t.Errorf("the replica is %v", got)
	}
}
