package iam_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	"aircon/aircontest"
)

const (
	readOnly  = "arn:aws:iam::aws:policy/ReadOnlyAccess" // lists and describes secrets, and reads none
	readWrite = "arn:aws:iam::aws:policy/SecretsManagerReadWrite"
)

// TestManagedPoliciesOfAWS decides by AWS's policies: a role's, its boundary and a session's.
func TestManagedPoliciesOfAWS(t *testing.T) {
	l := aircontest.NewLocalAWS(t)
	admin, ctx := client(l, l.Administrator.AccessKeyID, l.Administrator.SecretAccessKey), context.Background()
	const (
		trusting  = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}]}`
		mayAssume = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}`
	)
	must[*iam.CreateUserOutput](t)(admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("etl")}))
	must[*iam.PutUserPolicyOutput](t)(admin.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("etl"), PolicyName: aws.String("p"), PolicyDocument: aws.String(mayAssume)}))
	key := must[*iam.CreateAccessKeyOutput](t)(admin.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("etl")})).AccessKey
	role := must[*iam.CreateRoleOutput](t)(admin.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("reader"), AssumeRolePolicyDocument: aws.String(trusting)})).Role
	secrets := func(id, secret, token string) *secretsmanager.Client {
		return secretsmanager.New(secretsmanager.Options{Region: "us-east-1", BaseEndpoint: aws.String(l.URL), Credentials: credentials.NewStaticCredentialsProvider(id, secret, token)})
	}
	db := secrets(l.Administrator.AccessKeyID, l.Administrator.SecretAccessKey, "")
	must[*secretsmanager.CreateSecretOutput](t)(db.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("db"), SecretString: aws.String("s")}))

	// A session may describe the secret at each step. What denies its value is what is returned.
	denial := func(arns ...ststypes.PolicyDescriptorType) string {
		c := sts.New(sts.Options{Region: "us-east-1", BaseEndpoint: aws.String(l.URL), Credentials: credentials.NewStaticCredentialsProvider(*key.AccessKeyId, *key.SecretAccessKey, "")})
		out := must[*sts.AssumeRoleOutput](t)(c.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: role.Arn, RoleSessionName: aws.String("task"), PolicyArns: arns}))
		session := secrets(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
		must[*secretsmanager.DescribeSecretOutput](t)(session.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String("db")}))
		_, err := session.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("db")})
		var e smithy.APIError
		if !errors.As(err, &e) {
			return ""
		}
		_, words, _ := strings.Cut(e.ErrorMessage(), " is not authorized to perform: secretsmanager:GetSecretValue on resource: db because no ")
		return strings.TrimSuffix(words, " allows the secretsmanager:GetSecretValue action")
	}
	for _, step := range []struct {
		attached, boundary string
		session            []ststypes.PolicyDescriptorType
		denies             string
	}{
		{attached: readOnly, denies: "identity-based policy"},
		{attached: readWrite},
		{attached: readWrite, session: []ststypes.PolicyDescriptorType{{Arn: aws.String(readOnly)}}, denies: "session policy"},
		{attached: readWrite, boundary: readOnly, denies: "permissions boundary"},
		{attached: readWrite, boundary: "arn:aws:iam::aws:policy/PowerUserAccess"},
	} {
		must[*iam.AttachRolePolicyOutput](t)(admin.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: role.RoleName, PolicyArn: aws.String(step.attached)}))
		if step.boundary != "" {
			must[*iam.PutRolePermissionsBoundaryOutput](t)(admin.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: role.RoleName, PermissionsBoundary: aws.String(step.boundary)}))
		}
		if got := denial(step.session...); got != step.denies {
			t.Errorf("%+v: denied by %q", step, got)
		}
	}
}

// TestManagedPoliciesInUse counts and lists what uses AWS's policies, which keep a role from being deleted.
func TestManagedPoliciesInUse(t *testing.T) {
	l := aircontest.NewLocalAWS(t)
	c, ctx, role := client(l, l.Administrator.AccessKeyID, l.Administrator.SecretAccessKey), context.Background(), aws.String("reader")
	must[*iam.CreateRoleOutput](t)(c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: role, AssumeRolePolicyDocument: aws.String(trust), PermissionsBoundary: aws.String(readOnly)}))
	attach := func(arn string) error {
		_, err := c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: role, PolicyArn: aws.String(arn)})
		return err
	}
	var unattachable *types.PolicyNotAttachableException
	if err := attach("arn:aws:iam::aws:policy/aws-service-role/AmazonMWAAServiceRolePolicy"); !errors.As(err, &unattachable) || unattachable.ErrorMessage() != "Cannot attach a Service Role Policy to a Customer Role." {
		t.Errorf("a service-linked role's policy: %v", err)
	}
	if err := errors.Join(attach(readWrite), attach(readOnly)); err != nil {
		t.Fatal(err)
	}
	attached := must[*iam.ListAttachedRolePoliciesOutput](t)(c.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: role})).AttachedPolicies
	if len(attached) != 2 || *attached[0].PolicyArn != readOnly || *attached[1].PolicyArn != readWrite {
		t.Errorf("attached %v", attached)
	}
	counted := must[*iam.GetPolicyOutput](t)(c.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String(readOnly)})).Policy
	if *counted.AttachmentCount != 1 || *counted.PermissionsBoundaryUsageCount != 1 {
		t.Errorf("counted %d and %d", *counted.AttachmentCount, *counted.PermissionsBoundaryUsageCount)
	}
	details := must[*iam.GetAccountAuthorizationDetailsOutput](t)(c.GetAccountAuthorizationDetails(ctx, &iam.GetAccountAuthorizationDetailsInput{Filter: []types.EntityType{types.EntityTypeAWSManagedPolicy}})).Policies
	if len(details) != 2 || len(*details[0].PolicyVersionList[0].Document) < 50_000 {
		t.Errorf("%d policies in the details", len(details))
	}
	var conflict *types.DeleteConflictException
	if _, err := c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: role}); !errors.As(err, &conflict) {
		t.Errorf("deleting a role with policies: %v", err)
	}
	for _, p := range attached {
		must[*iam.DetachRolePolicyOutput](t)(c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: role, PolicyArn: p.PolicyArn}))
	}
	must[*iam.DeleteRoleOutput](t)(c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: role}))
}
