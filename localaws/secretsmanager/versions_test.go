package secretsmanager_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"aircon/localaws/internal/calltest"
)

type object = calltest.M

// id returns a client request token of 36 characters.
func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// stages returns the labels of a secret's versions, by the number in their tokens: "1:AWSPREVIOUS 2:AWSCURRENT".
func stages(a *calltest.AWS, secretID string, deprecated bool) string {
	a.T.Helper()
	var out []string
	in := object{"SecretId": secretID, "IncludeDeprecated": deprecated}
	list := a.OK("secretsmanager.ListSecretVersionIds", in)
	versions := list["Versions"].([]any)
	for list["NextToken"] != nil {
		in["NextToken"] = list["NextToken"]
		list = a.OK("secretsmanager.ListSecretVersionIds", in)
		versions = append(versions, list["Versions"].([]any)...)
	}
	for _, v := range versions {
		version := v.(object)
		var labels []string
		if list, ok := version["VersionStages"].([]any); ok {
			for _, l := range list {
				labels = append(labels, l.(string))
			}
		}
		number := strings.TrimLeft(version["VersionId"].(string)[24:], "0")
		out = append(out, number+":"+strings.Join(labels, ","))
	}
	return strings.Join(out, " ")
}

func create(a *calltest.AWS, name, value string, n int) {
	a.T.Helper()
	a.OK("secretsmanager.CreateSecret", object{"Name": name, "SecretString": value, "ClientRequestToken": id(n)})
}

func put(a *calltest.AWS, name, value string, n int, labels ...string) {
	a.T.Helper()
	in := object{"SecretId": name, "SecretString": value, "ClientRequestToken": id(n)}
	if len(labels) > 0 {
		in["VersionStages"] = labels
	}
	a.OK("secretsmanager.PutSecretValue", in)
}

// TestLabels says where labels are after each way to move them. The scenarios are our own, with the behaviour that was
// recorded against AWS.
func TestLabels(t *testing.T) {
	move := func(label string, from, to int) func(*calltest.AWS) {
		return func(a *calltest.AWS) {
			a.T.Helper()
			in := object{"SecretId": "s", "VersionStage": label}
			if from > 0 {
				in["RemoveFromVersionId"] = id(from)
			}
			if to > 0 {
				in["MoveToVersionId"] = id(to)
			}
			a.OK("secretsmanager.UpdateSecretVersionStage", in)
		}
	}
	value := func(n int, labels ...string) func(*calltest.AWS) {
		return func(a *calltest.AWS) { a.T.Helper(); put(a, "s", fmt.Sprint("v", n), n, labels...) }
	}
	tests := map[string]struct {
		steps []func(*calltest.AWS)
		want  string
	}{
		"one version":                    {nil, "1:AWSCURRENT"},
		"a new value":                    {[]func(*calltest.AWS){value(2)}, "1:AWSPREVIOUS 2:AWSCURRENT"},
		"two new values":                 {[]func(*calltest.AWS){value(2), value(3)}, "1: 2:AWSPREVIOUS 3:AWSCURRENT"},
		"a pending value":                {[]func(*calltest.AWS){value(2, "AWSPENDING")}, "1:AWSCURRENT 2:AWSPENDING"},
		"pending moves to the next":      {[]func(*calltest.AWS){value(2, "AWSPENDING"), value(3, "AWSPENDING")}, "1:AWSCURRENT 2: 3:AWSPENDING"},
		"promoted":                       {[]func(*calltest.AWS){value(2, "AWSPENDING"), move("AWSCURRENT", 1, 2)}, "1:AWSPREVIOUS 2:AWSCURRENT,AWSPENDING"},
		"promoted, then a new value":     {[]func(*calltest.AWS){value(2, "AWSPENDING"), move("AWSCURRENT", 1, 2), value(3)}, "1: 2:AWSPREVIOUS 3:AWSCURRENT"},
		"rolled back":                    {[]func(*calltest.AWS){value(2), move("AWSCURRENT", 2, 1)}, "1:AWSCURRENT 2:AWSPREVIOUS"},
		"own labels stay where they are": {[]func(*calltest.AWS){value(2, "blue"), value(3)}, "1:AWSPREVIOUS 2:blue 3:AWSCURRENT"},
		"own labels of the current stay": {[]func(*calltest.AWS){move("blue", 0, 1), value(2)}, "1:AWSPREVIOUS,blue 2:AWSCURRENT"},
		"an own label moves alone":       {[]func(*calltest.AWS){value(2), move("blue", 0, 1), move("blue", 1, 2)}, "1:AWSPREVIOUS 2:AWSCURRENT,blue"},
		"an own label is removed":        {[]func(*calltest.AWS){move("blue", 0, 1), move("blue", 1, 0)}, "1:AWSCURRENT"},
		"moved to where it is":           {[]func(*calltest.AWS){move("AWSCURRENT", 0, 1)}, "1:AWSCURRENT"},
		"current and own labels at once": {[]func(*calltest.AWS){value(2, "AWSCURRENT", "blue")}, "1:AWSPREVIOUS 2:AWSCURRENT,blue"},
		"update stores a value as put does": {[]func(*calltest.AWS){func(a *calltest.AWS) {
			a.OK("secretsmanager.UpdateSecret", object{"SecretId": "s", "SecretString": "v2", "ClientRequestToken": id(2)})
		}}, "1:AWSPREVIOUS 2:AWSCURRENT"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := newAWS(t)
			create(a, "s", "v1", 1)
			for _, step := range tt.steps {
				step(a)
			}
			if got := stages(a, "s", true); got != tt.want {
				t.Errorf("labels %q, want %q", got, tt.want)
			}
		})
	}
}

// TestLabelRefusals: AWSCURRENT never goes, and who moves a label says where it is.
func TestLabelRefusals(t *testing.T) {
	a := newAWS(t)
	create(a, "s", "v1", 1)
	put(a, "s", "v2", 2)
	const update = "secretsmanager.UpdateSecretVersionStage"
	a.Fails("InvalidParameterException: You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.",
		update, object{"SecretId": "s", "VersionStage": "AWSCURRENT", "RemoveFromVersionId": id(2)})
	a.Fails("InvalidParameterException: The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version "+
		id(2)+", so you must explicitly reference that version in RemoveFromVersionId.",
		update, object{"SecretId": "s", "VersionStage": "AWSCURRENT", "MoveToVersionId": id(1)})
	a.Fails("InvalidParameterException: When you move staging label AWSCURRENT",
		update, object{"SecretId": "s", "VersionStage": "AWSCURRENT", "MoveToVersionId": id(1), "RemoveFromVersionId": id(1)})
	a.Fails("InvalidParameterException: Not a valid version: "+id(9),
		update, object{"SecretId": "s", "VersionStage": "x", "MoveToVersionId": id(9)})
	a.Fails("InvalidParameterException: Staging label x is not attached to version "+id(1),
		update, object{"SecretId": "s", "VersionStage": "x", "RemoveFromVersionId": id(1)})
	for range 8 { // always in this order
		a.Fails("ValidationException: 2 validation errors detected: Value 'a' at 'removeFromVersionId' failed to satisfy constraint: "+
			"Member must have length greater than or equal to 32; Value 'b' at 'moveToVersionId'",
			update, object{"SecretId": "s", "VersionStage": "x", "RemoveFromVersionId": "a", "MoveToVersionId": "b"})
	}
	if got, want := stages(a, "s", true), "1:AWSPREVIOUS 2:AWSCURRENT"; got != want {
		t.Errorf("refused moves left %q, want %q", got, want)
	}
}

// TestRepeatedRequests: a request sent twice is answered twice and done once; a token means one value.
func TestRepeatedRequests(t *testing.T) {
	a := newAWS(t)
	create(a, "s", "v1", 1)
	create(a, "s", "v1", 1)
	put(a, "s", "v2", 2)
	put(a, "s", "v2", 2)
	a.OK("secretsmanager.UpdateSecret", object{"SecretId": "s", "SecretString": "v2", "ClientRequestToken": id(2)})
	if got, want := stages(a, "s", true), "1:AWSPREVIOUS 2:AWSCURRENT"; got != want {
		t.Errorf("labels %q, want %q", got, want)
	}
	taken := "ResourceExistsException: You can't use ClientRequestToken " + id(2) + " because that value is already in use for a version of secret arn:"
	a.Fails(taken, "secretsmanager.PutSecretValue", object{"SecretId": "s", "SecretString": "other", "ClientRequestToken": id(2)})
	a.Fails(taken, "secretsmanager.PutSecretValue", object{"SecretId": "s", "SecretBinary": "djI=", "ClientRequestToken": id(2)})
	a.Fails(taken, "secretsmanager.UpdateSecret", object{"SecretId": "s", "SecretString": "other", "ClientRequestToken": id(2)})
	a.Fails("ResourceExistsException: The operation failed because the secret s already exists.",
		"secretsmanager.CreateSecret", object{"Name": "s", "SecretString": "v1", "ClientRequestToken": id(3)})
	a.Fails("InvalidRequestException: You must provide a ClientRequestToken value. We recommend a UUID-type value.",
		"secretsmanager.PutSecretValue", object{"SecretId": "s", "SecretString": "v3"})
}

// TestDeprecatedVersionsAge: the oldest versions without a label go once there are more than 100, unless they are
// younger than a day.
func TestDeprecatedVersionsAge(t *testing.T) {
	a := newAWS(t)
	create(a, "s", "v", 1)
	put(a, "s", "v", 2, "keep")
	for n := 3; n <= 103; n++ {
		put(a, "s", fmt.Sprint("v", n), n)
	}
	if got := len(strings.Fields(stages(a, "s", true))); got != 103 {
		t.Errorf("%d versions on the first day, want all 103", got)
	}
	a.Now = a.Now.Add(25 * time.Hour)
	put(a, "s", "last", 104)
	got := strings.Fields(stages(a, "s", true))
	if len(got) != 100 || got[0] != "2:keep" {
		t.Errorf("%d versions from %s on the second day, want 100 from 2:keep", len(got), got[0])
	}
	a.Fails("ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: "+id(3),
		"secretsmanager.GetSecretValue", object{"SecretId": "s", "VersionId": id(3)})
}

// TestDeletion walks through the recovery window, by the service's clock.
func TestDeletion(t *testing.T) {
	a := newAWS(t)
	create(a, "s", "v1", 1)
	for _, days := range []int{6, 31} {
		a.Fails("InvalidParameterException: The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
			"secretsmanager.DeleteSecret", object{"SecretId": "s", "RecoveryWindowInDays": days})
	}
	a.Fails("InvalidParameterException: You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
		"secretsmanager.DeleteSecret", object{"SecretId": "s", "RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": true})
	arn := a.OK("secretsmanager.DeleteSecret", object{"SecretId": "s", "RecoveryWindowInDays": 7})["ARN"]
	marked := "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion."
	for operation, in := range map[string]object{
		"GetSecretValue": {}, "PutSecretValue": {"SecretString": "x", "ClientRequestToken": id(2)}, "UpdateSecret": {"Description": "d"},
		"TagResource": {"Tags": []object{{"Key": "a", "Value": "b"}}}, "UntagResource": {"TagKeys": []string{"a"}}, "GetResourcePolicy": {},
		"PutResourcePolicy": {"ResourcePolicy": "{}"}, "DeleteResourcePolicy": {}, "DeleteSecret": {},
		"UpdateSecretVersionStage": {"VersionStage": "x", "MoveToVersionId": id(1)},
	} {
		in["SecretId"] = "s"
		a.Fails(marked, "secretsmanager."+operation, in)
	}
	a.Fails("InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion.",
		"secretsmanager.CreateSecret", object{"Name": "s", "SecretString": "x", "ClientRequestToken": id(2)})
	a.OK("secretsmanager.RestoreSecret", object{"SecretId": "s"})
	a.OK("secretsmanager.RestoreSecret", object{"SecretId": "s"})
	a.OK("secretsmanager.GetSecretValue", object{"SecretId": "s"})
	a.OK("secretsmanager.DeleteSecret", object{"SecretId": "s"})
	a.Now = a.Now.Add(30*24*time.Hour - time.Second)
	a.OK("secretsmanager.DescribeSecret", object{"SecretId": "s"})
	a.Now = a.Now.Add(time.Second)
	a.Fails("ResourceNotFoundException: Secrets Manager can't find the specified secret.", "secretsmanager.DescribeSecret", object{"SecretId": arn})
	create(a, "another", "v", 1) // any creation sweeps
	if rows := dump(a); strings.Contains(rows, `secretsmanager.secret 111122223333/eu-west-1/s `) || strings.Contains(rows, fmt.Sprint("secretsmanager.value ", arn)) {
		t.Errorf("the deleted secret still lies in the store:\n%s", rows)
	}
	again := a.OK("secretsmanager.CreateSecret", object{"Name": "s", "SecretString": "x", "ClientRequestToken": id(1)})
	if again["ARN"] == arn {
		t.Error("the secret that was created anew has the ARN of the old one")
	}
}

// TestForcedDeletion: nothing is left, and what does not exist can be deleted too.
func TestForcedDeletion(t *testing.T) {
	a := newAWS(t)
	create(a, "s", "v1", 1)
	put(a, "s", "v2", 2)
	a.OK("secretsmanager.DeleteSecret", object{"SecretId": "s", "RecoveryWindowInDays": 7})
	a.OK("secretsmanager.DeleteSecret", object{"SecretId": "s", "ForceDeleteWithoutRecovery": true})
	if rows := dump(a); strings.Contains("\n"+rows, "\nsecretsmanager.") {
		t.Errorf("rows left:\n%s", rows)
	}
	a.OK("secretsmanager.DeleteSecret", object{"SecretId": "s", "ForceDeleteWithoutRecovery": true})
	a.Fails("ResourceNotFoundException: Secrets Manager can't find the specified secret.", "secretsmanager.DeleteSecret", object{"SecretId": "s"})
}

// TestAccessDates: a read is dated to the day, in memory first, and stays with the next change.
func TestAccessDates(t *testing.T) {
	a := newAWS(t)
	create(a, "s", "v1", 1)
	if got := a.OK("secretsmanager.DescribeSecret", object{"SecretId": "s"}); got["LastAccessedDate"] != nil {
		t.Errorf("never read, but accessed on %v", got["LastAccessedDate"])
	}
	a.OK("secretsmanager.GetSecretValue", object{"SecretId": "s"})
	midnight := fmt.Sprint(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC).Unix())
	check := func() {
		t.Helper()
		described := a.OK("secretsmanager.DescribeSecret", object{"SecretId": "s"})
		version := a.OK("secretsmanager.ListSecretVersionIds", object{"SecretId": "s"})["Versions"].([]any)[0].(object)
		for _, got := range []any{described["LastAccessedDate"], version["LastAccessedDate"]} {
			if !strings.HasPrefix(fmt.Sprint(got), midnight) {
				t.Errorf("accessed %v, want %s", got, midnight)
			}
		}
	}
	check()
	a.OK("secretsmanager.UpdateSecret", object{"SecretId": "s", "Description": "d"})
	check()
	if rows := dump(a); !strings.Contains(rows, `"Accessed":"2026-11-22T00:00:00Z"`) {
		t.Errorf("the access date is not in the store:\n%s", rows)
	}
}

// TestARNs: by which names a secret is found, and by which not.
func TestARNs(t *testing.T) {
	a := newAWS(t)
	create(a, "airflow/connections/db", "v", 1)
	arn := a.OK("secretsmanager.DescribeSecret", object{"SecretId": "airflow/connections/db"})["ARN"].(string)
	for _, found := range []string{"airflow/connections/db", arn, arn[:len(arn)-7]} {
		a.OK("secretsmanager.GetSecretValue", object{"SecretId": found})
	}
	for _, missing := range []string{
		"airflow/connections/d", "db", arn[:len(arn)-1], arn[:len(arn)-6], arn[:len(arn)-6] + "AAAAAA",
		strings.Replace(arn, "eu-west-1", "us-east-1", 1), strings.Replace(arn, calltest.Account, "999999999999", 1),
		strings.Replace(arn[:len(arn)-7], "eu-west-1", "us-east-1", 1),
	} {
		a.Fails("ResourceNotFoundException: Secrets Manager can't find the specified secret.", "secretsmanager.GetSecretValue", object{"SecretId": missing})
	}
	a.Region = "us-east-1"
	a.Fails("ResourceNotFoundException", "secretsmanager.GetSecretValue", object{"SecretId": "airflow/connections/db"})
	a.Region, a.Account = calltest.Region, "999999999999"
	a.Fails("ResourceNotFoundException", "secretsmanager.GetSecretValue", object{"SecretId": "airflow/connections/db"})
	a.OK("secretsmanager.DescribeSecret", object{"SecretId": arn})
}

// TestSuffixes: each has a hyphen and six letters or digits, and they differ.
func TestSuffixes(t *testing.T) {
	a := newAWS(t)
	var seen []string
	for n := range 50 {
		arn := a.OK("secretsmanager.CreateSecret", object{"Name": fmt.Sprint("s", n), "ClientRequestToken": id(1)})["ARN"].(string)
		suffix := arn[strings.LastIndexByte(arn, '-'):]
		if len(suffix) != 7 || slices.Contains(seen, suffix) {
			t.Errorf("%s", arn)
		}
		seen = append(seen, suffix)
	}
}
