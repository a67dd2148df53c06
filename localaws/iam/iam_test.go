package iam

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"aircon/internal/awswire"
	"aircon/internal/store"
	"aircon/localaws/internal/calltest"
	"aircon/localaws/op"
	"aircon/policy"
)

const testAccount = "111111111111"

// world is an IAM over a store in memory, called as the frame calls it: needs first, then the operation, in one transaction.
type world struct {
	t        testing.TB
	accounts *Accounts
	store    store.Store
	service  op.Service
	caller   policy.Principal
	account  string
	needs    []op.Need // of the last call
	now      time.Time
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, accounts: New(), account: testAccount, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	w.service = w.accounts.Service()
	w.store = store.Memory(w.service.Tables...)
	w.accounts.Use(w.store.Sealer())
	w.caller = policy.Principal{Kind: policy.AccountRoot, ARN: "arn:aws:iam::111111111111:root", Account: testAccount, UserID: testAccount}
	return w
}

// members are an input's or an output's, as JSON would have them.
type members = map[string]any

// try calls an operation.
func (w *world) try(name string, input members) (members, error) {
	w.t.Helper()
	for i := range w.service.Operations {
		if o := &w.service.Operations[i]; o.Name == name {
			return w.run(o, input)
		}
	}
	w.t.Fatalf("there is no operation %s", name)
	return nil, nil
}

func (w *world) run(o *op.Operation, input members) (out members, err error) {
	w.t.Helper()
	text, err := json.Marshal(input)
	if err != nil {
		w.t.Fatal(err)
	}
	in := o.Input()
	if err := awswire.DecodeJSON(text, in); err != nil {
		w.t.Fatalf("%s %s: %v", o.Name, text, err)
	}
	w.needs = nil
	if err := calltest.Check(&w.service, o, in, awswire.SentJSON(text)); err != nil {
		return nil, err
	}
	within := w.store.View
	if o.Write {
		within = w.store.Update
	}
	err = within(func(tx store.Tx) (err error) {
		c := &op.Call{Tx: tx, Sealer: w.store.Sealer(), Partition: "aws", Account: w.account, Region: "us-east-1", Principal: w.caller, Now: w.now, Wall: w.now}
		if w.needs, err = o.Needs(c, in); err != nil {
			return err
		}
		answer, err := o.Do(c, in)
		if err != nil {
			return err
		}
		if text, err = awswire.AppendJSON(nil, answer); err != nil {
			return err
		}
		return json.Unmarshal(text, &out)
	})
	return out, err
}

// ask finds what an operation needs.
func (w *world) ask(o *op.Operation, input members) error {
	_, err := w.run(&op.Operation{
		Name: o.Name, Input: o.Input, Needs: o.Needs, Do: func(*op.Call, any) (any, error) { return &none{}, nil },
	}, input)
	return err
}

// do calls an operation that must succeed.
func (w *world) do(name string, input members) members {
	w.t.Helper()
	out, err := w.try(name, input)
	if err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	return out
}

// refused calls an operation that must fail with AWS's code, status and message.
func (w *world) refused(name string, input members, want string) {
	w.t.Helper()
	_, err := w.try(name, input)
	var e *op.Error
	if !errors.As(err, &e) {
		w.t.Errorf("%s: got %v, want %s", name, err, want)
		return
	}
	status := map[string]int{"NoSuchEntity": 404, "EntityAlreadyExists": 409, "DeleteConflict": 409, "LimitExceeded": 409, "AccessDenied": 403}[e.Code]
	if got := e.Error(); got != want || status != 0 && e.Status != status {
		w.t.Errorf("%s\ngot  %d %s\nwant %d %s", name, e.Status, got, status, want)
	}
}

// at returns what lies at a path of members, such as Role.Arn or Users.0.UserName.
func at(m members, path string) any {
	var v any = m
	for step := range strings.SplitSeq(path, ".") {
		switch here := v.(type) {
		case members:
			v = here[step]
		case []any:
			if i := int(step[0] - '0'); i < len(here) {
				v = here[i]
			} else {
				return nil
			}
		default:
			return nil
		}
	}
	return v
}

const (
	trustEC2  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	readOne   = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:*:*:secret:db-??????"}}`
	allowAll  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	ownPolicy = "arn:aws:iam::111111111111:policy/"
)

func TestConstraintsOfTheModel(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		name, operation string
		input           members
		want            string
	}{
		{"a required member", "GetRole", members{}, "ValidationError: 1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must not be null"},
		{"a name", "GetRole", members{"RoleName": "a b"}, "ValidationError: The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"},
		{"a length", "GetRole", members{"RoleName": strings.Repeat("r", 65)}, "ValidationError: 1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64"},
		{"a new user's length", "CreateUser", members{"UserName": strings.Repeat("u", 65)}, "ValidationError: 1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64"},
		{"a range", "CreateRole", members{"RoleName": "r", "AssumeRolePolicyDocument": trustEC2, "MaxSessionDuration": 1}, "ValidationError: 1 validation error detected: Value at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600"},
		{"an enumeration", "ListPolicies", members{"Scope": "Mine"}, "ValidationError: 1 validation error detected: Value at 'scope' failed to satisfy constraint: Member must satisfy enum value set: [All, AWS, Local]"},
		{"two at once", "PutRolePolicy", members{"PolicyName": strings.Repeat("p", 129), "PolicyDocument": readOne}, "ValidationError: 2 validation errors detected: Value at 'roleName' failed to satisfy constraint: Member must not be null; Value at 'policyName' failed to satisfy constraint: Member must have length less than or equal to 128"},
		{"a path", "CreateUser", members{"UserName": "u", "Path": "team"}, "ValidationError: The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."},
		{"a path's beginning", "ListRoles", members{"PathPrefix": "team"}, "ValidationError: The specified value for pathPrefix is invalid. It must begin with the / character and contain only alphanumeric characters and/or / characters."},
		{"a tag", "CreateUser", members{"UserName": "u", "Tags": []any{members{"Key": "", "Value": "v"}}}, "ValidationError: 2 validation errors detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
			`Value at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+`},
		{"a tag without a value", "TagUser", members{"UserName": "u", "Tags": []any{members{"Key": "k"}}}, "ValidationError: 1 validation error detected: Value at 'tags.1.member.value' failed to satisfy constraint: Member must not be null"},
		{"nobody named", "GetUser", members{"UserName": ""}, "ValidationError: The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			w.refused(c.operation, c.input, c.want)
		})
	}
}

// everything has each member that some operation asks for.
var everything = members{
	"UserName": "u", "RoleName": "r", "GroupName": "g", "PolicyName": "p", "PolicyArn": ownPolicy + "p", "PolicyDocument": readOne,
	"AssumeRolePolicyDocument": trustEC2, "VersionId": "v1", "PermissionsBoundary": ownPolicy + "p", "AccessKeyId": "AKIAAAAAAAAAAAAAAAAA", "Status": "Active",
	"Tags": []any{members{"Key": "k", "Value": "v"}}, "TagKeys": []any{"k"}, "Description": "d",
	"InstanceProfileName": "i", "AWSServiceName": "airflow.amazonaws.com", "DeletionTaskId": "task/aws-service-role/airflow.amazonaws.com/r/1", "AccountAlias": "data",
	"PolicySourceArn": "arn:aws:iam::111111111111:user/u", "ActionNames": []any{"s3:GetObject"}, "PolicyInputList": []any{readOne},
}

// TestEveryOperationAsksForItsAction calls the table's needs on an empty IAM and finds the action of the operation's own name.
func TestEveryOperationAsksForItsAction(t *testing.T) {
	w := newWorld(t)
	for i := range w.service.Operations {
		o := &w.service.Operations[i]
		if err := errors.Join(awswire.Check(o.Input()), awswire.Check(o.Output)); err != nil {
			t.Errorf("%s: %v", o.Name, err)
			continue
		}
		if _, err := w.run(o, everything); err != nil && len(w.needs) == 0 {
			t.Errorf("%s: %v", o.Name, err)
			continue
		}
		if w.needs[0].Action != "iam:"+o.Name || !strings.HasPrefix(w.needs[0].Resource, "arn:aws:iam::") && w.needs[0].Resource != "*" {
			t.Errorf("%s needs %s on %s", o.Name, w.needs[0].Action, w.needs[0].Resource)
		}
	}
}
