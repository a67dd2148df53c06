package localaws

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	awsmwaa "github.com/aws/aws-sdk-go-v2/service/mwaa"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// sdk is somebody with a client of each service.
type sdk struct {
	secrets *secretsmanager.Client
	iam     *awsiam.Client
	sts     *awssts.Client
	kms     *awskms.Client
	mwaa    *awsmwaa.Client
}

// served is a local AWS in memory at an endpoint.
type served struct {
	*Server
	endpoint string
}

func serve(t *testing.T, o Options) *served {
	t.Helper()
	s, err := New(o)
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
	return &served{s, ts.URL}
}

// as returns the clients of whoever has the keys. They try each call so many times, without a pause.
func (s *served) as(keys Credentials, token, region string, attempts int) sdk {
	config := aws.Config{
		BaseEndpoint: &s.endpoint, Region: region, Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts, o.Backoff = attempts, retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
			})
		},
		Credentials: credentials.NewStaticCredentialsProvider(keys.AccessKeyID, keys.SecretAccessKey, token),
	}
	noPrefix := func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("NoHostPrefix", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.Before)
	}
	return sdk{
		secretsmanager.NewFromConfig(config), awsiam.NewFromConfig(config), awssts.NewFromConfig(config), awskms.NewFromConfig(config),
		awsmwaa.NewFromConfig(config, func(o *awsmwaa.Options) { o.APIOptions = append(o.APIOptions, noPrefix) }),
	}
}

// administrator returns clients of the administrator in us-east-1, that try once.
func (s *served) administrator() sdk { return s.as(s.Administrator(), "", DefaultRegion, 1) }

// session returns the clients of temporary credentials.
func (s *served) session(c *ststypes.Credentials) sdk {
	return s.as(Credentials{*c.AccessKeyId, *c.SecretAccessKey}, *c.SessionToken, DefaultRegion, 1)
}

// role makes a role that the account itself may assume, with a policy that allows everything, and returns its ARN.
func (s *served) role(t *testing.T, who sdk, name, trusted string) string {
	t.Helper()
	made, err := who.iam.CreateRole(t.Context(), &awsiam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + trusted + `"},"Action":"sts:AssumeRole"}}`)})
	if err != nil {
		t.Fatal(err)
	}
	_, err = who.iam.PutRolePolicy(t.Context(), &awsiam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String("all"), PolicyDocument: aws.String(administratorPolicy)})
	if err != nil {
		t.Fatal(err)
	}
	return *made.Role.Arn
}

// assume returns the clients of a session of the role.
func (s *served) assume(t *testing.T, who sdk, role, session string) sdk {
	t.Helper()
	out, err := who.sts.AssumeRole(t.Context(), &awssts.AssumeRoleInput{RoleArn: &role, RoleSessionName: &session})
	if err != nil {
		t.Fatal(err)
	}
	return s.session(out.Credentials)
}

func put(t *testing.T, who sdk, name, text string) string {
	t.Helper()
	out, err := who.secrets.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: &name, SecretString: &text})
	if err != nil {
		t.Fatal(err)
	}
	return *out.ARN
}

func get(t *testing.T, who sdk, id string) (string, error) {
	t.Helper()
	out, err := who.secrets.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		return "", err
	}
	return *out.SecretString, nil
}

func assuming(role string) *awssts.AssumeRoleInput {
	return &awssts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("session")}
}
