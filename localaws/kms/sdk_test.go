package kms_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"aircon/aircontest"
	"aircon/localaws"
)

// served is a whole local AWS: with it, policies decide.
type served struct {
	*aircontest.LocalAWS
	t     *testing.T
	admin *awskms.Client
}

func serve(t *testing.T) *served {
	s := &served{LocalAWS: aircontest.NewLocalAWS(t), t: t}
	s.admin = s.kms(s.Administrator.AccessKeyID, s.Administrator.SecretAccessKey, "")
	return s
}

func (s *served) kms(id, secret, token string) *awskms.Client {
	return awskms.New(awskms.Options{
		BaseEndpoint: &s.URL, Region: "eu-west-1", RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider(id, secret, token),
	})
}

func (s *served) iam() *awsiam.Client {
	keys := credentials.NewStaticCredentialsProvider(s.Administrator.AccessKeyID, s.Administrator.SecretAccessKey, "")
	return awsiam.New(awsiam.Options{BaseEndpoint: &s.URL, Region: "us-east-1", Credentials: keys})
}

// user makes a user who is allowed nothing but what the statement says; "" is nothing at all.
func (s *served) user(name, statement string) (*awskms.Client, string) {
	s.t.Helper()
	ctx := s.t.Context()
	made, err := s.iam().CreateUser(ctx, &awsiam.CreateUserInput{UserName: &name})
	s.check(err)
	if statement != "" {
		_, err = s.iam().PutUserPolicy(ctx, &awsiam.PutUserPolicyInput{
			UserName: &name, PolicyName: aws.String("p"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[` + statement + `]}`),
		})
		s.check(err)
	}
	key, err := s.iam().CreateAccessKey(ctx, &awsiam.CreateAccessKeyInput{UserName: &name})
	s.check(err)
	return s.kms(*key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey, ""), *made.User.Arn
}

// role makes a role without policies and returns a session of it.
func (s *served) role(name string) (*awskms.Client, string) {
	s.t.Helper()
	made, err := s.iam().CreateRole(s.t.Context(), &awsiam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + localaws.DefaultAccount + `"},"Action":"sts:AssumeRole"}}`)})
	s.check(err)
	keys := credentials.NewStaticCredentialsProvider(s.Administrator.AccessKeyID, s.Administrator.SecretAccessKey, "")
	sts := awssts.New(awssts.Options{BaseEndpoint: &s.URL, Region: "eu-west-1", Credentials: keys})
	out, err := sts.AssumeRole(s.t.Context(), &awssts.AssumeRoleInput{RoleArn: made.Role.Arn, RoleSessionName: aws.String("worker")})
	s.check(err)
	return s.kms(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken), *made.Role.Arn
}

func (s *served) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *served) key() *string {
	s.t.Helper()
	made, err := s.admin.CreateKey(s.t.Context(), &awskms.CreateKeyInput{})
	s.check(err)
	return made.KeyMetadata.KeyId
}

// refused wants an error of the SDK with a code.
func (s *served) refused(err error, code string) {
	s.t.Helper()
	var answer smithy.APIError
	if !errors.As(err, &answer) || answer.ErrorCode() != code {
		s.t.Errorf("got %v, want %s", err, code)
	}
}

func encrypts(ctx context.Context, c *awskms.Client, key *string, context map[string]string) error {
	_, err := c.Encrypt(ctx, &awskms.EncryptInput{KeyId: key, Plaintext: []byte("x"), EncryptionContext: context})
	return err
}

// TestGrants: a grant lets a user or role do what no policy allows it: the operations it names, with the encryption context it asks for, until it is
// revoked or retired; and never what a policy denies.
//
// Source: the KMS developer guide, "Grants in AWS KMS".
func TestGrants(t *testing.T) {
	s, ctx := serve(t), t.Context()
	bob, bobARN := s.user("bob", "")
	session, roleARN := s.role("worker")
	carol, carolARN := s.user("carol", `{"Effect":"Deny","Action":"kms:Encrypt","Resource":"*"}`)
	key := s.key()
	grant := func(c *awskms.Client, grantee string, constraints *types.GrantConstraints, operations ...types.GrantOperation) (*awskms.CreateGrantOutput, error) {
		return c.CreateGrant(ctx, &awskms.CreateGrantInput{KeyId: key, GranteePrincipal: &grantee, Operations: operations, Constraints: constraints, RetiringPrincipal: &carolARN})
	}
	s.refused(encrypts(ctx, bob, key, nil), "AccessDeniedException")
	for _, grantee := range []string{bobARN, roleARN, carolARN} {
		_, err := grant(s.admin, grantee, nil, "Encrypt")
		s.check(err)
	}
	s.check(encrypts(ctx, bob, key, nil))
	s.check(encrypts(ctx, session, key, nil))
	s.refused(encrypts(ctx, carol, key, nil), "AccessDeniedException")
	_, err := bob.GenerateDataKey(ctx, &awskms.GenerateDataKeyInput{KeyId: key, KeySpec: "AES_256"})
	s.refused(err, "AccessDeniedException")

	t.Run("constraints", func(t *testing.T) {
		dave, daveARN := s.user("dave", "")
		_, err := grant(s.admin, daveARN, &types.GrantConstraints{EncryptionContextSubset: map[string]string{"a": "${aws:username}"}}, "Encrypt", "CreateGrant")
		s.check(err)
		s.check(encrypts(ctx, dave, key, map[string]string{"a": "${aws:username}", "b": "2"}))
		for _, context := range []map[string]string{nil, {"a": "dave"}, {"b": "2"}, {"A": "${aws:username}"}} {
			s.refused(encrypts(ctx, dave, key, context), "AccessDeniedException")
		}
		// He hands on no more than he has, under no weaker constraint.
		_, err = grant(dave, bobARN, nil, "Encrypt")
		s.refused(err, "AccessDeniedException")
		_, err = grant(dave, bobARN, &types.GrantConstraints{EncryptionContextSubset: map[string]string{"A": "${aws:username}"}}, "Encrypt")
		s.refused(err, "AccessDeniedException")
		_, err = grant(dave, bobARN, &types.GrantConstraints{EncryptionContextSubset: map[string]string{"a": "${aws:username}"}}, "Decrypt")
		s.refused(err, "AccessDeniedException")
		_, err = grant(dave, bobARN, &types.GrantConstraints{EncryptionContextSubset: map[string]string{"a": "${aws:username}", "c": "3"}}, "Encrypt")
		s.check(err)

		erin, erinARN := s.user("erin", "")
		_, err = grant(s.admin, erinARN, &types.GrantConstraints{EncryptionContextEquals: map[string]string{"a": "1"}}, "Encrypt")
		s.check(err)
		s.check(encrypts(ctx, erin, key, map[string]string{"a": "1"}))
		s.refused(encrypts(ctx, erin, key, map[string]string{"a": "1", "b": "2"}), "AccessDeniedException")
	})
	t.Run("ends", func(t *testing.T) {
		frank, frankARN := s.user("frank", "")
		made, err := grant(s.admin, frankARN, nil, "Encrypt", "RetireGrant")
		s.check(err)
		again, err := grant(s.admin, frankARN, nil, "Decrypt")
		s.check(err)
		_, err = bob.RetireGrant(ctx, &awskms.RetireGrantInput{GrantToken: made.GrantToken})
		s.refused(err, "AccessDeniedException")
		_, err = frank.RetireGrant(ctx, &awskms.RetireGrantInput{GrantToken: made.GrantToken, DryRun: aws.Bool(true)})
		s.refused(err, "DryRunOperationException")
		_, err = frank.RetireGrant(ctx, &awskms.RetireGrantInput{GrantToken: made.GrantToken})
		s.check(err)
		s.refused(encrypts(ctx, frank, key, nil), "AccessDeniedException")
		_, err = frank.RetireGrant(ctx, &awskms.RetireGrantInput{KeyId: key, GrantId: again.GrantId})
		s.refused(err, "AccessDeniedException")
		_, err = carol.RetireGrant(ctx, &awskms.RetireGrantInput{KeyId: key, GrantId: again.GrantId})
		s.check(err)
		_, err = s.admin.RevokeGrant(ctx, &awskms.RevokeGrantInput{KeyId: key, GrantId: again.GrantId})
		s.refused(err, "NotFoundException")
	})
	listed, err := s.admin.ListGrants(ctx, &awskms.ListGrantsInput{KeyId: key, GranteePrincipal: &roleARN})
	s.check(err)
	if len(listed.Grants) != 1 || *listed.Grants[0].IssuingAccount != "arn:aws:iam::"+localaws.DefaultAccount+":root" || listed.Truncated {
		t.Errorf("grants of the role: %+v", listed)
	}
	_, err = s.admin.RevokeGrant(ctx, &awskms.RevokeGrantInput{KeyId: key, GrantId: listed.Grants[0].GrantId})
	s.check(err)
	s.refused(encrypts(ctx, session, key, nil), "AccessDeniedException")
}

// TestListGrants: pages, filters, names, and what cannot be granted.
func TestListGrants(t *testing.T) {
	s, ctx := serve(t), t.Context()
	key := s.key()
	_, bobARN := s.user("bob", "")
	bob := &bobARN
	in := awskms.CreateGrantInput{KeyId: key, GranteePrincipal: bob, Operations: []types.GrantOperation{"Encrypt"}, RetiringPrincipal: bob}
	ids := map[string]bool{}
	for _, name := range []string{"one", "two", "one", "three"} {
		in.Name = &name
		made, err := s.admin.CreateGrant(ctx, &in)
		s.check(err)
		ids[*made.GrantId] = true
	}
	if len(ids) != 3 {
		t.Errorf("the same grant was made twice: %v", ids)
	}
	seen := map[string]bool{}
	pages := awskms.NewListGrantsPaginator(s.admin, &awskms.ListGrantsInput{KeyId: key, Limit: aws.Int32(1)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		s.check(err)
		for _, g := range page.Grants {
			seen[*g.GrantId] = true
			_, err := s.admin.RevokeGrant(ctx, &awskms.RevokeGrantInput{KeyId: key, GrantId: g.GrantId}) // while the pages are turned
			s.check(err)
		}
	}
	if len(seen) != 3 {
		t.Errorf("pages showed %v", seen)
	}
	in.Name = nil
	_, err := s.admin.CreateGrant(ctx, &in)
	s.check(err)
	retirable, err := s.admin.ListRetirableGrants(ctx, &awskms.ListRetirableGrantsInput{RetiringPrincipal: bob})
	s.check(err)
	if len(retirable.Grants) != 1 || *retirable.Grants[0].RetiringPrincipal != *bob {
		t.Errorf("retirable: %+v", retirable.Grants)
	}
	for code, change := range map[string]func(*awskms.CreateGrantInput){
		"ValidationException":        func(in *awskms.CreateGrantInput) { in.Operations = []types.GrantOperation{"Sign"} },
		"InvalidArnException":        func(in *awskms.CreateGrantInput) { in.GranteePrincipal = aws.String("bob") },
		"InvalidGrantTokenException": func(in *awskms.CreateGrantInput) { in.GrantTokens = []string{"nonsense"} },
		"NotFoundException":          func(in *awskms.CreateGrantInput) { in.KeyId = aws.String("1234abcd-12ab-34cd-56ef-1234567890ab") },
	} {
		wrong := in
		change(&wrong)
		_, err := s.admin.CreateGrant(ctx, &wrong)
		s.refused(err, code)
	}
}

// TestLockout: nobody gives a key a policy that keeps themselves from giving it another, unless they say so.
func TestLockout(t *testing.T) {
	s, ctx := serve(t), t.Context()
	key := s.key()
	others := aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":"kms:*","Resource":"*"}]}`)
	_, err := s.admin.PutKeyPolicy(ctx, &awskms.PutKeyPolicyInput{KeyId: key, Policy: others})
	s.refused(err, "MalformedPolicyDocumentException")
	_, err = s.admin.CreateKey(ctx, &awskms.CreateKeyInput{Policy: others})
	s.refused(err, "MalformedPolicyDocumentException")
	_, err = s.admin.PutKeyPolicy(ctx, &awskms.PutKeyPolicyInput{KeyId: key, Policy: others, BypassPolicyLockoutSafetyCheck: true})
	s.check(err)
	_, err = s.admin.GetKeyPolicy(ctx, &awskms.GetKeyPolicyInput{KeyId: key})
	s.refused(err, "AccessDeniedException")
}

// TestManagedKey: the key of an AWS service is there as soon as it is asked for, rotates every year, and is nobody's to change or to use
// directly.
func TestManagedKey(t *testing.T) {
	s, ctx := serve(t), t.Context()
	name := aws.String("alias/aws/secretsmanager")
	described, err := s.admin.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: name})
	s.check(err)
	key := described.KeyMetadata
	if key.KeyManager != types.KeyManagerTypeAws || *key.Description != "Default key that protects my Secrets Manager data when no other key is defined" {
		t.Errorf("the managed key is %+v", key)
	}
	status, err := s.admin.GetKeyRotationStatus(ctx, &awskms.GetKeyRotationStatusInput{KeyId: key.KeyId})
	s.check(err)
	if !status.KeyRotationEnabled || *status.RotationPeriodInDays != 365 {
		t.Errorf("its rotation is %+v", status)
	}
	_, err = s.admin.ScheduleKeyDeletion(ctx, &awskms.ScheduleKeyDeletionInput{KeyId: key.KeyId})
	s.refused(err, "AccessDeniedException")
	_, err = s.admin.DisableKeyRotation(ctx, &awskms.DisableKeyRotationInput{KeyId: key.KeyId})
	s.refused(err, "AccessDeniedException")
	_, err = s.admin.TagResource(ctx, &awskms.TagResourceInput{KeyId: key.KeyId, Tags: []types.Tag{{TagKey: aws.String("a"), TagValue: aws.String("b")}}})
	s.refused(err, "AccessDeniedException")
	s.refused(encrypts(ctx, s.admin, name, nil), "AccessDeniedException")
	_, err = s.admin.DeleteAlias(ctx, &awskms.DeleteAliasInput{AliasName: name})
	s.refused(err, "NotAuthorizedException")
	_, err = s.admin.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: aws.String("alias/aws/nothing")})
	s.refused(err, "NotFoundException")
}

// TestOtherAccounts: a key's policy can let another account use the key, and not manage it: a replica or a policy of its making would be its own.
//
// Source: the KMS developer guide, "Allowing users in other accounts to use a KMS key".
func TestOtherAccounts(t *testing.T) {
	s, ctx := serve(t), t.Context()
	keys, err := s.Server.AddAccount("222222222222")
	s.check(err)
	other := s.kms(keys.AccessKeyID, keys.SecretAccessKey, "")
	everything := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":["` + localaws.DefaultAccount + `","222222222222"]},"Action":"kms:*","Resource":"*"}}`
	made, err := s.admin.CreateKey(ctx, &awskms.CreateKeyInput{Policy: &everything, MultiRegion: aws.Bool(true)})
	s.check(err)
	key := made.KeyMetadata.Arn
	s.check(encrypts(ctx, other, key, nil))
	_, err = other.DescribeKey(ctx, &awskms.DescribeKeyInput{KeyId: key})
	s.check(err)
	_, err = other.ReplicateKey(ctx, &awskms.ReplicateKeyInput{KeyId: key, ReplicaRegion: aws.String("us-east-1")})
	s.refused(err, "AccessDeniedException")
	_, err = other.PutKeyPolicy(ctx, &awskms.PutKeyPolicyInput{KeyId: key, Policy: &everything})
	s.refused(err, "AccessDeniedException")
	_, err = other.ScheduleKeyDeletion(ctx, &awskms.ScheduleKeyDeletionInput{KeyId: key})
	s.refused(err, "AccessDeniedException")
	_, err = other.CreateAlias(ctx, &awskms.CreateAliasInput{AliasName: aws.String("alias/theirs"), TargetKeyId: key})
	s.refused(err, "AccessDeniedException")
	_, err = s.admin.PutKeyPolicy(ctx, &awskms.PutKeyPolicyInput{KeyId: key, Policy: &everything})
	s.check(err)
}
