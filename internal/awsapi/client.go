package awsapi

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/mwaa"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Options say which credentials and region to use. The zero value leaves all to the SDK's own ways.
type Options struct {
	Region      string        // "" is the AWS configuration's
	Profile     string        // "" is AWS_PROFILE, or default
	AssumeRole  string        // ARN of a role to assume before anything else
	ExternalID  string        // that the role's trust policy asks for
	SessionName string        // of the assumed role; "" is aircon
	Endpoint    string        // for all services; "" is AWS_ENDPOINT_URL, or AWS itself
	MaxAttempts int           // of a call that fails in passing; 0 is AWS_MAX_ATTEMPTS, or 5
	Timeout     time.Duration // until a call's answer must be there; 0 is 30 seconds

	load []func(*config.LoadOptions) error // what Backend adds
}

const (
	defaultAttempts = 5
	defaultTimeout  = 30 * time.Second
	sessionName     = "aircon"
)

// Client asks AWS in one account and region. It is safe for use by several goroutines.
type Client struct {
	cfg     aws.Config
	ec2     *ec2.Client
	route53 *route53.Client
	iam     *iam.Client
	kms     *kms.Client
	mwaa    *mwaa.Client
	secrets *secretsmanager.Client
	sts     *sts.Client
}

// Open finds region and credentials. It asks nobody yet, so that credentials which are missing or expired show at the first call; a missing
// region, profile or a broken AWS configuration is an *Error here.
func Open(ctx context.Context, opts Options) (*Client, error) {
	cfg, err := config.LoadDefaultConfig(ctx, opts.loadOptions()...)
	if err != nil {
		return nil, explain("", "read the AWS configuration", err)
	}
	if cfg.Region == "" {
		return nil, &Error{
			Operation: "read the AWS configuration", Code: "MissingRegion", Message: "no region is configured",
			Next: "set  region:  in the spec, or AWS_REGION, or pass --region",
		}
	}
	if err := checkEndpoint(cfg.BaseEndpoint); err != nil {
		return nil, err
	}
	cfg.HTTPClient = WholeBody{cfg.HTTPClient}
	cfg.APIOptions = append(cfg.APIOptions, refuseNothing)
	if cfg.RetryMaxAttempts == 0 {
		cfg.RetryMaxAttempts = defaultAttempts
	}
	if opts.AssumeRole != "" {
		cfg = assume(cfg, opts)
	}
	return newClient(cfg), nil
}

// checkEndpoint refuses an endpoint that is no address.
func checkEndpoint(endpoint *string) error {
	if endpoint == nil {
		return nil
	}
	u, err := url.Parse(*endpoint)
	if err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
		return nil
	}
	return &Error{
		Operation: "read the AWS configuration", Code: "BadConfiguration", Message: fmt.Sprintf("the endpoint %q is not an address such as http://127.0.0.1:4566", *endpoint),
		Next: `look at AWS_ENDPOINT_URL; for local AWS run  eval "$(aircon local env)"`,
	}
}

// refuseNothing takes an answer without text for what it is where AWS would have put its request id: the SDK reads it as "there is nothing", and
// a plan made of it would create all anew.
func refuseNothing(stack *middleware.Stack) error {
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("aircon/Nothing",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleDeserialize(ctx, in)
			r, ok := out.RawResponse.(*smithyhttp.Response)
			if err == nil && ok && r.ContentLength == 0 && r.Header.Get("X-Amzn-Requestid") == "" && r.Header.Get("X-Amz-Request-Id") == "" {
				err = &Error{Code: "NotAWS", Message: fmt.Sprintf("the answer (HTTP %d) is empty, and not AWS's", r.StatusCode), Next: notAWSHint}
			}
			return out, metadata, err
		}), middleware.After)
}

func (o Options) loadOptions() []func(*config.LoadOptions) error {
	timeout := o.Timeout
	if timeout == 0 {
		timeout = defaultTimeout
	}
	client := awshttp.NewBuildableClient().WithTimeout(timeout).WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = 16
	})
	load := []func(*config.LoadOptions) error{config.WithHTTPClient(client), config.WithAppID("aircon")}
	if o.Region != "" {
		load = append(load, config.WithRegion(o.Region))
	}
	if o.Profile != "" {
		load = append(load, config.WithSharedConfigProfile(o.Profile))
	}
	if o.Endpoint != "" {
		load = append(load, config.WithBaseEndpoint(o.Endpoint))
	}
	if o.MaxAttempts > 0 {
		load = append(load, config.WithRetryMaxAttempts(o.MaxAttempts))
	}
	return append(load, o.load...)
}

// assume gives a configuration the credentials of a role, which are fetched at the first call. It needs sts:AssumeRole on the role.
func assume(cfg aws.Config, opts Options) aws.Config {
	provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), opts.AssumeRole, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = sessionName
		if opts.SessionName != "" {
			o.RoleSessionName = opts.SessionName
		}
		if opts.ExternalID != "" {
			o.ExternalID = aws.String(opts.ExternalID)
		}
	})
	cfg = cfg.Copy()
	cfg.Credentials = aws.NewCredentialsCache(provider)
	return cfg
}

// As returns a client with the credentials of a role, assumed with those of c. It needs sts:AssumeRole on the role, whose trust policy must
// name the caller.
func (c *Client) As(role, session string) *Client {
	return newClient(assume(c.cfg, Options{AssumeRole: role, SessionName: session}))
}

// Region returns the region that c asks in.
func (c *Client) Region() string { return c.cfg.Region }

// In returns a client with the same credentials in another region.
func (c *Client) In(region string) *Client {
	cfg := c.cfg.Copy()
	cfg.Region = region
	return newClient(cfg)
}

func newClient(cfg aws.Config) *Client {
	return &Client{
		cfg: cfg, iam: iam.NewFromConfig(cfg), kms: kms.NewFromConfig(cfg), sts: sts.NewFromConfig(cfg), secrets: secretsmanager.NewFromConfig(cfg),
		mwaa: mwaa.NewFromConfig(cfg, withoutHostPrefix), ec2: ec2.NewFromConfig(cfg),
		route53: route53.NewFromConfig(cfg),
	}
}

// withoutHostPrefix keeps the client from putting api. or env. before the host, where that is not AWS's own or
// AWS_DISABLE_HOST_PREFIX_INJECTION says so: api.localhost does not resolve everywhere.
func withoutHostPrefix(o *mwaa.Options) {
	if o.BaseEndpoint == nil && !strings.EqualFold(os.Getenv("AWS_DISABLE_HOST_PREFIX_INJECTION"), "true") {
		return
	}
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("aircon/HostPrefix",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
			}), middleware.Before)
	})
}
