package doctor

import (
	"context"
	"time"

	"aircon/lookup"
	"aircon/policy"
)

// AWS is what doctor asks of AWS: reading only. Errors are seen through interface{ ErrorCode() string }. One that says
// that access was denied costs only the checks that needed the answer.
type AWS interface {
	lookup.SecretsManager
	// Caller says who asks: needs no permission (sts:GetCallerIdentity).
	Caller(ctx context.Context) (Caller, error)
	// Environment reads an MWAA environment: airflow:GetEnvironment.
	Environment(ctx context.Context, name string) (*MWAA, error)
	// Role reads a role with all policies that bound it: iam:GetRole, iam:ListAttachedRolePolicies, iam:GetPolicy,
	// iam:GetPolicyVersion, iam:ListRolePolicies, iam:GetRolePolicy.
	Role(ctx context.Context, arn string) (*Role, error)
	// Secret reads all of a secret but its text: secretsmanager:DescribeSecret, secretsmanager:GetResourcePolicy.
	Secret(ctx context.Context, name string) (*Secret, error)
	// SecretNames lists the names of all secrets that are not being deleted: secretsmanager:ListSecrets.
	SecretNames(ctx context.Context) ([]string, error)
	// Key reads a KMS key by id, ARN or alias: kms:DescribeKey, kms:GetKeyPolicy.
	Key(ctx context.Context, id string) (*Key, error)
}

// Caller is who asks.
type Caller struct{ ARN, Account, Partition, Region string }

// MWAA is an environment as GetEnvironment tells it.
type MWAA struct {
	Name, ARN, Status string
	Airflow           string // version, such as 2.10.3
	ExecutionRole     string // ARN
	Options           map[string]string
	UpdateError       string // of LastUpdate; "" where the last update went well
}

// Role is a role with the policies that bound it.
type Role struct {
	ARN, ID  string
	Policies []policy.Policy // attached ones by their ARN, inline ones by their name
	Boundary *policy.Policy  // nil: none
	Tags     []policy.Tag
}

// Secret is everything about a secret but its text.
type Secret struct {
	Name, ARN string
	KMSKey    string           // as DescribeSecret tells it; "" means the account's aws/secretsmanager
	Deleted   time.Time        // when its deletion was asked for; zero: it was not
	Policy    *policy.Document // nil: none
	Current   bool             // whether a version holds AWSCURRENT
	Tags      []policy.Tag
	Rotates   bool // whether a rotation function is at work on it
}

// Key is a KMS key with its policy.
type Key struct {
	ARN        string
	State      string // Enabled, Disabled, PendingDeletion, …
	AWSManaged bool
	Policy     *policy.Document
}
