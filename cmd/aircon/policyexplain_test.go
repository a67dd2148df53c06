package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"aircon/aircontest"
	"aircon/internal/explain"
	"aircon/localaws"
	"aircon/localaws/mwaa"
	"aircon/lookup"
)

const (
	explainedRole   = "analytics-execution"
	explainedSecret = "airflow/connections/my_postgres_db"
	allowRead       = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["secretsmanager:GetSecretValue","kms:Decrypt"],"Resource":"*"}]}`
)

// account is a local AWS with an environment, and the commands of aircon on it.
type account struct {
	t   *testing.T
	env map[string]string
}

func newAccount(t *testing.T) account {
	a := account{t, aircontest.NewLocalAWS(t, localaws.Options{MWAA: mwaa.Options{Create: -1, Update: -1, Delete: -1}}).Env()}
	for name, value := range a.env {
		t.Setenv(name, value)
	}
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	if err := makeEnvironment(t.Context(), a.env, "analytics", "3.3.1"); err != nil {
		t.Fatal(err)
	}
	return a
}

// call calls AWS with members in pairs: name, value.
func (a account) call(service, operation string, members ...any) []byte {
	a.t.Helper()
	input := map[string]any{}
	for i := 0; i < len(members); i += 2 {
		input[members[i].(string)] = members[i+1]
	}
	text, err := json.Marshal(input)
	if err != nil {
		a.t.Fatal(err)
	}
	answer, err := callLocal(a.t.Context(), a.env, service, operation, string(text))
	if err != nil {
		a.t.Fatalf("%s: %v", operation, err)
	}
	return answer
}

// aircon runs a command and returns its status and what it prints.
func (a account) aircon(args ...string) (int, string) {
	var out, complaints bytes.Buffer
	code := run(a.t.Context(), world{in: strings.NewReader(""), out: &out, err: &complaints, getenv: os.Getenv}, args)
	return code, out.String() + complaints.String()
}

// TestExplainedThenMended takes the right to read a secret away in one way after the other, carries out what explain prints, and expects
// that the role itself can read then.
func TestExplainedThenMended(t *testing.T) {
	const deny = `{"Version":"2012-10-17","Statement":[{"Sid":"Keep","Effect":"Allow","Principal":"*","Action":"secretsmanager:DescribeSecret","Resource":"*"},{"Sid":"Guard","Effect":"Deny","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
	for _, c := range []struct {
		name  string
		fault func(a account)
		want  []string // in the text for people
	}{
		{"no policy", func(account) {}, []string{"because no identity-based policy allows the secretsmanager:GetSecretValue action", "add a statement to a new identity-based policy"}},
		{"the ARN without its suffix", func(a account) {
			a.call("iam", "PutRolePolicy", "RoleName", explainedRole, "PolicyName", "by-hand", "PolicyDocument",
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:us-east-1:123456789012:secret:airflow/connections/my_postgres_db"}]}`)
		}, []string{"change statement 1 (line 1) of the identity-based policy by-hand", `my_postgres_db-??????"`}},
		{"a boundary", func(a account) {
			a.allow()
			a.call("iam", "CreatePolicy", "PolicyName", "edge", "PolicyDocument", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`)
			a.call("iam", "PutRolePermissionsBoundary", "RoleName", explainedRole, "PermissionsBoundary", "arn:aws:iam::123456789012:policy/edge")
		}, []string{"because no permissions boundary allows", "add a statement to the permissions boundary arn:aws:iam::123456789012:policy/edge"}},
		{"the secret's own policy", func(a account) {
			a.allow()
			a.call("secretsmanager", "PutResourcePolicy", "SecretId", explainedSecret, "ResourcePolicy", deny)
		}, []string{"with an explicit deny in a resource-based policy", "remove statement Guard (line 1) from the resource-based policy"}},
		{"a deny in the role's policy", func(a account) {
			a.allow()
			a.call("iam", "PutRolePolicy", "RoleName", explainedRole, "PolicyName", "no", "PolicyDocument", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"secretsmanager:*","Resource":"*"}}`)
		}, []string{"with an explicit deny in an identity-based policy", "take away the identity-based policy no"}},
		{"a customer key", func(a account) {
			a.call("iam", "PutRolePolicy", "RoleName", explainedRole, "PolicyName", "reads", "PolicyDocument", strings.Replace(allowRead, `,"kms:Decrypt"`, "", 1))
			var key struct{ KeyMetadata struct{ KeyId string } }
			if err := json.Unmarshal(a.call("kms", "CreateKey"), &key); err != nil {
				t.Fatal(err)
			}
			a.call("secretsmanager", "UpdateSecret", "SecretId", explainedSecret, "KmsKeyId", key.KeyMetadata.KeyId)
		}, []string{"✓ allowed: secretsmanager:GetSecretValue", "✗ denied: kms:Decrypt on arn:aws:kms:us-east-1:123456789012:key/"}},
		{"all at once", func(a account) {
			a.call("iam", "CreatePolicy", "PolicyName", "edge", "PolicyDocument", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`)
			a.call("iam", "PutRolePermissionsBoundary", "RoleName", explainedRole, "PermissionsBoundary", "arn:aws:iam::123456789012:policy/edge")
			a.call("secretsmanager", "PutResourcePolicy", "SecretId", explainedSecret, "ResourcePolicy", deny)
		}, []string{"what would allow it: all of these", "1. remove statement Guard", "2. add a statement to a new identity-based policy", "3. add a statement to the permissions boundary"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAccount(t)
			a.call("mwaa", "UpdateEnvironment", "Name", "analytics", "AirflowConfigurationOptions", map[string]any{"secrets.backend": lookup.BackendClass})
			a.call("secretsmanager", "CreateSecret", "Name", explainedSecret, "SecretString", `{"conn_type": "postgres"}`)
			c.fault(a)
			code, text := a.aircon("policy", "explain", "my_postgres_db", "--environment", "analytics")
			if code != exitFindings {
				t.Fatalf("status %d:\n%s", code, text)
			}
			for _, want := range c.want {
				if !strings.Contains(text, want) {
					t.Errorf("it does not say %q:\n%s", want, text)
				}
			}
			if c.name == "the secret's own policy" {
				const mend = "remove statement Guard (line 1) from the resource-based policy"
				if _, text := a.aircon("doctor", "my_postgres_db", "--environment", "analytics", "--connect=false"); !strings.Contains(text, "AC104") || !strings.Contains(text, mend) {
					t.Errorf("doctor says something else:\n%s", text)
				}
			}
			a.carryOut()
			if code, text := a.aircon("policy", "explain", "my_postgres_db", "--environment", "analytics"); code != exitDone {
				t.Errorf("explain still ends with %d:\n%s", code, text)
			}
			if code, text := a.aircon("get", "my_postgres_db", "--environment", "analytics", "--as-role"); code != exitDone {
				t.Errorf("the role cannot read it:\n%s", text)
			}
		})
	}
}

// TestExplainedUser asks about a user, whom only what a group has lets read, and a group's deny and the user's boundary keep from it.
func TestExplainedUser(t *testing.T) {
	const who = "arn:aws:iam::123456789012:user/data/ana"
	a := newAccount(t)
	a.call("secretsmanager", "CreateSecret", "Name", explainedSecret, "SecretString", "{}")
	a.call("iam", "CreateUser", "UserName", "ana", "Path", "/data/")
	a.call("iam", "CreateGroup", "GroupName", "readers")
	a.call("iam", "AddUserToGroup", "UserName", "ana", "GroupName", "readers")
	asked := func(want int, says ...string) {
		t.Helper()
		code, text := a.aircon("policy", "explain", explainedSecret, "--principal", who)
		if code != want {
			t.Errorf("status %d:\n%s", code, text)
		}
		for _, say := range says {
			if !strings.Contains(text, say) {
				t.Errorf("it does not say %q:\n%s", say, text)
			}
		}
	}
	asked(exitFindings, "caller      "+who, "because no identity-based policy allows")
	a.call("iam", "PutGroupPolicy", "GroupName", "readers", "PolicyName", "reads", "PolicyDocument", allowRead)
	asked(exitDone, "reads of the group readers says allows")
	const deny = `{"Version":"2012-10-17","Statement":{"Sid":"No","Effect":"Deny","Action":"secretsmanager:*","Resource":"*"}}`
	for _, c := range []struct{ arn, put, remove, of, name string }{
		{"", "PutUserPolicy", "DeleteUserPolicy", "UserName", "ana"},
		{"", "PutGroupPolicy", "DeleteGroupPolicy", "GroupName", "readers"},
		{"managed", "AttachUserPolicy", "DetachUserPolicy", "UserName", "ana"},
		{"managed", "AttachGroupPolicy", "DetachGroupPolicy", "GroupName", "readers"},
	} {
		if c.arn == "" {
			a.call("iam", c.put, c.of, c.name, "PolicyName", "no", "PolicyDocument", deny)
			asked(exitFindings, "decided by  statement No of the identity-based policy no")
			a.call("iam", c.remove, c.of, c.name, "PolicyName", "no")
			continue
		}
		if c.of == "UserName" {
			a.call("iam", "CreatePolicy", "PolicyName", "managed", "PolicyDocument", deny)
		}
		a.call("iam", c.put, c.of, c.name, "PolicyArn", "arn:aws:iam::123456789012:policy/managed")
		asked(exitFindings, "decided by  statement No of the identity-based policy arn:aws:iam::123456789012:policy/managed")
		a.call("iam", c.remove, c.of, c.name, "PolicyArn", "arn:aws:iam::123456789012:policy/managed")
	}
	asked(exitDone)
	a.call("iam", "PutUserPermissionsBoundary", "UserName", "ana", "PermissionsBoundary", "arn:aws:iam::123456789012:policy/managed")
	asked(exitFindings, "explicit deny in a permissions boundary")
}

func (a account) allow() {
	a.call("iam", "PutRolePolicy", "RoleName", explainedRole, "PolicyName", "reads", "PolicyDocument", allowRead)
}

// carryOut makes the changes that explain prints as JSON.
func (a account) carryOut() {
	a.t.Helper()
	_, text := a.aircon("policy", "explain", "my_postgres_db", "--environment", "analytics", "--output", "json")
	var got policyAnswers
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		a.t.Fatal(err)
	}
	for _, answer := range got.Answers {
		if answer.Allowed {
			continue
		}
		for _, c := range answer.Changes {
			a.change(c)
		}
	}
}

func (a account) change(c explain.Change) {
	a.t.Helper()
	managed := strings.HasPrefix(c.Policy, "arn:aws:iam:")
	switch {
	case c.Edit == "detach" && !managed:
		a.call("iam", "DeleteRolePolicy", "RoleName", explainedRole, "PolicyName", c.Policy)
	case strings.HasPrefix(c.Policy, "arn:aws:secretsmanager:"):
		a.call("secretsmanager", "PutResourcePolicy", "SecretId", c.Policy, "ResourcePolicy", string(c.Document))
	case managed:
		a.call("iam", "CreatePolicyVersion", "PolicyArn", c.Policy, "PolicyDocument", string(c.Document), "SetAsDefault", true)
	default:
		name := c.Policy
		if name == "" {
			name = "mend"
		}
		a.call("iam", "PutRolePolicy", "RoleName", explainedRole, "PolicyName", name, "PolicyDocument", string(c.Document))
	}
}
