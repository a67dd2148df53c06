package secretsmanager_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	sm "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/smithy-go"

	"aircon/aircontest"
	"aircon/localaws"
)

// served is a whole local AWS with clients of the SDK.
type served struct {
	*aircontest.LocalAWS
	t testing.TB
}

func (s served) secrets(keys aws.CredentialsProvider) *sm.Client {
	return sm.New(sm.Options{BaseEndpoint: &s.URL, Region: "eu-west-1", RetryMaxAttempts: 1, Credentials: keys})
}

func (s served) admin() aws.CredentialsProvider {
	return credentials.NewStaticCredentialsProvider(s.Administrator.AccessKeyID, s.Administrator.SecretAccessKey, "")
}

// user makes an IAM user with one inline policy, and returns its keys.
func (s served) user(name, document string) aws.CredentialsProvider {
	s.t.Helper()
	ctx := context.Background()
	iam := awsiam.New(awsiam.Options{BaseEndpoint: &s.URL, Region: "us-east-1", Credentials: s.admin()})
	if _, err := iam.CreateUser(ctx, &awsiam.CreateUserInput{UserName: &name}); err != nil {
		s.t.Fatal(err)
	}
	if document != "" {
		if _, err := iam.PutUserPolicy(ctx, &awsiam.PutUserPolicyInput{UserName: &name, PolicyName: aws.String("p"), PolicyDocument: &document}); err != nil {
			s.t.Fatal(err)
		}
	}
	key, err := iam.CreateAccessKey(ctx, &awsiam.CreateAccessKeyInput{UserName: &name})
	if err != nil {
		s.t.Fatal(err)
	}
	return credentials.NewStaticCredentialsProvider(*key.AccessKey.AccessKeyId, *key.AccessKey.SecretAccessKey, "")
}

// wantRefusal asks for an error of the SDK with a code and a message.
func wantRefusal(t testing.TB, err error, code, message string) {
	t.Helper()
	var refused smithy.APIError
	if !errors.As(err, &refused) || refused.ErrorCode() != code || refused.ErrorMessage() != message {
		t.Errorf("got  %v\nwant %s: %s", err, code, message)
	}
}

// TestOverHTTP reads and is refused as a user of the SDK sees it: IAM policies with the suffixed ARN, the key's policy
// with kms:ViaService, the resource policy.
func TestOverHTTP(t *testing.T) {
	s := served{aircontest.NewLocalAWS(t), t}
	ctx := context.Background()
	admin := s.secrets(s.admin())
	keys := awskms.New(awskms.Options{BaseEndpoint: &s.URL, Region: "eu-west-1", Credentials: s.admin()})
	key, err := keys.CreateKey(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, keyID := range map[string]*string{"airflow/connections/db": nil, "airflow/connections/sealed": key.KeyMetadata.KeyId, "other": nil} {
		if _, err := admin.CreateSecret(ctx, &sm.CreateSecretInput{Name: &name, SecretString: aws.String("text of " + name), KmsKeyId: keyID}); err != nil {
			t.Fatal(err)
		}
	}
	const account = "arn:aws:secretsmanager:eu-west-1:" + localaws.DefaultAccount + ":secret:"
	reader := s.secrets(s.user("reader", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"`+account+`airflow/connections/*-??????"},
		{"Effect":"Allow","Action":"secretsmanager:BatchGetSecretValue","Resource":"*"}]}`))
	get := func(c *sm.Client, id string) (*sm.GetSecretValueOutput, error) {
		return c.GetSecretValue(ctx, &sm.GetSecretValueInput{SecretId: &id})
	}
	if got, err := get(reader, "airflow/connections/db"); err != nil || *got.SecretString != "text of airflow/connections/db" {
		t.Errorf("read %v, %v", got, err)
	}
	denied := func(id string) string {
		return "User: arn:aws:iam::" + localaws.DefaultAccount + ":user/reader is not authorized to perform: secretsmanager:GetSecretValue on resource: " +
			id + " because no identity-based policy allows the secretsmanager:GetSecretValue action"
	}
	_, err = get(reader, "other")
	wantRefusal(t, err, "AccessDeniedException", denied("other"))
	_, err = get(reader, "nowhere")
	wantRefusal(t, err, "AccessDeniedException", denied("nowhere"))
	_, err = get(admin, "nowhere")
	wantRefusal(t, err, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
	_, err = get(reader, "airflow/connections/sealed")
	wantRefusal(t, err, "AccessDeniedException", "Access to KMS is not allowed")

	decrypter := s.secrets(s.user("decrypter", `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"},
		{"Effect":"Allow","Action":"kms:Decrypt","Resource":"`+*key.KeyMetadata.Arn+`","Condition":{"StringEquals":{"kms:ViaService":"secretsmanager.eu-west-1.amazonaws.com"},
			"StringLike":{"kms:EncryptionContext:SecretARN":"`+account+`airflow/*"}}}]}`))
	if _, err := get(decrypter, "airflow/connections/sealed"); err != nil {
		t.Errorf("with kms:Decrypt by way of Secrets Manager: %v", err)
	}

	batch, err := reader.BatchGetSecretValue(ctx, &sm.BatchGetSecretValueInput{SecretIdList: []string{"airflow/connections/db", "other"}})
	if err != nil || len(batch.SecretValues) != 1 || len(batch.Errors) != 1 || *batch.Errors[0].ErrorCode != "AccessDeniedException" || *batch.Errors[0].Message != denied("other") {
		t.Errorf("batch %+v, %v", batch, err)
	}

	guest := s.secrets(s.user("guest", ""))
	_, err = get(guest, "other")
	if err == nil {
		t.Error("a user without a policy reads")
	}
	if _, err := admin.PutResourcePolicy(ctx, &sm.PutResourcePolicyInput{SecretId: aws.String("other"), BlockPublicPolicy: aws.Bool(true), ResourcePolicy: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + localaws.DefaultAccount + `:user/guest"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := get(guest, "other"); err != nil {
		t.Errorf("with a resource policy: %v", err)
	}
	var missing *types.ResourceNotFoundException
	if _, err := get(admin, "nowhere"); !errors.As(err, &missing) {
		t.Errorf("the SDK reads %v as %T", err, err)
	}
}

// TestDiskHoldsNoText looks for a secret's text in every file of the data directory.
func TestDiskHoldsNoText(t *testing.T) {
	const canary = "canary-9d81c2-text"
	dir := t.TempDir()
	t.Run("write", func(t *testing.T) {
		s := served{aircontest.NewLocalAWS(t, localaws.Options{Directory: dir}), t}
		admin, ctx := s.secrets(s.admin()), context.Background()
		for i, name := range []string{"text", "binary"} {
			in := &sm.CreateSecretInput{Name: &name, SecretString: aws.String(canary)}
			if i == 1 {
				in.SecretString, in.SecretBinary = nil, []byte(canary)
			}
			if _, err := admin.CreateSecret(ctx, in); err != nil {
				t.Fatal(err)
			}
			if _, err := admin.GetSecretValue(ctx, &sm.GetSecretValueInput{SecretId: &name}); err != nil {
				t.Fatal(err)
			}
		}
		lookFor(t, dir, canary) // in the commit log
	})
	if !lookFor(t, dir, canary) {
		t.Error("no file holds a row of secretsmanager.value: the test looks in the wrong place")
	}
}

// lookFor expects no file to hold a text. It reports whether rows of secretsmanager.value were found, whose tables' names the database does not seal.
func lookFor(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		found = found || bytes.Contains(content, []byte("secretsmanager.value"))
		for shift := range 3 { // base64 of the text at each of the three offsets that it can have
			plain := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + text))
			if bytes.Contains(content, []byte(plain[4:len(plain)-4])) {
				t.Errorf("%s holds the text in base64", path)
			}
		}
		if bytes.Contains(content, []byte(text)) {
			t.Errorf("%s holds the text", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// BenchmarkGetSecretValue is the operation without the frame: needs, decisions that always allow, and the decryption.
func BenchmarkGetSecretValue(b *testing.B) {
	a := newAWS(b)
	create(a, "airflow/connections/db", "postgresql://etl:secret@db.example.internal:5432/analytics", 1)
	a.Benchmark(b, "secretsmanager.GetSecretValue", object{"SecretId": "airflow/connections/db"})
}

// TestLockout: what the caller could not change any more is found out before it is put, with what the caller's own policies allow.
func TestLockout(t *testing.T) {
	s := served{aircontest.NewLocalAWS(t), t}
	admin := s.secrets(s.admin())
	for _, name := range []string{"one", "two"} {
		if _, err := admin.CreateSecret(t.Context(), &sm.CreateSecretInput{Name: &name, SecretString: aws.String("x")}); err != nil {
			t.Fatal(err)
		}
	}
	narrow := s.secrets(s.user("narrow", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:ValidateResourcePolicy","Resource":"*"}}`))
	deny := func(action, resource, more string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"` + action + `","Resource":"` + resource + `"` + more + `}}`
	}
	const unless = `,"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:user/`
	for _, test := range []struct {
		name, policy string
		client       *sm.Client
		secret       *string
		locks        bool
	}{
		{"everything is denied to everybody", deny("secretsmanager:*", "*", ""), admin, nil, true},
		{"on the secret", deny("secretsmanager:*", "arn:aws:secretsmanager:*:*:secret:one-??????", ""), admin, aws.String("one"), true},
		{"on another", deny("secretsmanager:*", "arn:aws:secretsmanager:*:*:secret:one-??????", ""), admin, aws.String("two"), false},
		{"reading alone", deny("secretsmanager:GetSecretValue", "*", ""), admin, nil, false},
		{"to all but the caller", deny("secretsmanager:*", "*", unless+`administrator"}}`), admin, aws.String("one"), false},
		{"to all but somebody else", deny("secretsmanager:*", "*", unless+`other"}}`), admin, aws.String("one"), true},
		{"whoever may not change it has nothing to lose", deny("secretsmanager:*", "*", ""), narrow, nil, false},
	} {
		got, err := test.client.ValidateResourcePolicy(t.Context(), &sm.ValidateResourcePolicyInput{ResourcePolicy: &test.policy, SecretId: test.secret})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if got.PolicyValidationPassed == test.locks || test.locks && *got.ValidationErrors[0].ErrorMessage != "Your requested changes will not allow you to manage this secret in the future." {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}
