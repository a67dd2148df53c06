package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// asTaskMain asks AWS for several things as any program does, by the SDK's own chain of credentials, and prints who it is and what it may do.
func asTaskMain() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(aws.ToString(who.Arn))
	secrets, roles := secretsmanager.NewFromConfig(cfg), iam.NewFromConfig(cfg)
	const name = "airflow/connections/my_postgres_db"
	for _, try := range []struct {
		what string
		do   func() error
	}{
		{"GetSecretValue", func() error {
			_, err := secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(name)})
			return err
		}},
		{"TagResource", func() error {
			_, err := secrets.TagResource(ctx, &secretsmanager.TagResourceInput{SecretId: aws.String(name), Tags: []types.Tag{}})
			return err
		}},
		{"ListSecrets", func() error {
			_, err := secrets.ListSecrets(ctx, &secretsmanager.ListSecretsInput{})
			return err
		}},
		{"ListRoles", func() error { _, err := roles.ListRoles(ctx, &iam.ListRolesInput{}); return err }},
		{"CreateAccessKey", func() error {
			_, err := roles.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("admin")})
			return err
		}},
	} {
		fmt.Printf("%s: %s\n", try.what, outcome(try.do()))
	}
}

// outcome is AWS's code of an error, or that there was none.
func outcome(err error) string {
	var refused smithy.APIError
	switch {
	case err == nil:
		return "allowed"
	case errors.As(err, &refused):
		return refused.ErrorCode()
	}
	return err.Error()
}
