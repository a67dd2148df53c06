package iam_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"aircon/aircontest"
)

// refusal returns an error's message where its code is AWS's refusal.
func refusal(t *testing.T, err error) string {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != "AccessDenied" {
		t.Errorf("not refused: %v", err)
		return ""
	}
	return e.ErrorMessage()
}

// TestARolesSession follows a session through what limits its role: identity policy, boundary, session policy, and the role's end.
func TestARolesSession(t *testing.T) {
	l := aircontest.NewLocalAWS(t)
	admin, ctx := client(l, l.Administrator.AccessKeyID, l.Administrator.SecretAccessKey), context.Background()
	const (
		trusting = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:user/etl"}, "Action": "sts:AssumeRole"}]}`
		roleARN  = "arn:aws:iam::123456789012:role/service/worker"
		user     = "User: arn:aws:sts::123456789012:assumed-role/worker/task is not authorized to perform: iam:GetRole on resource: role worker because no "
	)
	must[*iam.CreateUserOutput](t)(admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("etl")}))
	key := must[*iam.CreateAccessKeyOutput](t)(admin.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("etl")})).AccessKey
	must[*iam.CreateRoleOutput](t)(admin.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("worker"), Path: aws.String("/service/"), AssumeRolePolicyDocument: aws.String(trusting)}))
	assume := func(id, secret string, policy *string) (*sts.AssumeRoleOutput, error) {
		c := sts.New(sts.Options{Region: "us-east-1", BaseEndpoint: aws.String(l.URL), Credentials: credentials.NewStaticCredentialsProvider(id, secret, "")})
		return c.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String(roleARN), RoleSessionName: aws.String("task"), Policy: policy})
	}
	session := func(policy *string) *iam.Client {
		out := must[*sts.AssumeRoleOutput](t)(assume(*key.AccessKeyId, *key.SecretAccessKey, policy))
		return iam.New(iam.Options{Region: "us-east-1", BaseEndpoint: aws.String(l.URL), Credentials: credentials.NewStaticCredentialsProvider(
			*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken,
		)})
	}
	get := func(c *iam.Client) error {
		_, err := c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("worker")})
		return err
	}

	must[*iam.CreateUserOutput](t)(admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("stranger")}))
	foreign := must[*iam.CreateAccessKeyOutput](t)(admin.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("stranger")})).AccessKey
	_, err := assume(*foreign.AccessKeyId, *foreign.SecretAccessKey, nil)
	if got, want := refusal(t, err), "User: arn:aws:iam::123456789012:user/stranger is not authorized to perform: sts:AssumeRole on resource: "+roleARN; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}

	c := session(nil)
	if got := refusal(t, get(c)); got != user+"identity-based policy allows the iam:GetRole action" {
		t.Error(got)
	}
	must[*iam.PutRolePolicyOutput](t)(admin.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String("worker"), PolicyName: aws.String("p"), PolicyDocument: aws.String(getRole)}))
	if err := get(c); err != nil {
		t.Error(err)
	}
	nothing := `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}`
	if got := refusal(t, get(session(&nothing))); got != user+"session policy allows the iam:GetRole action" {
		t.Error(got)
	}
	limit := must[*iam.CreatePolicyOutput](t)(admin.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("limit"), PolicyDocument: aws.String(nothing)})).Policy.Arn
	must[*iam.PutRolePermissionsBoundaryOutput](t)(admin.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: aws.String("worker"), PermissionsBoundary: limit}))
	if got := refusal(t, get(c)); got != user+"permissions boundary allows the iam:GetRole action" {
		t.Error(got)
	}
	must[*iam.DeleteRolePolicyOutput](t)(admin.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String("worker"), PolicyName: aws.String("p")}))
	must[*iam.DeleteRoleOutput](t)(admin.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("worker")}))
	if got := refusal(t, get(c)); got != user+"identity-based policy allows the iam:GetRole action" {
		t.Error(got)
	}
}
