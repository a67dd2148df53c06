package plan

import (
	"context"
	"errors"
	"iter"
	"slices"
	"time"

	"aircon"
	"aircon/mwaa"
)

// AWS is what a plan asks of AWS, in one account and region. Errors are seen through interface{ ErrorCode() string }.
type AWS struct {
	Identity     Identity
	Environments Environments
	Roles        Roles
	Secrets      Secrets
	Keys         Keys
}

// Identity says who asks.
type Identity interface {
	// Caller needs no permission (sts:GetCallerIdentity is always allowed).
	Caller(ctx context.Context) (Caller, error)
}

// Caller is who asks, and where.
type Caller struct {
	Partition string // aws, aws-cn, aws-us-gov
	Region    string
	Account   string // twelve digits
	ARN       string
}

// Environments is Amazon MWAA.
type Environments interface {
	// Environment needs airflow:GetEnvironment.
	Environment(ctx context.Context, name string) (*MWAAEnvironment, error)
	// UpdateOptions replaces the whole option map and needs airflow:UpdateEnvironment and iam:PassRole on the execution role. An empty strategy is the
	// service's default.
	UpdateOptions(ctx context.Context, name string, options map[string]string, strategy mwaa.Strategy) error
	// TagEnvironment needs airflow:TagResource.
	TagEnvironment(ctx context.Context, arn string, tags map[string]string) error
	// UntagEnvironment needs airflow:UntagResource.
	UntagEnvironment(ctx context.Context, arn string, keys []string) error
}

// MWAAEnvironment is an environment as GetEnvironment tells it.
type MWAAEnvironment struct {
	Name, ARN      string
	AirflowVersion string
	Status         mwaa.Status
	ExecutionRole  string // ARN
	Options        map[string]string
	Tags           map[string]string
	LastUpdate     LastUpdate
}

// LastUpdate is how the last update of an environment went. The zero value is none.
type LastUpdate struct {
	Status                  string // SUCCESS, PENDING, FAILED
	ErrorCode, ErrorMessage string
}

// Roles is the part of IAM that attaches policies to a role.
type Roles interface {
	// AttachedPolicies needs iam:ListAttachedRolePolicies.
	AttachedPolicies(ctx context.Context, role string) ([]AttachedPolicy, error)
	// Policy returns a managed policy with its default version's document, and needs iam:GetPolicy and iam:GetPolicyVersion.
	Policy(ctx context.Context, arn string) (*ManagedPolicy, error)
	// CreatePolicy needs iam:CreatePolicy and, for the tags, iam:TagPolicy.
	CreatePolicy(ctx context.Context, p ManagedPolicy) error
	// ReplacePolicy makes the document the default version. Where the policy has five versions, the oldest that is not the default goes. It needs
	// iam:ListPolicyVersions, iam:CreatePolicyVersion and iam:DeletePolicyVersion.
	ReplacePolicy(ctx context.Context, arn, document string) error
	// TagPolicy needs iam:TagPolicy.
	TagPolicy(ctx context.Context, arn string, tags map[string]string) error
	// DeletePolicy removes the policy with all its versions, and from every role that has it. It needs iam:ListEntitiesForPolicy,
	// iam:DetachRolePolicy, iam:ListPolicyVersions, iam:DeletePolicyVersion and iam:DeletePolicy.
	DeletePolicy(ctx context.Context, arn string) error
	// AttachPolicy needs iam:AttachRolePolicy.
	AttachPolicy(ctx context.Context, role, arn string) error
	// DetachPolicy needs iam:DetachRolePolicy.
	DetachPolicy(ctx context.Context, role, arn string) error
}

// AttachedPolicy is a managed policy that a role has.
type AttachedPolicy struct{ Name, ARN string }

// ManagedPolicy is a customer managed policy.
type ManagedPolicy struct {
	Name, Path, ARN string
	Description     string
	Document        string // JSON of the default version
	Tags            map[string]string
}

// Keys is the part of KMS that tells what an alias means.
type Keys interface {
	// KeyARN returns the ARN of a key given by id, alias or ARN, and needs kms:DescribeKey.
	KeyARN(ctx context.Context, key string) (string, error)
}

// Secrets is Secrets Manager.
type Secrets interface {
	// ListSecrets yields secrets, those pending deletion too, 100 with each call. It needs secretsmanager:ListSecrets. It may lag behind writes.
	ListSecrets(ctx context.Context, f Filter) iter.Seq2[Secret, error]
	// BatchGetSecretValue reads the current versions of up to 20 secrets by name. It needs secretsmanager:BatchGetSecretValue, and
	// secretsmanager:GetSecretValue and kms:Decrypt for each. What cannot be read is in the faults.
	BatchGetSecretValue(ctx context.Context, names []string) (map[string]Version, map[string]Fault, error)
	// DescribeSecret needs secretsmanager:DescribeSecret.
	DescribeSecret(ctx context.Context, name string) (Secret, error)
	// CreateSecret needs secretsmanager:CreateSecret and secretsmanager:TagResource, and kms:GenerateDataKey and kms:Decrypt for a customer key.
	// The same token with the same content is the same secret.
	CreateSecret(ctx context.Context, s Secret, text aircon.Secret, token string) error
	// PutSecretValue adds a version labelled AWSCURRENT and needs secretsmanager:PutSecretValue.
	PutSecretValue(ctx context.Context, name string, text aircon.Secret, token string) error
	// UpdateSecret sets description and KMS key where not nil and needs secretsmanager:UpdateSecret.
	UpdateSecret(ctx context.Context, name string, description, kmsKey *string) error
	// TagSecret needs secretsmanager:TagResource.
	TagSecret(ctx context.Context, name string, tags map[string]string) error
	// RestoreSecret needs secretsmanager:RestoreSecret.
	RestoreSecret(ctx context.Context, name string) error
	// DeleteSecret schedules the deletion and needs secretsmanager:DeleteSecret.
	DeleteSecret(ctx context.Context, name string, recoveryDays int) error
}

// Filter says which secrets to list; both empty means all.
type Filter struct {
	Prefixes []string // of the names; any of them
	TagValue string   // of any tag, as AWS filters: by prefix
}

// Secret is a secret without its text.
type Secret struct {
	Name, ARN   string
	Description string
	KMSKey      string // as it was set: ARN, id or alias; "" for the account's aws/secretsmanager
	Tags        map[string]string
	Deleted     time.Time // when it was marked for deletion; zero if it was not
	Current     string    // id of the version labelled AWSCURRENT
	Previous    string    // id of the version labelled AWSPREVIOUS, "" where there is none
	Rotates     bool      // whether a rotation is configured
}

// Version is a secret's current version.
type Version struct {
	ARN, ID string
	Text    aircon.Secret // null where the secret is binary
}

// Fault is why a secret could not be read.
type Fault struct{ Code, Message string }

// Code returns AWS's code of an error, or "".
func code(err error) string {
	var coded interface{ ErrorCode() string }
	if errors.As(err, &coded) {
		return coded.ErrorCode()
	}
	return ""
}

// missing reports whether an error says that something does not exist.
func missing(err error) bool {
	return slices.Contains([]string{"ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException", "NotFoundException"}, code(err))
}
