package awsapi

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"aircon/internal/doctor"
	"aircon/policy"
)

// Client reads all that doctor looks at.
var _ doctor.AWS = (*Client)(nil)

// Caller says who asks. It needs no permission.
func (c *Client) Caller(ctx context.Context) (doctor.Caller, error) {
	arn, account, err := c.identity(ctx)
	return doctor.Caller{ARN: arn, Account: account, Partition: partitionOf(arn), Region: c.cfg.Region}, err
}

// Environment reads an MWAA environment. It needs airflow:GetEnvironment.
func (c *Client) Environment(ctx context.Context, name string) (*doctor.MWAA, error) {
	e, err := c.environment(ctx, name)
	if err != nil {
		return nil, err
	}
	env := &doctor.MWAA{
		Name: aws.ToString(e.Name), ARN: aws.ToString(e.Arn), Status: string(e.Status), Airflow: aws.ToString(e.AirflowVersion),
		ExecutionRole: aws.ToString(e.ExecutionRoleArn), Options: e.AirflowConfigurationOptions,
	}
	if u := e.LastUpdate; u != nil && u.Error != nil {
		env.UpdateError = aws.ToString(u.Error.ErrorCode) + ": " + aws.ToString(u.Error.ErrorMessage)
	}
	return env, nil
}

// Role reads a role with every policy that bounds it. It needs iam:GetRole, iam:ListAttachedRolePolicies, iam:GetPolicy, iam:GetPolicyVersion,
// iam:ListRolePolicies and iam:GetRolePolicy.
func (c *Client) Role(ctx context.Context, arn string) (*doctor.Role, error) {
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	got, err := do(ctx, iamService, c.iam.GetRole, "GetRole", &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		return nil, err
	}
	role := &doctor.Role{ARN: aws.ToString(got.Role.Arn), ID: aws.ToString(got.Role.RoleId)}
	for _, t := range got.Role.Tags {
		role.Tags = append(role.Tags, policy.Tag{Key: aws.ToString(t.Key), Value: aws.ToString(t.Value)})
	}
	attached, err := c.attachedPolicies(ctx, name)
	if err != nil {
		return nil, err
	}
	for _, a := range attached {
		p, err := c.namedPolicy(ctx, aws.ToString(a.PolicyArn))
		if err != nil {
			return nil, err
		}
		role.Policies = append(role.Policies, *p)
	}
	if err := c.inlinePolicies(ctx, name, role); err != nil {
		return nil, err
	}
	if b := got.Role.PermissionsBoundary; b != nil {
		role.Boundary, err = c.namedPolicy(ctx, aws.ToString(b.PermissionsBoundaryArn))
	}
	return role, err
}

func (c *Client) namedPolicy(ctx context.Context, arn string) (*policy.Policy, error) {
	_, text, err := c.managedPolicy(ctx, arn)
	if err != nil {
		return nil, err
	}
	return parsed(arn, text)
}

func parsed(name, text string) (*policy.Policy, error) {
	document, err := policy.Parse([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("the policy %s: %w", name, err)
	}
	return &policy.Policy{Name: name, Document: document}, nil
}

func (c *Client) inlinePolicies(ctx context.Context, name string, role *doctor.Role) error {
	in := &iam.ListRolePoliciesInput{RoleName: &name}
	for {
		out, err := do(ctx, iamService, c.iam.ListRolePolicies, "ListRolePolicies", in)
		if err != nil {
			return err
		}
		for _, inline := range out.PolicyNames {
			got, err := do(ctx, iamService, c.iam.GetRolePolicy, "GetRolePolicy", &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &inline})
			if err != nil {
				return err
			}
			p, err := parsed(inline, unescaped(got.PolicyDocument))
			if err != nil {
				return err
			}
			role.Policies = append(role.Policies, *p)
		}
		if in.Marker = out.Marker; !out.IsTruncated {
			return nil
		}
	}
}

// Secret reads all of a secret but its text. It needs secretsmanager:DescribeSecret and secretsmanager:GetResourcePolicy.
func (c *Client) Secret(ctx context.Context, name string) (*doctor.Secret, error) {
	s, err := do(ctx, secretsManager, c.secrets.DescribeSecret, "DescribeSecret", &secretsmanager.DescribeSecretInput{SecretId: &name})
	if err != nil {
		return nil, err
	}
	secret := &doctor.Secret{
		Name: aws.ToString(s.Name), ARN: aws.ToString(s.ARN), KMSKey: aws.ToString(s.KmsKeyId), Deleted: aws.ToTime(s.DeletedDate),
		Current: labelled(s.VersionIdsToStages, "AWSCURRENT") != "", Rotates: aws.ToBool(s.RotationEnabled) && aws.ToString(s.RotationLambdaARN) != "",
	}
	for _, t := range s.Tags {
		secret.Tags = append(secret.Tags, policy.Tag{Key: aws.ToString(t.Key), Value: aws.ToString(t.Value)})
	}
	if !secret.Deleted.IsZero() { // its policy cannot be asked for, and nobody can read it anyway
		return secret, nil
	}
	out, err := do(ctx, secretsManager, c.secrets.GetResourcePolicy, "GetResourcePolicy", &secretsmanager.GetResourcePolicyInput{SecretId: s.ARN})
	if err != nil {
		return nil, err
	}
	if text := aws.ToString(out.ResourcePolicy); text != "" {
		p, err := parsed(secret.ARN, text)
		if err != nil {
			return nil, err
		}
		secret.Policy = p.Document
	}
	return secret, nil
}

// SecretNames lists the names of all secrets that are not being deleted. It needs secretsmanager:ListSecrets.
func (c *Client) SecretNames(ctx context.Context) ([]string, error) {
	var names []string
	for entry, err := range c.listSecrets(ctx, &secretsmanager.ListSecretsInput{MaxResults: aws.Int32(100)}) {
		if err != nil {
			return nil, err
		}
		names = append(names, aws.ToString(entry.Name))
	}
	return names, nil
}

// Key reads a KMS key with its policy. It needs kms:DescribeKey and kms:GetKeyPolicy.
func (c *Client) Key(ctx context.Context, id string) (*doctor.Key, error) {
	described, err := do(ctx, kmsService, c.kms.DescribeKey, "DescribeKey", &kms.DescribeKeyInput{KeyId: &id})
	if err != nil {
		return nil, err
	}
	m := described.KeyMetadata
	key := &doctor.Key{ARN: aws.ToString(m.Arn), State: string(m.KeyState), AWSManaged: m.KeyManager == kmstypes.KeyManagerTypeAws}
	out, err := do(ctx, kmsService, c.kms.GetKeyPolicy, "GetKeyPolicy", &kms.GetKeyPolicyInput{KeyId: m.Arn, PolicyName: aws.String("default")})
	if err != nil {
		return nil, err
	}
	p, err := parsed(key.ARN, aws.ToString(out.Policy))
	if err != nil {
		return nil, err
	}
	key.Policy = p.Document
	return key, nil
}

// Simulation is IAM's own opinion on one action: of identity policies and boundary only, as it does not simulate a secret's policy for roles.
type Simulation struct {
	Action, Resource string
	Decision         string   // allowed, explicitDeny or implicitDeny
	Policies         []string // that decided
	DeniedByBoundary bool
}

// Simulate asks IAM what a role may do. It needs iam:SimulatePrincipalPolicy.
func (c *Client) Simulate(ctx context.Context, role string, actions, resources []string) ([]Simulation, error) {
	var all []Simulation
	in := &iam.SimulatePrincipalPolicyInput{PolicySourceArn: &role, ActionNames: actions, ResourceArns: resources}
	for {
		out, err := do(ctx, iamService, c.iam.SimulatePrincipalPolicy, "SimulatePrincipalPolicy", in)
		if err != nil {
			return nil, err
		}
		for _, r := range out.EvaluationResults {
			all = append(all, simulations(r)...)
		}
		if in.Marker = out.Marker; !out.IsTruncated {
			return all, nil
		}
	}
}

// simulations are the results for an action: one for each resource where several were asked about.
func simulations(r iamtypes.EvaluationResult) []Simulation {
	parts := r.ResourceSpecificResults
	if len(parts) == 0 {
		parts = []iamtypes.ResourceSpecificResult{{
			EvalResourceName: r.EvalResourceName, EvalResourceDecision: r.EvalDecision, MatchedStatements: r.MatchedStatements,
			PermissionsBoundaryDecisionDetail: r.PermissionsBoundaryDecisionDetail,
		}}
	}
	var all []Simulation
	for _, p := range parts {
		s := Simulation{Action: aws.ToString(r.EvalActionName), Resource: aws.ToString(p.EvalResourceName), Decision: string(p.EvalResourceDecision)}
		for _, m := range p.MatchedStatements {
			s.Policies = append(s.Policies, aws.ToString(m.SourcePolicyId))
		}
		if b := p.PermissionsBoundaryDecisionDetail; b != nil {
			s.DeniedByBoundary = !b.AllowedByPermissionsBoundary
		}
		all = append(all, s)
	}
	return all
}
