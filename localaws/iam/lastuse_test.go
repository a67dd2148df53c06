package iam_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"aircon/aircontest"
	"aircon/localaws"
)

// TestLastUse has what keys and roles were used for last: nothing at first, and after a restart what it was before.
func TestLastUse(t *testing.T) {
	ctx, dir, noon := context.Background(), t.TempDir(), time.Date(2026, 11, 22, 12, 0, 30, 0, time.UTC)
	clock := func() time.Time { return noon }
	l := aircontest.NewLocalAWS(t, localaws.Options{Directory: dir, Clock: clock})
	admin := client(l, l.Administrator.AccessKeyID, l.Administrator.SecretAccessKey)
	must[*iam.CreateUserOutput](t)(admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("etl")}))
	key := must[*iam.CreateAccessKeyOutput](t)(admin.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("etl")})).AccessKey
	must[*iam.CreateRoleOutput](t)(admin.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("worker"), AssumeRolePolicyDocument: aws.String(
		`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:user/etl"}, "Action": "sts:AssumeRole"}]}`,
	)}))
	expect := func(when, service, region string, used bool) {
		t.Helper()
		ofKey := must[*iam.GetAccessKeyLastUsedOutput](t)(admin.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: key.AccessKeyId}))
		if got := ofKey.AccessKeyLastUsed; *ofKey.UserName != "etl" || *got.ServiceName != service || *got.Region != region || (got.LastUsedDate != nil) != used || used && !got.LastUsedDate.Equal(noon.Truncate(time.Minute)) {
			t.Errorf("%s the key: %+v", when, got)
		}
		ofRole := must[*iam.GetRoleOutput](t)(admin.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("worker")})).Role.RoleLastUsed
		if (ofRole.LastUsedDate != nil) != used || used && *ofRole.Region != "eu-west-1" {
			t.Errorf("%s the role: %+v", when, ofRole)
		}
	}
	expect("at first", "N/A", "N/A", false)
	assuming := sts.New(sts.Options{Region: "us-west-2", BaseEndpoint: &l.URL, Credentials: credentials.NewStaticCredentialsProvider(*key.AccessKeyId, *key.SecretAccessKey, "")})
	out := must[*sts.AssumeRoleOutput](t)(assuming.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::123456789012:role/worker"), RoleSessionName: aws.String("s1")}))
	session := sts.New(sts.Options{Region: "eu-west-1", BaseEndpoint: &l.URL, Credentials: credentials.NewStaticCredentialsProvider(
		*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken,
	)})
	must[*sts.GetCallerIdentityOutput](t)(session.GetCallerIdentity(ctx, nil))
	expect("afterwards", "sts", "us-west-2", true)

	must[*iam.CreateGroupOutput](t)(admin.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("any")}))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = aircontest.NewLocalAWS(t, localaws.Options{Directory: dir, Clock: clock})
	admin = client(l, l.Administrator.AccessKeyID, l.Administrator.SecretAccessKey)
	expect("after a restart", "sts", "us-west-2", true)
}
