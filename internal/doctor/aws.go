package doctor

import (
	"context"
	"time"

	"aircon"
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
	// Secrets lists all secrets, those that are being deleted too, without their policies: secretsmanager:ListSecrets. The list may lag
	// behind by some minutes.
	Secrets(ctx context.Context) ([]Secret, error)
	// Secret reads a secret as it is now, without its policy: secretsmanager:DescribeSecret.
	Secret(ctx context.Context, name string) (*Secret, error)
	// SecretPolicy reads a secret's own policy, and nil where it has none: secretsmanager:GetResourcePolicy.
	SecretPolicy(ctx context.Context, name string) (*policy.Document, error)
	// SecretStage reads the text of the version with a staging label: secretsmanager:GetSecretValue.
	SecretStage(ctx context.Context, name, label string) (aircon.Secret, error)
	// SecretValues reads up to BatchSize secrets, by the names or ARNs that they are asked for: secretsmanager:BatchGetSecretValue, and
	// GetSecretValue on each. What is missing in the answer must be asked for alone.
	SecretValues(ctx context.Context, names []string) (map[string]Value, error)
	// Key reads a KMS key by id, ARN or alias: kms:DescribeKey, kms:GetKeyPolicy. A key whose policy cannot be read may come with the error.
	Key(ctx context.Context, id string) (*Key, error)
	// Simulate asks IAM for its opinion on an action of a role's, by resource: iam:SimulatePrincipalPolicy.
	Simulate(ctx context.Context, role, action string, resources []string, context policy.Context) (map[string]Simulation, error)
}

// BatchSize is how many secrets BatchGetSecretValue takes at once
// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html).
const BatchSize = 20

// Value is a secret's text, or why it cannot be read.
type Value struct {
	lookup.SecretValue
	Err error
}

// Simulation is IAM's own opinion: of identity policies, boundary and the organization's policies. It does not simulate a resource's policy
// for roles (https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html).
type Simulation struct {
	Decision             string   // allowed, explicitDeny or implicitDeny
	Policies             []string // that decided
	DeniedByBoundary     bool
	DeniedByOrganization bool
}

// Caller is who asks.
type Caller struct{ ARN, Account, Partition, Region string }

// MWAA is an environment as GetEnvironment tells it.
type MWAA struct {
	Name, ARN, Status string
	Airflow           string // version, such as 2.10.3
	ExecutionRole     string // ARN
	Options           map[string]string
	Subnets           []string
	SecurityGroups    []string
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
	Policy    *policy.Document // nil: none, or not asked for
	Owner     string           // service that made it and keeps it, such as rds; "" for most
	Current   bool             // whether a version holds AWSCURRENT
	Tags      []policy.Tag
	Rotates   bool // whether a rotation function is at work on it
	// Stages says which version each staging label is on; nil: not known.
	Stages map[string]string
	// Created, Changed (text or labels), Rotated and Accessed are when that last happened, Accessed by the day; zero: never.
	Created, Changed, Rotated, Accessed time.Time
}

// Key is a KMS key with its policy.
type Key struct {
	ARN        string
	State      string // Enabled, Disabled, PendingDeletion, …
	AWSManaged bool
	Policy     *policy.Document
}
