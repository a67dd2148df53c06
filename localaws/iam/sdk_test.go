package iam_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"aircon/aircontest"
)

const (
	trust   = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "airflow-env.amazonaws.com"}, "Action": "sts:AssumeRole"}]}`
	getRole = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetRole", "Resource": "arn:aws:iam::*:role/service/*"}]}`
)

// client is the SDK's IAM client on a local AWS, with these keys.
func client(l *aircontest.LocalAWS, id, secret string) *iam.Client {
	return iam.New(iam.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(l.URL), Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	})
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestTheSDK drives a role's life as Terraform and aircon do: with its policies, its tags, and what refuses its deletion.
func TestTheSDK(t *testing.T) {
	l := aircontest.NewLocalAWS(t)
	c, ctx := client(l, l.Administrator.AccessKeyID, l.Administrator.SecretAccessKey), context.Background()
	role := must[*iam.CreateRoleOutput](t)(c.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: aws.String("mwaa"), Path: aws.String("/service/"), AssumeRolePolicyDocument: aws.String(trust), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("a b + ü")}},
	}))
	made := must[*iam.CreatePolicyOutput](t)(c.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("read"), PolicyDocument: aws.String(getRole)}))
	must[*iam.AttachRolePolicyOutput](t)(c.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: aws.String("mwaa"), PolicyArn: made.Policy.Arn}))

	got := must[*iam.GetRoleOutput](t)(c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("mwaa")}))
	document, err := url.PathUnescape(*got.Role.AssumeRolePolicyDocument)
	if err != nil || document != trust || *got.Role.Arn != *role.Role.Arn || *got.Role.MaxSessionDuration != 3600 || *got.Role.Tags[0].Value != "a b + ü" || !got.Role.CreateDate.Equal(*role.Role.CreateDate) {
		t.Errorf("role %+v, trust policy %s (%v)", got.Role, document, err)
	}
	attached := must[*iam.ListAttachedRolePoliciesOutput](t)(c.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String("mwaa")}))
	if len(attached.AttachedPolicies) != 1 || *attached.AttachedPolicies[0].PolicyArn != *made.Policy.Arn || attached.IsTruncated {
		t.Errorf("attached %+v", attached)
	}
	version := must[*iam.GetPolicyVersionOutput](t)(c.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: made.Policy.Arn, VersionId: aws.String("v1")}))
	if document, err := url.PathUnescape(*version.PolicyVersion.Document); err != nil || document != getRole {
		t.Errorf("policy %s (%v)", document, err)
	}

	must[*iam.UpdateRoleOutput](t)(c.UpdateRole(ctx, &iam.UpdateRoleInput{RoleName: aws.String("mwaa"), MaxSessionDuration: aws.Int32(7200)})) // asks for a Result that is empty

	var conflict *types.DeleteConflictException
	if _, err := c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("mwaa")}); !errors.As(err, &conflict) {
		t.Errorf("deleting a role in use: %v", err)
	}
	must[*iam.DetachRolePolicyOutput](t)(c.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("mwaa"), PolicyArn: made.Policy.Arn}))
	must[*iam.DeleteRoleOutput](t)(c.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("mwaa")}))
	var gone *types.NoSuchEntityException
	if _, err := c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("mwaa")}); !errors.As(err, &gone) || gone.ErrorMessage() != "The role with name mwaa cannot be found." {
		t.Errorf("a deleted role: %v", err)
	}
	var malformed *types.MalformedPolicyDocumentException
	if _, err := c.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("bad"), PolicyDocument: aws.String("{")}); !errors.As(err, &malformed) {
		t.Errorf("a bad policy: %v", err)
	}
}

func TestThePaginator(t *testing.T) {
	l := aircontest.NewLocalAWS(t)
	c, ctx := client(l, l.Administrator.AccessKeyID, l.Administrator.SecretAccessKey), context.Background()
	for _, name := range []string{"b", "c", "A", "d", "e"} {
		must[*iam.CreateRoleOutput](t)(c.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(name), AssumeRolePolicyDocument: aws.String(trust)}))
	}
	var names []string
	for p := iam.NewListRolesPaginator(c, &iam.ListRolesInput{MaxItems: aws.Int32(2)}); p.HasMorePages(); {
		page := must[*iam.ListRolesOutput](t)(p.NextPage(ctx))
		for _, r := range page.Roles {
			names = append(names, *r.RoleName)
		}
	}
	if got := strings.Join(names, " "); got != "A b c d e" {
		t.Errorf("got %s", got)
	}
}

// TestDenials has IAM's own words for its resources, which are names and not ARNs.
func TestDenials(t *testing.T) {
	l := aircontest.NewLocalAWS(t)
	admin, ctx := client(l, l.Administrator.AccessKeyID, l.Administrator.SecretAccessKey), context.Background()
	must[*iam.CreateUserOutput](t)(admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("etl")}))
	must[*iam.PutUserPolicyOutput](t)(admin.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: aws.String("etl"), PolicyName: aws.String("p"), PolicyDocument: aws.String(getRole)}))
	for _, path := range []string{"/service/", "/other/"} {
		must[*iam.CreateRoleOutput](t)(admin.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("in-" + strings.Trim(path, "/")), Path: aws.String(path), AssumeRolePolicyDocument: aws.String(trust)}))
	}
	key := must[*iam.CreateAccessKeyOutput](t)(admin.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("etl")})).AccessKey
	c := client(l, *key.AccessKeyId, *key.SecretAccessKey)
	must[*iam.GetRoleOutput](t)(c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("in-service")}))

	_, otherPath := c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("in-other")})
	_, missing := c.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("missing")})
	_, listing := c.ListRoles(ctx, &iam.ListRolesInput{})
	_, policy := c.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")})
	for want, err := range map[string]error{
		"iam:GetRole on resource: role in-other because no identity-based policy allows the iam:GetRole action":                                          otherPath,
		"iam:GetRole on resource: role missing because no identity-based policy allows the iam:GetRole action":                                           missing,
		"iam:ListRoles on resource: arn:aws:iam::123456789012:role/ because no identity-based policy allows the iam:ListRoles action":                    listing,
		"iam:GetPolicy on resource: policy arn:aws:iam::aws:policy/AdministratorAccess because no identity-based policy allows the iam:GetPolicy action": policy,
	} {
		var e smithy.APIError
		want = "User: arn:aws:iam::123456789012:user/etl is not authorized to perform: " + want
		if !errors.As(err, &e) || e.ErrorCode() != "AccessDenied" || e.ErrorMessage() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
	must[*iam.UpdateAccessKeyOutput](t)(admin.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: aws.String("etl"), AccessKeyId: key.AccessKeyId, Status: types.StatusTypeInactive}))
	var e smithy.APIError
	if _, err := c.GetUser(ctx, &iam.GetUserInput{}); !errors.As(err, &e) || e.ErrorCode() != "InvalidClientTokenId" {
		t.Errorf("an inactive key: %v", err)
	}
}
