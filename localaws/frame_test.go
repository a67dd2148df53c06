package localaws

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/localaws/sts"
	"aircon/policy"
)

// directory is a fixed one: two users of one account, and a role that the first may assume.
type directory struct{}

const (
	adminKey, adminSecret = "AKIAADMINISTRATOR000", "administrator-secret"
	plainKey, plainSecret = "AKIAPLAINUSER0000000", "plain-secret"
	roleARN               = "arn:aws:iam::123456789012:role/airflow/worker"
)

func user(name string) policy.Principal {
	return policy.Principal{
		Kind: policy.User, ARN: "arn:aws:iam::123456789012:user/" + name, Account: DefaultAccount, UserID: "AIDA" + name, Name: name,
	}
}

func (directory) AccessKey(_ store.Tx, id string) (op.Credential, bool, error) {
	switch id {
	case adminKey:
		return op.Credential{Secret: adminSecret, Principal: user("admin")}, true, nil
	case plainKey:
		return op.Credential{Secret: plainSecret, Principal: user("plain")}, true, nil
	}
	return op.Credential{}, false, nil
}

var everything = []policy.Policy{{Name: "all", Document: mustParse(administratorPolicy)}}

func (directory) Grants(_ store.Tx, p policy.Principal) (op.Grants, error) {
	if p.Name == "admin" {
		return op.Grants{Identity: everything}, nil
	}
	return op.Grants{}, nil
}

func (directory) ManagedPolicy(_ store.Tx, arn string) (*policy.Policy, error) { return nil, nil }

func (directory) Role(_ store.Tx, arn string) (op.Role, bool, error) {
	if arn != roleARN {
		return op.Role{}, false, nil
	}
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":["sts:AssumeRole","sts:TagSession"]}]}`
	return op.Role{ARN: arn, Name: "worker", ID: "AROAWORKER", Account: DefaultAccount, Trust: mustParse(trust), MaxSession: 2 * time.Hour}, true, nil
}

// serveSTS serves STS alone, in memory.
func serveSTS(t *testing.T, o Options) (endpoint string) {
	t.Helper()
	s, err := newServer(o, directory{}, []op.Service{sts.Service(directory{})})
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(s)
	t.Cleanup(func() {
		ts.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return ts.URL
}

func stsClient(endpoint, key, secret, token string) *awssts.Client {
	return awssts.New(awssts.Options{
		BaseEndpoint: aws.String(endpoint), Region: "eu-west-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(key, secret, token),
	})
}

func TestAssumeRole(t *testing.T) {
	endpoint := serveSTS(t, Options{})
	ctx := context.Background()
	admin := stsClient(endpoint, adminKey, adminSecret, "")
	who, err := admin.GetCallerIdentity(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := aws.ToString(who.Arn), "arn:aws:iam::123456789012:user/admin"; got != want {
		t.Errorf("GetCallerIdentity says %s, want %s", got, want)
	}
	in := &awssts.AssumeRoleInput{RoleArn: aws.String(roleARN), RoleSessionName: aws.String("s1"), DurationSeconds: aws.Int32(900)}
	session, err := admin.AssumeRole(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	c := session.Credentials
	who, err = stsClient(endpoint, *c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken).GetCallerIdentity(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := *who.Arn+" "+*who.UserId, "arn:aws:sts::123456789012:assumed-role/worker/s1 AROAWORKER:s1"; got != want {
		t.Errorf("the session is %s, want %s", got, want)
	}
	_, err = stsClient(endpoint, plainKey, plainSecret, "").AssumeRole(ctx, in)
	wantError(t, err, "AccessDenied", "User: arn:aws:iam::123456789012:user/plain is not authorized to perform: sts:AssumeRole on resource: "+roleARN+
		" because no identity-based policy allows the sts:AssumeRole action")
	_, err = stsClient(endpoint, adminKey, "wrong", "").GetCallerIdentity(ctx, nil)
	wantError(t, err, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. "+
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
}

func wantError(t *testing.T, err error, code, message string) {
	t.Helper()
	var got smithy.APIError
	if !errors.As(err, &got) {
		t.Errorf("got error %v, want %s", err, code)
		return
	}
	if got.ErrorCode() != code || got.ErrorMessage() != message {
		t.Errorf("got  %s: %s\nwant %s: %s", got.ErrorCode(), got.ErrorMessage(), code, message)
	}
}
