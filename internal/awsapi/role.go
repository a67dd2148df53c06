package awsapi

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"golang.org/x/sync/errgroup"

	"aircon/internal/doctor"
	"aircon/policy"
)

// Role reads a role with every policy that bounds it. It needs iam:GetRole, iam:ListAttachedRolePolicies, iam:GetPolicy, iam:GetPolicyVersion,
// iam:ListRolePolicies and iam:GetRolePolicy.
func (c *Client) Role(ctx context.Context, arn string) (*doctor.Role, error) {
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	var role doctor.Role
	var attached, inline []policy.Policy
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return c.roleItself(ctx, name, &role) })
	group.Go(func() (err error) {
		attached, err = c.attachedDocuments(ctx, name)
		return err
	})
	group.Go(func() (err error) {
		inline, err = c.inlineDocuments(ctx, name)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	role.Policies = slices.Concat(attached, inline)
	return &role, nil
}

// roleItself reads a role and its boundary.
func (c *Client) roleItself(ctx context.Context, name string, role *doctor.Role) error {
	got, err := do(ctx, iamService, c.iam.GetRole, "GetRole", &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		return err
	}
	role.ARN, role.ID = aws.ToString(got.Role.Arn), aws.ToString(got.Role.RoleId)
	for _, t := range got.Role.Tags {
		role.Tags = append(role.Tags, policy.Tag{Key: aws.ToString(t.Key), Value: aws.ToString(t.Value)})
	}
	if b := got.Role.PermissionsBoundary; b != nil {
		role.Boundary, err = c.namedPolicy(ctx, aws.ToString(b.PermissionsBoundaryArn))
	}
	return err
}

// attachedDocuments reads a role's managed policies, in the order in which IAM lists them.
func (c *Client) attachedDocuments(ctx context.Context, name string) ([]policy.Policy, error) {
	attached, err := c.attachedPolicies(ctx, name)
	if err != nil {
		return nil, err
	}
	return each(ctx, attached, func(ctx context.Context, a iamtypes.AttachedPolicy) (*policy.Policy, error) {
		return c.namedPolicy(ctx, aws.ToString(a.PolicyArn))
	})
}

// each reads a policy for each item, several at a time.
func each[T any](ctx context.Context, items []T, read func(context.Context, T) (*policy.Policy, error)) ([]policy.Policy, error) {
	all := make([]policy.Policy, len(items))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, item := range items {
		group.Go(func() error {
			p, err := read(ctx, item)
			if err == nil {
				all[i] = *p
			}
			return err
		})
	}
	return all, group.Wait()
}

// atOnce is how many policies of a role are read at a time.
const atOnce = 8

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

// inlineDocuments reads a role's inline policies.
func (c *Client) inlineDocuments(ctx context.Context, name string) ([]policy.Policy, error) {
	var names []string
	in := &iam.ListRolePoliciesInput{RoleName: &name}
	for {
		out, err := do(ctx, iamService, c.iam.ListRolePolicies, "ListRolePolicies", in)
		if err != nil {
			return nil, err
		}
		names = append(names, out.PolicyNames...)
		if in.Marker = out.Marker; !out.IsTruncated {
			break
		}
	}
	return each(ctx, names, func(ctx context.Context, inline string) (*policy.Policy, error) {
		got, err := do(ctx, iamService, c.iam.GetRolePolicy, "GetRolePolicy", &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &inline})
		if err != nil {
			return nil, err
		}
		return parsed(inline, unescaped(got.PolicyDocument))
	})
}

// Simulate asks IAM what a role may do. It needs iam:SimulatePrincipalPolicy.
func (c *Client) Simulate(ctx context.Context, role, action string, resources []string, context policy.Context) (map[string]doctor.Simulation, error) {
	all := map[string]doctor.Simulation{}
	in := &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: &role, ActionNames: []string{action}, ResourceArns: resources, ContextEntries: contextEntries(context),
	}
	for {
		out, err := do(ctx, iamService, c.iam.SimulatePrincipalPolicy, "SimulatePrincipalPolicy", in)
		if err != nil {
			return nil, err
		}
		for _, r := range out.EvaluationResults {
			simulations(r, all)
		}
		if in.Marker = out.Marker; !out.IsTruncated {
			return all, nil
		}
	}
}

// contextEntries are condition keys as the simulator takes them.
func contextEntries(context policy.Context) []iamtypes.ContextEntry {
	var all []iamtypes.ContextEntry
	for _, key := range context {
		entry := iamtypes.ContextEntry{ContextKeyName: aws.String(key.Name), ContextKeyType: iamtypes.ContextKeyTypeEnumString, ContextKeyValues: []string{key.Value}}
		if key.Multiple {
			entry.ContextKeyType, entry.ContextKeyValues = iamtypes.ContextKeyTypeEnumStringList, key.List
		}
		all = append(all, entry)
	}
	return all
}

// simulations adds the results for an action, by resource: one for each where several were asked about.
func simulations(r iamtypes.EvaluationResult, all map[string]doctor.Simulation) {
	parts := r.ResourceSpecificResults
	if len(parts) == 0 {
		parts = []iamtypes.ResourceSpecificResult{{
			EvalResourceName: r.EvalResourceName, EvalResourceDecision: r.EvalDecision, MatchedStatements: r.MatchedStatements,
			PermissionsBoundaryDecisionDetail: r.PermissionsBoundaryDecisionDetail,
		}}
	}
	for _, p := range parts {
		s := doctor.Simulation{Decision: string(p.EvalResourceDecision)}
		for _, m := range p.MatchedStatements {
			s.Policies = append(s.Policies, aws.ToString(m.SourcePolicyId))
		}
		if b := p.PermissionsBoundaryDecisionDetail; b != nil {
			s.DeniedByBoundary = !b.AllowedByPermissionsBoundary
		}
		if o := r.OrganizationsDecisionDetail; o != nil {
			s.DeniedByOrganization = !o.AllowedByOrganizations
		}
		all[aws.ToString(p.EvalResourceName)] = s
	}
}
