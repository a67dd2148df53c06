package aircontest_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"aircon/aircontest"
)

// TestNewLocalAWS walks through all of it as a user's test would: a secret, a role that may read it, and one that may not.
func TestNewLocalAWS(t *testing.T) {
	local := aircontest.NewLocalAWS(t)
	local.Setenv(t)
	ctx := t.Context()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := secretsmanager.NewFromConfig(cfg).CreateSecret(ctx, &secretsmanager.CreateSecretInput{
		Name: aws.String("airflow/connections/db"), SecretString: aws.String("postgres://db.example.internal"),
	})
	if err != nil {
		t.Fatal(err)
	}
	roles := iam.NewFromConfig(cfg)
	for name, action := range map[string]string{"reader": "secretsmanager:GetSecretValue", "lister": "secretsmanager:ListSecrets"} {
		role, err := roles.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(name), AssumeRolePolicyDocument: aws.String(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}]}`)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = roles.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String(name), PolicyName: aws.String("p"), PolicyDocument: aws.String(
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`)})
		if err != nil {
			t.Fatal(err)
		}
		session, err := sts.NewFromConfig(cfg).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: role.Role.Arn, RoleSessionName: aws.String("test")})
		if err != nil {
			t.Fatal(err)
		}
		c := session.Credentials
		_, err = secretsmanager.NewFromConfig(cfg, func(o *secretsmanager.Options) {
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: *c.AccessKeyId, SecretAccessKey: *c.SecretAccessKey, SessionToken: *c.SessionToken}, nil
			})
		}).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: secret.ARN})
		if (err == nil) != (name == "reader") {
			t.Errorf("%s: GetSecretValue = %v", name, err)
		}
		t.Log(err)
	}
}
