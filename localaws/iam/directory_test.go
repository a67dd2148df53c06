package iam

import (
	"strings"
	"testing"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// grants asks for what applies to a principal, and names it: inline policies, managed ones, and the boundary in brackets.
func (w *world) grants(p policy.Principal) string {
	w.t.Helper()
	var g op.Grants
	err := w.store.View(func(tx store.Tx) (err error) {
		g, err = w.accounts.Grants(tx, p)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, p := range g.Identity {
		names = append(names, sourceID(p.Name))
	}
	if g.Boundary != nil {
		names = append(names, "["+sourceID(g.Boundary.Name)+"]")
	}
	return strings.Join(names, " ")
}

func (w *world) credential(id string) (cred op.Credential, ok bool) {
	w.t.Helper()
	err := w.store.View(func(tx store.Tx) (err error) {
		cred, ok, err = w.accounts.AccessKey(tx, id)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return cred, ok
}

func TestGrantsOfAUser(t *testing.T) {
	w := newWorld(t)
	made := w.do("CreateUser", members{"UserName": "etl", "Path": "/batch/"})
	p := policy.Principal{Kind: policy.User, ARN: at(made, "User.Arn").(string), Account: testAccount, UserID: at(made, "User.UserId").(string), Name: "etl"}
	steps := []struct {
		operation string
		in        members
		want      string
	}{
		{"PutUserPolicy", members{"UserName": "etl", "PolicyName": "own", "PolicyDocument": readOne}, "own"},
		{"AttachUserPolicy", members{"UserName": "etl", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}, "own AdministratorAccess"},
		{"CreateGroup", members{"GroupName": "data"}, "own AdministratorAccess"},
		{"PutGroupPolicy", members{"GroupName": "data", "PolicyName": "shared", "PolicyDocument": readOne}, "own AdministratorAccess"},
		{"AddUserToGroup", members{"GroupName": "data", "UserName": "etl"}, "own AdministratorAccess shared"},
		{"PutGroupPolicy", members{"GroupName": "data", "PolicyName": "more", "PolicyDocument": readOne}, "own AdministratorAccess more shared"},
		{"CreatePolicy", members{"PolicyName": "limit", "PolicyDocument": allowAll}, "own AdministratorAccess more shared"},
		{"PutUserPermissionsBoundary", members{"UserName": "etl", "PermissionsBoundary": ownPolicy + "limit"}, "own AdministratorAccess more shared [limit]"},
		{"DetachUserPolicy", members{"UserName": "etl", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}, "own more shared [limit]"},
		{"RemoveUserFromGroup", members{"GroupName": "data", "UserName": "etl"}, "own [limit]"},
	}
	for _, s := range steps {
		w.do(s.operation, s.in)
		if got := w.grants(p); got != s.want {
			t.Errorf("after %s: got %s, want %s", s.operation, got, s.want)
		}
	}
	p.UserID = "AIDASOMEBODYELSE"
	if got := w.grants(p); got != "" {
		t.Errorf("another user of that name has %s", got)
	}
}

func TestGrantsOfARoleFollowTheDefaultVersion(t *testing.T) {
	w := newWorld(t)
	made := w.do("CreateRole", members{"RoleName": "mwaa", "AssumeRolePolicyDocument": trustEC2})
	p := policy.Principal{
		Kind: policy.RoleSession, ARN: "arn:aws:sts::111111111111:assumed-role/mwaa/task", Issuer: at(made, "Role.Arn").(string),
		Account: testAccount, UserID: at(made, "Role.RoleId").(string) + ":task",
	}
	w.do("CreatePolicy", members{"PolicyName": "read", "PolicyDocument": readOne})
	w.do("AttachRolePolicy", members{"RoleName": "mwaa", "PolicyArn": ownPolicy + "read"})
	may := func() bool {
		var g op.Grants
		if err := w.store.View(func(tx store.Tx) (err error) { g, err = w.accounts.Grants(tx, p); return err }); err != nil {
			t.Fatal(err)
		}
		return policy.Evaluate(&policy.Request{Principal: &p, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/o", Identity: g.Identity}).Allowed()
	}
	if may() {
		t.Error("allowed by a policy on another service")
	}
	w.do("CreatePolicyVersion", members{"PolicyArn": ownPolicy + "read", "PolicyDocument": allowAll})
	if may() {
		t.Error("allowed by a version that is not the default")
	}
	w.do("SetDefaultPolicyVersion", members{"PolicyArn": ownPolicy + "read", "VersionId": "v2"})
	if !may() {
		t.Error("the new default is not in force")
	}
	w.do("DetachRolePolicy", members{"RoleName": "mwaa", "PolicyArn": ownPolicy + "read"})
	w.do("DeleteRole", members{"RoleName": "mwaa"})
	w.do("CreateRole", members{"RoleName": "mwaa", "AssumeRolePolicyDocument": trustEC2})
	w.do("PutRolePolicy", members{"RoleName": "mwaa", "PolicyName": "all", "PolicyDocument": allowAll})
	if may() {
		t.Error("a session of a deleted role has the permissions of a new one of its name")
	}
}

// TestManagedPolicyIsNoRole asks for a role as if it were a policy, while it is held compiled.
func TestManagedPolicyIsNoRole(t *testing.T) {
	w := newWorld(t)
	made := w.do("CreateRole", members{"RoleName": "bare", "AssumeRolePolicyDocument": trustEC2})
	arn := at(made, "Role.Arn").(string)
	for range 2 { // without a policy of its own, and with one
		err := w.store.View(func(tx store.Tx) error {
			if _, known, err := w.accounts.Role(tx, arn); err != nil || !known {
				t.Errorf("the role: %v, %v", known, err)
			}
			p, err := w.accounts.ManagedPolicy(tx, arn)
			if p != nil {
				t.Errorf("the role is a managed policy: %v", p.Name)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		w.do("PutRolePolicy", members{"RoleName": "bare", "PolicyName": "all", "PolicyDocument": allowAll})
	}
}

// TestCompiledPoliciesAreShared shows that a request parses nothing: the documents are the same ones until something changes.
func TestCompiledPoliciesAreShared(t *testing.T) {
	w := newWorld(t)
	w.do("CreateUser", members{"UserName": "etl"})
	w.do("PutUserPolicy", members{"UserName": "etl", "PolicyName": "own", "PolicyDocument": readOne})
	p := policy.Principal{Kind: policy.User, ARN: "arn:aws:iam::111111111111:user/etl", Account: testAccount}
	document := func() (d *policy.Document) {
		if err := w.store.View(func(tx store.Tx) error {
			g, err := w.accounts.Grants(tx, p)
			d = g.Identity[0].Document
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return d
	}
	first := document()
	if document() != first {
		t.Error("parsed again")
	}
	w.do("PutUserPolicy", members{"UserName": "etl", "PolicyName": "own", "PolicyDocument": allowAll})
	if document() == first {
		t.Error("not parsed again after a change")
	}
}

func TestAccessKey(t *testing.T) {
	w := newWorld(t)
	w.do("CreateUser", members{"UserName": "etl", "Path": "/batch/"})
	made := w.do("CreateAccessKey", members{"UserName": "etl"})
	id, secret := at(made, "AccessKey.AccessKeyId").(string), at(made, "AccessKey.SecretAccessKey").(string)
	cred, ok := w.credential(id)
	if !ok || cred.Secret != secret || cred.Principal.ARN != "arn:aws:iam::111111111111:user/batch/etl" || cred.Principal.Name != "etl" || !strings.HasPrefix(cred.Principal.UserID, "AIDA") {
		t.Errorf("credential %v of %+v", ok, cred.Principal)
	}
	w.do("UpdateAccessKey", members{"UserName": "etl", "AccessKeyId": id, "Status": "Inactive"})
	if _, ok := w.credential(id); ok {
		t.Error("an inactive key works")
	}
	w.do("UpdateAccessKey", members{"UserName": "etl", "AccessKeyId": id, "Status": "Active"})
	if _, ok := w.credential(id); !ok {
		t.Error("an active key does not work")
	}
	w.do("DeleteAccessKey", members{"UserName": "etl", "AccessKeyId": id})
	if _, ok := w.credential(id); ok {
		t.Error("a deleted key works")
	}
	if _, ok := w.credential("AKIAAAAAAAAAAAAAAAAA"); ok {
		t.Error("a key that nobody made works")
	}
}

// TestTheStoreHoldsNoSecret reads the record as it lies on disk.
func TestTheStoreHoldsNoSecret(t *testing.T) {
	w := newWorld(t)
	w.do("CreateUser", members{"UserName": "etl"})
	made := w.do("CreateAccessKey", members{"UserName": "etl"})
	err := w.store.View(func(tx store.Tx) error {
		k, err := keys.Get(tx, at(made, "AccessKey.AccessKeyId").(string))
		if err == nil && strings.Contains(string(k.Secret), at(made, "AccessKey.SecretAccessKey").(string)) {
			t.Error("the secret lies in the store in the clear")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRoleByARN(t *testing.T) {
	w := newWorld(t)
	w.do("CreateRole", members{"RoleName": "mwaa", "Path": "/service/", "AssumeRolePolicyDocument": trustEC2, "MaxSessionDuration": 7200, "Tags": []any{members{"Key": "a", "Value": "b"}}})
	for arn, want := range map[string]bool{
		"arn:aws:iam::111111111111:role/service/mwaa": true,
		"arn:aws:iam::111111111111:role/mwaa":         false,
		"arn:aws:iam::222222222222:role/service/mwaa": false,
		"mwaa": false,
	} {
		err := w.store.View(func(tx store.Tx) error {
			r, ok, err := w.accounts.Role(tx, arn)
			if ok != want || ok && (r.Trust == nil || r.MaxSession.Seconds() != 7200 || r.Account != testAccount || len(r.Tags) != 1) {
				t.Errorf("%s: %v %+v", arn, ok, r)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestGetAccountAuthorizationDetails(t *testing.T) {
	w := newWorld(t)
	w.do("CreateUser", members{"UserName": "etl"})
	w.do("CreateGroup", members{"GroupName": "data"})
	w.do("AddUserToGroup", members{"GroupName": "data", "UserName": "etl"})
	w.do("CreateRole", members{"RoleName": "mwaa", "AssumeRolePolicyDocument": trustEC2})
	w.do("PutRolePolicy", members{"RoleName": "mwaa", "PolicyName": "own", "PolicyDocument": readOne})
	w.do("CreatePolicy", members{"PolicyName": "read", "PolicyDocument": readOne})
	w.do("AttachUserPolicy", members{"UserName": "etl", "PolicyArn": "arn:aws:iam::aws:policy/SecretsManagerReadWrite"})
	got := w.do("GetAccountAuthorizationDetails", members{})
	for path, want := range map[string]any{
		"UserDetailList.0.UserName": "etl", "UserDetailList.0.GroupList.0": "data", "UserDetailList.0.AttachedManagedPolicies.0.PolicyName": "SecretsManagerReadWrite",
		"GroupDetailList.0.GroupName": "data", "RoleDetailList.0.RolePolicyList.0.PolicyDocument": encoded(readOne),
		"Policies.0.PolicyName": "SecretsManagerReadWrite", "Policies.1.PolicyName": "read", "Policies.1.PolicyVersionList.0.Document": encoded(readOne), "Policies.2": nil,
	} {
		if v := at(got, path); v != want {
			t.Errorf("%s is %v, want %v", path, v, want)
		}
	}
	got = w.do("GetAccountAuthorizationDetails", members{"Filter": []any{"Role", "User"}, "MaxItems": 1})
	if at(got, "UserDetailList.0.UserName") != "etl" || at(got, "RoleDetailList.0") != nil || at(got, "IsTruncated") != true || at(got, "Policies.0") != nil {
		t.Errorf("first page of two: %v", got)
	}
	got = w.do("GetAccountAuthorizationDetails", members{"Filter": []any{"Role", "User"}, "MaxItems": 1, "Marker": at(got, "Marker")})
	if at(got, "UserDetailList.0") != nil || at(got, "RoleDetailList.0.RoleName") != "mwaa" || at(got, "IsTruncated") != false {
		t.Errorf("second page of two: %v", got)
	}
}
