package awsapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"slices"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
)

// Error is what AWS, or the way to it, answered.
type Error struct {
	Service   string // Secrets Manager, IAM, STS, KMS, MWAA; "" before any was asked
	Operation string // such as GetSecretValue
	Code      string // AWS's, or one of this package's: MissingRegion, MissingCredentials, ExpiredCredentials, Unreachable, Timeout, NotAWS, Cancelled, BadConfiguration
	Message   string // lower case where it is not AWS's own
	RequestID string // "" where no answer came
	Next      string // what to type next; may be empty
	Err       error  // the SDK's
}

// Error gives it in one line.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Service != "" {
		b.WriteString(e.Service + ": ")
	}
	b.WriteString(e.Operation + ": ")
	if e.Code != "" {
		b.WriteString(e.Code + ": ")
	}
	b.WriteString(e.Message)
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request %s)", e.RequestID)
	}
	return b.String()
}

// Hint returns what to type next, for whoever prints the error.
func (e *Error) Hint() string { return e.Next }

// Unwrap returns the SDK's error.
func (e *Error) Unwrap() error { return e.Err }

// ErrorCode returns the code, as smithy.APIError does.
func (e *Error) ErrorCode() string { return e.Code }

// Action is the IAM action that the call needs, such as iam:GetRole. Reading a secret under a customer key needs kms:Decrypt as well, and
// where that is what lacks, it is the one.
func (e *Error) Action() string {
	if e.Operation == "GetSecretValue" && strings.Contains(e.Message, "KMS") {
		return "kms:Decrypt"
	}
	return actionPrefixes[e.Service] + ":" + e.Operation
}

// ErrorMessage returns the message, as smithy.APIError does.
func (e *Error) ErrorMessage() string { return e.Message }

// ServiceRequestID returns the request's id.
func (e *Error) ServiceRequestID() string { return e.RequestID }

// Unreachable reports whether no answer of AWS's came: the system could not be reached, or the credentials could not be had.
func (e *Error) Unreachable() bool {
	return slices.Contains([]string{"Unreachable", "Timeout", "NotAWS", "MissingCredentials", "ExpiredCredentials", "Cancelled"}, e.Code)
}

// Misconfigured reports whether the caller's configuration, and nothing that was reached, is at fault.
func (e *Error) Misconfigured() bool {
	return slices.Contains([]string{"BadConfiguration", "MissingRegion"}, e.Code) || e.Operation == getEnvironment && e.Code == "ResourceNotFoundException"
}

// getEnvironment is where a wrong environment's name shows.
const getEnvironment = "GetEnvironment"

// The hints, by AWS's code. AWS words what a call lacks itself.
var hints = []struct {
	codes []string
	hint  string
}{
	{[]string{"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}, "the credentials have expired: log in again, such as with  aws sso login"},
	{[]string{"InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"}, "AWS does not know these credentials:  aws sts get-caller-identity  shows whose they are"},
	{[]string{"SignatureDoesNotMatch"}, "the secret access key is not the one of the access key id, or the clock is wrong"},
	{[]string{"RequestTimeTooSkewed", "RequestInTheFuture"}, clockHint},
	{
		[]string{"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded", "RequestThrottled", "SlowDown", "ProvisionedThroughputExceededException"},
		"AWS has throttled every attempt: wait a moment, or set AWS_RETRY_MODE=adaptive and AWS_MAX_ATTEMPTS=10",
	},
	{
		[]string{"InternalServiceError", "InternalFailure", "InternalServerException", "ServiceUnavailable", "ServiceFailure"},
		"the service has a fault of its own: try again in a moment",
	},
	{[]string{"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}, "the message names the missing permission:  aws sts get-caller-identity  shows who asked"},
}

const notAWSHint = "something else answers at that address: look at AWS_ENDPOINT_URL and HTTPS_PROXY"

const clockHint = "the clock of this machine is wrong: set it, such as with  timedatectl set-ntp true"

// explain makes an *Error of what the SDK gives.
func explain(service, operation string, err error) error {
	if err == nil {
		return nil
	}
	e := &Error{Service: service, Operation: operation, Err: err}
	var known *Error
	if errors.As(err, &known) {
		if known.Operation == "" {
			known.Service, known.Operation = service, operation
		}
		return known
	}
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		e.RequestID = response.ServiceRequestID()
	}
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() != "" && api.ErrorCode() != "UnknownError" {
		e.Code, e.Message = api.ErrorCode(), api.ErrorMessage()
		e.Next = hintFor(e.Code, e.Message)
		if e.Misconfigured() {
			e.Next = "look at the environment's name, the region and the account:  aws mwaa list-environments"
		}
		return e
	}
	e.Code, e.Message, e.Next = outside(err)
	return e
}

func hintFor(code, message string) string {
	if strings.Contains(message, "Signature expired") || strings.Contains(message, "Signature not yet current") {
		return clockHint
	}
	for _, h := range hints {
		if slices.Contains(h.codes, code) {
			return h.hint
		}
	}
	return ""
}

// outside words what went wrong where no answer of AWS's came.
func outside(err error) (code, message, hint string) {
	var (
		profile  config.SharedConfigProfileNotExistError
		sso      *ssocreds.InvalidTokenError
		response *awshttp.ResponseError
		timeout  interface{ Timeout() bool }
		dns      *net.DNSError
		place    *url.Error
	)
	host := "the endpoint"
	if errors.As(err, &place) {
		if u, parseErr := url.Parse(place.URL); parseErr == nil {
			host = u.Host
		}
	}
	text := err.Error()
	switch {
	case errors.Is(err, context.Canceled):
		return "Cancelled", "stopped before the answer came", ""
	case errors.As(err, &profile):
		return "BadConfiguration", fmt.Sprintf("the AWS configuration has no profile %q", profile.Profile), "aws configure list-profiles  shows those it has"
	case errors.As(err, &sso), strings.Contains(text, "SSO"):
		return "ExpiredCredentials", "the single sign-on session has expired, or there is none", "log in:  aws sso login"
	case errors.As(err, &response) && response.HTTPStatusCode() != 0:
		return "NotAWS", fmt.Sprintf("the answer (HTTP %d) is not AWS's", response.HTTPStatusCode()), notAWSHint
	case errors.As(err, &dns):
		return "Unreachable", dns.Name + " does not resolve", "look at the region, AWS_ENDPOINT_URL and the network"
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "Timeout", host + " did not answer in time", "look at the network, HTTPS_PROXY and AWS_ENDPOINT_URL"
	case strings.Contains(text, "credentials") && !strings.Contains(text, "StatusCode"):
		return "MissingCredentials", "no AWS credentials were found",
			`log in (aws sso login), set AWS_PROFILE, or for local AWS run  eval "$(aircon local env)"`
	case place != nil:
		return "Unreachable", "cannot reach " + host + ": " + rootCause(place), "look at the network, HTTPS_PROXY and AWS_ENDPOINT_URL"
	}
	return "BadConfiguration", text, ""
}

// rootCause is the innermost error's text, such as: connection refused.
func rootCause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// do makes one call and explains its error. What it returns has all that callers follow without a look.
func do[In, Out, Opt any](ctx context.Context, service string, call func(context.Context, *In, ...func(Opt)) (*Out, error), operation string, in *In) (*Out, error) {
	out, err := call(ctx, in)
	if err != nil {
		return nil, explain(service, operation, err)
	}
	if member := missing(out); member != "" {
		return nil, &Error{Service: service, Operation: operation, Code: "NotAWS", Message: "the answer has no " + member + ", and is not AWS's", Next: notAWSHint}
	}
	return out, nil
}

// always are the members that each of AWS's answers which can have them has.
var always = []string{"Environment", "KeyMetadata", "Policy", "PolicyVersion", "Role", "User"}

// missing names a member that an answer of AWS's would have, or "".
func missing(out any) string {
	v := reflect.ValueOf(out).Elem()
	for _, member := range always {
		if f := v.FieldByName(member); f.IsValid() && f.Kind() == reflect.Pointer && f.Type().Elem().Kind() == reflect.Struct && f.IsNil() {
			return member
		}
	}
	return ""
}

// actionPrefixes are what a service's actions begin with, by its name in errors.
var actionPrefixes = map[string]string{
	secretsManager: "secretsmanager", iamService: "iam", stsService: "sts", kmsService: "kms", mwaaService: "airflow",
	ec2Service: "ec2", rdsService: "rds", route53Service: "route53",
}

// The services' names in errors.
const (
	secretsManager = "Secrets Manager"
	iamService     = "IAM"
	stsService     = "STS"
	kmsService     = "KMS"
	mwaaService    = "MWAA"
)
