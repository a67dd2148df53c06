package policy

import "testing"

func TestPrincipalOf(t *testing.T) {
	for text, want := range map[string]Principal{
		user.ARN:                    {Kind: User, ARN: user.ARN, Account: account, Name: "etl"},
		role.Issuer:                 {Kind: RoleSession, ARN: "arn:aws:sts::111122223333:assumed-role/mwaa/s", Issuer: role.Issuer, Account: account},
		root.ARN:                    {Kind: AccountRoot, ARN: root.ARN, Account: account, UserID: account},
		federated.ARN:               {Kind: FederatedUser, ARN: federated.ARN, Account: account, UserID: account + ":etl"},
		"airflow-env.amazonaws.com": {Kind: Service, ARN: "airflow-env.amazonaws.com"},
		"arn:aws-cn:sts::111122223333:assumed-role/a/b": {
			Kind: RoleSession, ARN: "arn:aws-cn:sts::111122223333:assumed-role/a/b", Issuer: "arn:aws-cn:iam::111122223333:role/a", Account: account,
		},
	} {
		got, ok := PrincipalOf(text, "s")
		if !ok || got.Kind != want.Kind || got.ARN != want.ARN || got.Issuer != want.Issuer || got.Account != want.Account || got.UserID != want.UserID || got.Name != want.Name {
			t.Errorf("%s:\ngot  %+v\nwant %+v", text, got, want)
		}
	}
	for _, text := range []string{"", "etl", "arn:aws:s3:::b", "arn:aws:iam::1:user/x", "arn:aws:iam::111122223333:group/x", "arn:aws:iam::111122223333:user/", "arn:aws:sts::111122223333:user/x"} {
		if p, ok := PrincipalOf(text, "s"); ok {
			t.Errorf("%q is taken for %+v", text, p)
		}
	}
}
