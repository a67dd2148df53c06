package reference

import (
	"slices"
	"testing"
)

func TestLookup(t *testing.T) {
	if got := Prefixes(); !slices.Equal(got, []string{"airflow", "airflow-serverless", "iam", "kms", "rds-db", "secretsmanager", "sts"}) {
		t.Errorf("the services are %q", got)
	}
	a := Lookup("SecretsManager:getsecretvalue")
	if a == nil || a.Name != "GetSecretValue" || a.Access != "read" {
		t.Fatalf("got %+v", a)
	}
	for _, none := range []string{"secretsmanager:GetSecret", "s3:GetObject", "nonsense", ""} {
		if Lookup(none) != nil {
			t.Errorf("%q is an action", none)
		}
	}
	pass := Lookup("iam:AddRoleToInstanceProfile").Uses
	if !slices.ContainsFunc(pass, func(u Use) bool { return slices.Equal(u.Dependent, []string{"iam:PassRole"}) && u.Required }) {
		t.Errorf("adding a role to an instance profile does not depend on iam:PassRole: %+v", pass)
	}
	if Of("kms").Keys["kms:ViaService"] != "String" || Of("secretsmanager").Keys["secretsmanager:SecretId"] != "ARN" {
		t.Error("the types of condition keys are amiss")
	}
}

func TestTakes(t *testing.T) {
	for _, c := range []struct {
		action, resource string
		want             bool
	}{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/db-AbCdEf", true},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:", false},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:111122223333:key:airflow/db-AbCdEf", false},
		{"secretsmanager:GetSecretValue", "*", false},
		{"secretsmanager:ListSecrets", "*", true},
		{"secretsmanager:ListSecrets", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x", false},
		{"kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/1234", true},
		{"kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:alias/x", false},
		{"kms:CreateAlias", "arn:aws:kms:eu-west-1:111122223333:alias/x", true},
		{"iam:GetRole", "arn:aws:iam::111122223333:role/a/path/name", true},
		{"iam:GetRole", "arn:aws:iam::111122223333:user/name", false},
		{"sts:GetFederationToken", "*", true},
		{"airflow:CreateWebLoginToken", "arn:aws:airflow:eu-west-1:111122223333:role/analytics/Admin", true},
		{"rds-db:connect", "arn:aws:rds-db:eu-west-1:111122223333:dbuser:db-ABCDEFGHIJKL01234/etl", true},
	} {
		if got := Lookup(c.action).Takes(c.resource); got != c.want {
			t.Errorf("%s on %s: got %v, want %v", c.action, c.resource, got, c.want)
		}
	}
}

func TestHas(t *testing.T) {
	for _, c := range []struct {
		action, key string
		want        bool
	}{
		{"secretsmanager:GetSecretValue", "secretsmanager:VersionStage", true},
		{"secretsmanager:GetSecretValue", "SecretsManager:versionstage", true},
		{"secretsmanager:GetSecretValue", "secretsmanager:Name", false},
		{"secretsmanager:GetSecretValue", "secretsmanager:ResourceTag/team", true},
		{"secretsmanager:GetSecretValue", "secretsmanager:ResourceTag/", false},
		{"secretsmanager:GetSecretValue", "aws:ResourceTag/team", true},
		{"secretsmanager:GetSecretValue", "aws:SourceIp", true},
		{"secretsmanager:ListSecrets", "aws:TagKeys", false},
		{"kms:Decrypt", "kms:EncryptionContext:SecretARN", true},
		{"sts:AssumeRole", "sts:ExternalId", true},
		{"iam:CreateRole", "iam:PermissionsBoundary", true},
	} {
		if got := Lookup(c.action).Has(c.key); got != c.want {
			t.Errorf("%s with %s: got %v, want %v", c.action, c.key, got, c.want)
		}
	}
}
