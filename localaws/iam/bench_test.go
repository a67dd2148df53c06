package iam

import (
	"fmt"
	"testing"

	"aircon/internal/store"
	"aircon/policy"
)

// BenchmarkGrants is what each request pays to know its caller's policies: a role with four managed policies and a boundary.
func BenchmarkGrants(b *testing.B) {
	w := newWorld(b)
	w.do("CreatePolicy", members{"PolicyName": "limit", "PolicyDocument": allowAll})
	made := w.do("CreateRole", members{"RoleName": "mwaa", "AssumeRolePolicyDocument": trustEC2, "PermissionsBoundary": ownPolicy + "limit"})
	for i := range 4 {
		w.do("CreatePolicy", members{"PolicyName": fmt.Sprint("p", i), "PolicyDocument": readOne})
		w.do("AttachRolePolicy", members{"RoleName": "mwaa", "PolicyArn": fmt.Sprint(ownPolicy, "p", i)})
	}
	p := policy.Principal{
		Kind: policy.RoleSession, ARN: "arn:aws:sts::111111111111:assumed-role/mwaa/task", Issuer: "arn:aws:iam::111111111111:role/mwaa",
		Account: testAccount, UserID: at(made, "Role.RoleId").(string) + ":task",
	}
	err := w.store.View(func(tx store.Tx) error {
		b.ReportAllocs()
		for b.Loop() {
			if g, err := w.accounts.Grants(tx, p); err != nil || len(g.Identity) != 4 {
				b.Fatal(err)
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkAccessKey is what each request pays to know the secret that it was signed with.
func BenchmarkAccessKey(b *testing.B) {
	w := newWorld(b)
	w.do("CreateUser", members{"UserName": "etl"})
	made := w.do("CreateAccessKey", members{"UserName": "etl"})
	id := at(made, "AccessKey.AccessKeyId").(string)
	err := w.store.View(func(tx store.Tx) error {
		b.ReportAllocs()
		for b.Loop() {
			if _, ok, err := w.accounts.AccessKey(tx, id); err != nil || !ok {
				b.Fatal(err)
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
