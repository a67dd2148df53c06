package sts_test

import (
	"crypto/rand"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"

	"aircon/localaws"
)

func (l *local) iamAs(as aws.CredentialsProvider) *iam.Client {
	return iam.New(iam.Options{BaseEndpoint: &l.URL, Region: "eu-west-1", Credentials: as, RetryMaxAttempts: 1})
}

// TestFederatedUser follows a federated user: who it is, what its policies and tags let it do, and what no such session may.
func TestFederatedUser(t *testing.T) {
	l := newLocal(t, localaws.Options{})
	if _, err := l.secrets(l.admin).CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("team/db"), SecretString: aws.String("s")}); err != nil {
		t.Fatal(err)
	}
	reading := document(`{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"data","aws:userid":"123456789012:analyst"}}}`)
	out, err := l.sts(l.admin).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{
		Name: aws.String("analyst"), Policy: &reading, DurationSeconds: aws.Int32(900), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("data")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	const arn = "arn:aws:sts::123456789012:federated-user/analyst"
	if *out.FederatedUser.Arn != arn || *out.FederatedUser.FederatedUserId != "123456789012:analyst" || packed(out) < 1 || !strings.HasPrefix(*out.Credentials.AccessKeyId, "ASIA") {
		t.Errorf("the federated user is %+v, packed %d %%", out.FederatedUser, packed(out))
	}
	session := provider(out.Credentials)
	who, err := l.sts(session).GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != arn || *who.UserId != "123456789012:analyst" || *who.Account != "123456789012" {
		t.Errorf("it is %+v (%v)", who, err)
	}
	if _, err := l.secrets(session).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("team/db")}); err != nil {
		t.Errorf("its policy does not let it read: %v", err)
	}
	_, err = l.secrets(session).ListSecrets(t.Context(), nil)
	if want := "AccessDeniedException: User: " + arn + " is not authorized to perform: secretsmanager:ListSecrets because no session policy allows the secretsmanager:ListSecrets action"; said(err) != want {
		t.Errorf("got  %s\nwant %s", said(err), want)
	}

	bare, err := l.sts(l.admin).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("bare")})
	if err != nil || packed(bare) != 0 {
		t.Fatalf("without policies: %+v, %v", bare, err)
	}
	if _, err := l.secrets(provider(bare.Credentials)).ListSecrets(t.Context(), nil); !strings.HasPrefix(said(err), "AccessDeniedException: ") {
		t.Errorf("without policies it may list: %v", err)
	}
	l.refusedToSessions(session, "GetFederationToken", "GetSessionToken", "GetAccessKeyInfo", "AssumeRole")
}

// TestFederatedUserOfAnother makes a user of a deleted one's name: the sessions of the first stay without rights.
func TestFederatedUserOfAnother(t *testing.T) {
	l := newLocal(t, localaws.Options{})
	own := l.user(l.admin, "broker", allowAll)
	out, err := l.sts(own).GetFederationToken(t.Context(), &sts.GetFederationTokenInput{Name: aws.String("analyst"), Policy: aws.String(document(allowAll))})
	if err != nil {
		t.Fatal(err)
	}
	session := provider(out.Credentials)
	if _, err := l.secrets(session).ListSecrets(t.Context(), nil); err != nil {
		t.Errorf("the user's session: %v", err)
	}
	key, err := own.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.delete("broker", key.AccessKeyID)
	l.user(l.admin, "broker", allowAll)
	if _, err := l.secrets(session).ListSecrets(t.Context(), nil); !strings.HasPrefix(said(err), "AccessDeniedException: ") {
		t.Errorf("the session of a deleted user, whose name another has: %v", err)
	}
}

// delete removes a user that user made, with its access key.
func (l *local) delete(name, key string) {
	l.t.Helper()
	_, err := l.iam().DeleteAccessKey(l.t.Context(), &iam.DeleteAccessKeyInput{UserName: &name, AccessKeyId: &key})
	if err == nil {
		_, err = l.iam().DeleteUserPolicy(l.t.Context(), &iam.DeleteUserPolicyInput{UserName: &name, PolicyName: &name})
	}
	if err == nil {
		_, err = l.iam().DeleteUser(l.t.Context(), &iam.DeleteUserInput{UserName: &name})
	}
	if err != nil {
		l.t.Fatal(err)
	}
}

// TestSessionsAreLimited has what the session of a user may not call, though the user may.
func TestSessionsAreLimited(t *testing.T) {
	l := newLocal(t, localaws.Options{})
	role := l.role("worker", trustAccount, allowAll)
	out, err := l.sts(l.admin).GetSessionToken(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	session := provider(out.Credentials)
	l.refusedToSessions(session, "GetFederationToken", "GetSessionToken", "GetAccessKeyInfo")
	assumed, err := l.assume(session, &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("s1")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.iamAs(assumed).ListRoles(t.Context(), nil); err != nil {
		t.Errorf("a role's session may not call IAM: %v", err)
	}
	if _, err := l.sts(assumed).GetSessionToken(t.Context(), nil); said(err) != "AccessDenied: Cannot call GetSessionToken with session credentials" {
		t.Errorf("a role's session: %v", err)
	}
}

// refusedToSessions expects operations of STS, and IAM, to refuse a session.
func (l *local) refusedToSessions(session aws.CredentialsProvider, operations ...string) {
	l.t.Helper()
	c, ctx := l.sts(session), l.t.Context()
	calls := map[string]func() error{
		"GetSessionToken": func() error { _, err := c.GetSessionToken(ctx, nil); return err },
		"GetFederationToken": func() error {
			_, err := c.GetFederationToken(ctx, &sts.GetFederationTokenInput{Name: aws.String("another")})
			return err
		},
		"GetAccessKeyInfo": func() error {
			_, err := c.GetAccessKeyInfo(ctx, &sts.GetAccessKeyInfoInput{AccessKeyId: aws.String("AKIAIOSFODNN7EXAMPLE")})
			return err
		},
		"AssumeRole": func() error {
			_, err := c.AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::123456789012:role/worker"), RoleSessionName: aws.String("s1")})
			return err
		},
	}
	for _, name := range operations {
		if want := "AccessDenied: Cannot call " + name + " with session credentials"; said(calls[name]()) != want {
			l.t.Errorf("got %s, want %s", said(calls[name]()), want)
		}
	}
	if _, err := l.iamAs(session).ListRoles(ctx, nil); said(err) != "InvalidClientTokenId: The security token included in the request is invalid" {
		l.t.Errorf("IAM answers %v", err)
	}
}

func TestWhoseKey(t *testing.T) {
	l := newLocal(t, localaws.Options{Account: "210987654321"})
	keys, err := l.admin.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out, err := l.sts(l.admin).GetAccessKeyInfo(t.Context(), &sts.GetAccessKeyInfoInput{AccessKeyId: &keys.AccessKeyID})
	if err != nil || *out.Account != "210987654321" {
		t.Errorf("the administrator's key: %+v, %v", out, err)
	}
	_, err = l.sts(l.admin).DecodeAuthorizationMessage(t.Context(), &sts.DecodeAuthorizationMessageInput{EncodedMessage: aws.String("message")})
	if want := "InvalidAuthorizationMessageException: Message is not valid"; said(err) != want {
		t.Errorf("got %s, want %s", said(err), want)
	}
}

// TestPackedSize fills the room of policies and tags beyond its limit.
func TestPackedSize(t *testing.T) {
	l := newLocal(t, localaws.Options{})
	role := l.role("worker", trustAccount, allowAll)
	var tags []types.Tag
	for i := range 50 {
		tags = append(tags, types.Tag{Key: aws.String(fmt.Sprint("k", i)), Value: aws.String(random(8))})
	}
	var resources []string
	for range 100 {
		resources = append(resources, `"arn:aws:s3:::`+random(2)+`"`)
	}
	big := document(`{"Effect":"Allow","Action":"s3:*","Resource":[` + strings.Join(resources, ",") + `]}`)
	for name, test := range map[string]struct {
		in            sts.AssumeRoleInput
		before, after string
	}{
		"tags":         {sts.AssumeRoleInput{Tags: tags}, "PackedPolicyTooLarge: Packed size of session tags consumes ", "% of allotted space."},
		"policies":     {sts.AssumeRoleInput{Policy: &big}, "PackedPolicyTooLarge: Packed policy consumes ", "% of allotted space, please use smaller policy."},
		"both, little": {sts.AssumeRoleInput{Policy: aws.String(document(allowAll)), Tags: tags[:1]}, "", ""},
	} {
		test.in.RoleArn, test.in.RoleSessionName = &role, aws.String("s1")
		out, err := l.sts(l.admin).AssumeRole(t.Context(), &test.in)
		if got := said(err); !strings.HasPrefix(got, test.before) || !strings.HasSuffix(got, test.after) {
			t.Errorf("%s: %s", name, got)
		}
		if err != nil {
			continue
		}
		if size := packed(out); size < 1 || size > 100 {
			t.Errorf("%s: packed %d %%", name, size)
		}
	}
	_, err := l.sts(l.admin).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("s1"), Policy: aws.String("{")})
	if said(err) != "MalformedPolicyDocument: Syntax errors in policy." {
		t.Errorf("a session policy that is none: %v", err)
	}
}

// random returns text of 26n characters that does not compress well.
func random(n int) (text string) {
	for range n {
		text += rand.Text()
	}
	return text
}

// packed returns how much of the allotted space policies and tags take, in percent, or 0 where the answer does not say. AWS's SDK deprecates
// the member, but older clients read it.
func packed(out any) int32 {
	size, _ := reflect.ValueOf(out).Elem().FieldByName("PackedPolicySize").Interface().(*int32)
	if size == nil {
		return 0
	}
	return *size
}
