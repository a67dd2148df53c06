package iam

import (
	"strings"
	"testing"

	"aircon/internal/store"
	"aircon/policy"
)

// TestTrustIsOfSomebodyNotOfAName deletes and renames whom a role trusts.
func TestTrustIsOfSomebodyNotOfAName(t *testing.T) {
	w := newWorld(t)
	made := w.do("CreateUser", members{"UserName": "etl"})
	id := at(made, "User.UserId").(string)
	const arn = "arn:aws:iam::111111111111:user/etl"
	trusting := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"` + arn + `"}}}`
	w.do("CreateRole", members{"RoleName": "worker", "AssumeRolePolicyDocument": trusting})
	w.account = "222222222222"
	w.do("CreateRole", members{"RoleName": "of-another", "AssumeRolePolicyDocument": trusting})
	w.do("CreateRole", members{"RoleName": "of-nobody-here", "AssumeRolePolicyDocument": strings.Replace(trusting, "111111111111:user/etl", "333333333333:user/x", 1)})
	w.account = testAccount

	document := func() string {
		return at(w.do("GetRole", members{"RoleName": "worker"}), "Role.AssumeRolePolicyDocument").(string)
	}
	trusts := func(role string, p policy.Principal) (allowed bool) {
		err := w.store.View(func(tx store.Tx) error {
			r, _, err := w.accounts.Role(tx, role)
			allowed = policy.Evaluate(&policy.Request{
				Principal: &p, Action: "sts:AssumeRole", Resource: role, ResourcePolicyRequired: true, TrustPolicy: true,
				ResourcePolicy: &policy.Policy{Name: role, Document: r.Trust},
			}).Allowed()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return allowed
	}
	const worker = "arn:aws:iam::111111111111:role/worker"
	if p := (policy.Principal{Kind: policy.User, ARN: arn, Account: testAccount, UserID: id}); !trusts(worker, p) {
		t.Error("the user is not trusted")
	}
	w.do("UpdateUser", members{"UserName": "etl", "NewUserName": "loader"})
	if !strings.Contains(document(), "user%2Floader%22") {
		t.Errorf("after the change of name: %s", document())
	}
	w.do("UpdateUser", members{"UserName": "loader", "NewUserName": "etl"})
	w.do("DeleteUser", members{"UserName": "etl"})
	if want := encoded(strings.Replace(trusting, arn, id, 1)); document() != want {
		t.Errorf("after the deletion: %s, want %s", document(), want)
	}
	again := w.do("CreateUser", members{"UserName": "etl"})
	if p := (policy.Principal{Kind: policy.User, ARN: arn, Account: testAccount, UserID: at(again, "User.UserId").(string)}); trusts(worker, p) {
		t.Error("another user of the name is trusted")
	}
	w.account = "222222222222"
	if got := at(w.do("GetRole", members{"RoleName": "of-another"}), "Role.AssumeRolePolicyDocument").(string); !strings.Contains(got, id) {
		t.Errorf("another account's role: %s", got)
	}
	w.account = testAccount
	w.do("UpdateAssumeRolePolicy", members{"RoleName": "worker", "PolicyDocument": trusting})
	if p := (policy.Principal{Kind: policy.User, ARN: arn, Account: testAccount}); !trusts(worker, p) {
		t.Error("the new user is not trusted, though it was named anew")
	}
}

// TestRenamedTrustKeepsConditions renames whom a policy trusts in escapes, and names in a condition, where a name stays a name.
func TestRenamedTrustKeepsConditions(t *testing.T) {
	w := newWorld(t)
	w.do("CreateUser", members{"UserName": "etl"})
	const trusting = `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"arn:aws:iam::111111111111:user\/etl"},` +
		`"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:user/etl"}}}}`
	w.do("CreateRole", members{"RoleName": "worker", "AssumeRolePolicyDocument": trusting})
	w.do("UpdateUser", members{"UserName": "etl", "NewUserName": "loader"})
	got := at(w.do("GetRole", members{"RoleName": "worker"}), "Role.AssumeRolePolicyDocument").(string)
	if want := encoded(strings.Replace(trusting, `user\/etl`, "user/loader", 1)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
