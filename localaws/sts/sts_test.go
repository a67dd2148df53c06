package sts_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go"

	"aircon/aircontest"
	"aircon/localaws"
)

// local is a local AWS with an administrator's clients.
type local struct {
	*aircontest.LocalAWS
	t     *testing.T
	admin aws.CredentialsProvider
}

func newLocal(t *testing.T, o localaws.Options) *local {
	aws := aircontest.NewLocalAWS(t, o)
	return &local{aws, t, credentials.NewStaticCredentialsProvider(aws.Administrator.AccessKeyID, aws.Administrator.SecretAccessKey, "")}
}

func (l *local) sts(as aws.CredentialsProvider) *sts.Client {
	return sts.New(sts.Options{BaseEndpoint: &l.URL, Region: "eu-west-1", Credentials: as, RetryMaxAttempts: 1})
}

func (l *local) secrets(as aws.CredentialsProvider) *secretsmanager.Client {
	return secretsmanager.New(secretsmanager.Options{BaseEndpoint: &l.URL, Region: "eu-west-1", Credentials: as, RetryMaxAttempts: 1})
}

func (l *local) iam() *iam.Client {
	return iam.New(iam.Options{BaseEndpoint: &l.URL, Region: "eu-west-1", Credentials: l.admin, RetryMaxAttempts: 1})
}

// role makes a role with a trust policy's statement and an inline policy's.
func (l *local) role(name, trust, allow string) (arn string) {
	l.t.Helper()
	made, err := l.iam().CreateRole(context.Background(), &iam.CreateRoleInput{
		RoleName: &name, MaxSessionDuration: aws.Int32(7200), AssumeRolePolicyDocument: aws.String(document(trust)),
	})
	if err != nil {
		l.t.Fatal(err)
	}
	_, err = l.iam().PutRolePolicy(context.Background(), &iam.PutRolePolicyInput{RoleName: &name, PolicyName: &name, PolicyDocument: aws.String(document(allow))})
	if err != nil {
		l.t.Fatal(err)
	}
	return *made.Role.Arn
}

func document(statement string) string {
	return `{"Version":"2012-10-17","Statement":[` + statement + `]}`
}

const (
	trustAccount = `{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":["sts:AssumeRole","sts:TagSession","sts:SetSourceIdentity"]}`
	allowAll     = `{"Effect":"Allow","Action":"*","Resource":"*"}`
)

// assume returns what a session's clients sign with.
func (l *local) assume(as aws.CredentialsProvider, in *sts.AssumeRoleInput) (aws.CredentialsProvider, error) {
	out, err := l.sts(as).AssumeRole(context.Background(), in)
	if err != nil {
		return nil, err
	}
	return provider(out.Credentials), nil
}

func provider(c *types.Credentials) aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
}

// said returns an API error as code and message, and "" for nil.
func said(err error) string {
	var api smithy.APIError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &api):
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	return err.Error()
}

// The messages are those that the live service answers, as recorded, but for the texts on durations, from its API reference.
func TestAssumeRoleRefusals(t *testing.T) {
	l := newLocal(t, localaws.Options{})
	role := l.role("worker", trustAccount, allowAll)
	outside := l.role("vendor", `{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"e-1"}}}`, allowAll)
	denied := "AccessDenied: User: arn:aws:iam::123456789012:user/administrator is not authorized to perform: sts:AssumeRole on resource: "
	tags := func(keys ...string) (tags []types.Tag) {
		for _, key := range keys {
			tags = append(tags, types.Tag{Key: &key, Value: aws.String("v")})
		}
		return tags
	}
	for name, test := range map[string]struct {
		in   sts.AssumeRoleInput
		want string
	}{
		"no such role":        {sts.AssumeRoleInput{RoleArn: aws.String(role + "x")}, denied + role + "x"},
		"external id missing": {sts.AssumeRoleInput{RoleArn: &outside}, denied + outside},
		"external id wrong":   {sts.AssumeRoleInput{RoleArn: &outside, ExternalId: aws.String("e-2")}, denied + outside},
		"external id right":   {sts.AssumeRoleInput{RoleArn: &outside, ExternalId: aws.String("e-1")}, ""},
		"malformed arn":       {sts.AssumeRoleInput{RoleArn: aws.String("nothing-valid-in-here")}, "ValidationError: nothing-valid-in-here is invalid"},
		"no partition":        {sts.AssumeRoleInput{RoleArn: aws.String("arn::b:::something/test-role")}, "ValidationError: arn::b:::something/test-role is invalid"},
		"no service":          {sts.AssumeRoleInput{RoleArn: aws.String("arn:a::::something/test-role")}, "ValidationError: arn:a::::something/test-role is invalid"},
		"no resource":         {sts.AssumeRoleInput{RoleArn: aws.String("arn:a:a::aaaaaaaaaa:")}, "ValidationError: arn:a:a::aaaaaaaaaa: is invalid"},
		"not enough colons":   {sts.AssumeRoleInput{RoleArn: aws.String("arn:a:::something/test-role")}, "ValidationError: arn:a:::something/test-role is invalid"},
		"session name": {sts.AssumeRoleInput{RoleSessionName: aws.String("Session1:2")}, "ValidationError: 1 validation error detected: Value 'Session1:2' at 'roleSessionName' " +
			`failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`},
		"two at once": {sts.AssumeRoleInput{RoleArn: aws.String("arn"), DurationSeconds: aws.Int32(899)}, "ValidationError: 2 validation errors detected: " +
			"Value 'arn' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20; " +
			"Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"},
		"longer than the role allows": {
			sts.AssumeRoleInput{DurationSeconds: aws.Int32(7201)},
			"ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
		},
		"duplicate tags": {
			sts.AssumeRoleInput{Tags: tags("Team", "team")},
			"InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive.",
		},
		"transitive key without tag": {
			sts.AssumeRoleInput{Tags: tags("a"), TransitiveTagKeys: []string{"b"}},
			"InvalidParameterValue: The specified transitive tag key must be included in the requested tags.",
		},
		"no such policy":     {sts.AssumeRoleInput{PolicyArns: []types.PolicyDescriptorType{{Arn: aws.String("arn:aws:iam::aws:policy/NoSuch")}}}, "ValidationError: arn:aws:iam::aws:policy/NoSuch is invalid"},
		"as long as allowed": {sts.AssumeRoleInput{DurationSeconds: aws.Int32(7200)}, ""},
	} {
		if test.in.RoleArn == nil {
			test.in.RoleArn = &role
		}
		if test.in.RoleSessionName == nil {
			test.in.RoleSessionName = aws.String("s1")
		}
		if _, err := l.assume(l.admin, &test.in); said(err) != test.want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, said(err), test.want)
		}
	}
}

// TestChain follows tags and source identity from session to session.
func TestChain(t *testing.T) {
	l := newLocal(t, localaws.Options{})
	first, second := l.role("first", trustAccount, allowAll), l.role("second", trustAccount,
		`{"Effect":"Allow","Action":"secretsmanager:ListSecrets","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"data","aws:SourceIdentity":"eve"}}}`)
	session, err := l.assume(l.admin, &sts.AssumeRoleInput{
		RoleArn: &first, RoleSessionName: aws.String("s1"), SourceIdentity: aws.String("eve"), TransitiveTagKeys: []string{"team"},
		Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("data")}, {Key: aws.String("other"), Value: aws.String("x")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.assume(session, &sts.AssumeRoleInput{RoleArn: &second, RoleSessionName: aws.String("s2"), DurationSeconds: aws.Int32(3601)})
	if want := "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."; said(err) != want {
		t.Errorf("got %s, want %s", said(err), want)
	}
	_, err = l.assume(session, &sts.AssumeRoleInput{RoleArn: &second, RoleSessionName: aws.String("s2"), Tags: []types.Tag{{Key: aws.String("Team"), Value: aws.String("x")}}})
	if !strings.HasPrefix(said(err), "InvalidParameterValue: ") {
		t.Errorf("a transitive tag was set anew: %s", said(err))
	}
	chained, err := l.assume(session, &sts.AssumeRoleInput{RoleArn: &second, RoleSessionName: aws.String("s2")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.secrets(chained).ListSecrets(t.Context(), nil); err != nil {
		t.Errorf("the chained session has not inherited its tag and source identity: %v", err)
	}
	direct, err := l.assume(l.admin, &sts.AssumeRoleInput{RoleArn: &second, RoleSessionName: aws.String("s2")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.secrets(direct).ListSecrets(t.Context(), nil); !strings.HasPrefix(said(err), "AccessDeniedException: ") {
		t.Errorf("a session without the tag may list: %v", err)
	}
}

// TestSessionPolicy bounds sessions by an inline and by a managed policy.
func TestSessionPolicy(t *testing.T) {
	l := newLocal(t, localaws.Options{})
	role := l.role("worker", trustAccount, allowAll)
	listing := document(`{"Effect":"Allow","Action":"secretsmanager:ListSecrets","Resource":"*"}`)
	managed, err := l.iam().CreatePolicy(t.Context(), &iam.CreatePolicyInput{PolicyName: aws.String("listing"), PolicyDocument: &listing})
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]sts.AssumeRoleInput{
		"inline":  {Policy: &listing},
		"managed": {PolicyArns: []types.PolicyDescriptorType{{Arn: managed.Policy.Arn}}},
	} {
		in.RoleArn, in.RoleSessionName = &role, aws.String("s1")
		out, err := l.sts(l.admin).AssumeRole(t.Context(), &in)
		if err != nil {
			t.Fatal(err)
		}
		secrets := l.secrets(provider(out.Credentials))
		if _, err := secrets.ListSecrets(t.Context(), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, err = secrets.GetRandomPassword(t.Context(), nil)
		want := "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/worker/s1 is not authorized to perform: " +
			"secretsmanager:GetRandomPassword because no session policy allows the secretsmanager:GetRandomPassword action"
		if said(err) != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, said(err), want)
		}
	}
}

// TestSessionToken asks for a user's session: it is the user, carries the date of its issue, and gives no further session.
func TestSessionToken(t *testing.T) {
	l := newLocal(t, localaws.Options{})
	out, err := l.sts(l.admin).GetSessionToken(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	session := provider(out.Credentials)
	who, err := l.sts(session).GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != "arn:aws:iam::123456789012:user/administrator" {
		t.Errorf("the session is %+v (%v)", who, err)
	}
	if left := time.Until(*out.Credentials.Expiration); left < 11*time.Hour || left > 12*time.Hour {
		t.Errorf("the session lasts %v, want 12 hours", left)
	}
	if _, err := l.sts(session).GetSessionToken(t.Context(), nil); said(err) != "AccessDenied: Cannot call GetSessionToken with session credentials" {
		t.Errorf("got %s", said(err))
	}
}

// TestTokens expects a token to outlive a restart, and to end at its expiry, when its key is another's, or when a byte is changed.
func TestTokens(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	wall := func() time.Time { return now }
	first := newLocal(t, localaws.Options{Directory: dir, Wall: wall})
	out, err := first.sts(first.admin).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{DurationSeconds: aws.Int32(900)})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	l := newLocal(t, localaws.Options{Directory: dir, Wall: wall})
	keys, err := provider(out.Credentials).Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	forged, changed := keys, keys
	forged.AccessKeyID = "ASIA" + strings.Repeat("A", 16)
	changed.SessionToken = strings.Map(func(r rune) rune {
		if r == 'A' {
			return 'B'
		}
		return r
	}, keys.SessionToken)
	for _, test := range []struct {
		name  string
		after time.Duration
		keys  aws.Credentials
		want  string
	}{
		{"after a restart", 0, keys, ""},
		{"a second before expiry", 899 * time.Second, keys, ""},
		{"at expiry", 900 * time.Second, keys, "ExpiredToken"},
		{"another key", 0, forged, "InvalidClientTokenId"},
		{"a changed byte", 0, changed, "InvalidClientTokenId"},
	} {
		now = out.Credentials.Expiration.Add(test.after - 900*time.Second)
		if got := call(t, l.URL, test.keys, now); !strings.Contains(got, test.want) || test.want == "" && !strings.Contains(got, "<Arn>") {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

// call signs GetCallerIdentity at a time and returns the answer's body.
func call(t *testing.T, endpoint string, keys aws.Credentials, at time.Time) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, endpoint+"/?Action=GetCallerIdentity&Version=2011-06-15", nil)
	if err != nil {
		t.Fatal(err)
	}
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	if err := v4.NewSigner().SignHTTP(t.Context(), keys, r, empty, "sts", "us-east-1", at); err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var body strings.Builder
	if err := answer.Write(&body); err != nil {
		t.Fatal(err)
	}
	return body.String()
}
