package awsapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"aircon/internal/doctor"
	"aircon/policy"
)

// User reads a user with all policies that bound it, those of its groups too: iam:GetUser, iam:ListAttachedUserPolicies, iam:ListUserPolicies,
// iam:GetUserPolicy, iam:ListGroupsForUser, iam:ListAttachedGroupPolicies, iam:ListGroupPolicies, iam:GetGroupPolicy, iam:GetPolicy,
// iam:GetPolicyVersion. A group's inline policies are called by both names.
func (c *Client) User(ctx context.Context, name string) (*doctor.Role, error) {
	got, err := do(ctx, iamService, c.iam.GetUser, "GetUser", &iam.GetUserInput{UserName: &name})
	if err != nil {
		return nil, err
	}
	user := &doctor.Role{ARN: aws.ToString(got.User.Arn), ID: aws.ToString(got.User.UserId)}
	for _, t := range got.User.Tags {
		user.Tags = append(user.Tags, policy.Tag{Key: aws.ToString(t.Key), Value: aws.ToString(t.Value)})
	}
	if b := got.User.PermissionsBoundary; b != nil {
		if user.Boundary, err = c.namedPolicy(ctx, aws.ToString(b.PermissionsBoundaryArn)); err != nil {
			return nil, err
		}
	}
	if user.Policies, err = c.userPolicies(ctx, name); err != nil {
		return nil, err
	}
	groups, err := c.groupsOf(ctx, name)
	for _, g := range groups {
		var more []policy.Policy
		if more, err = c.groupPolicies(ctx, aws.ToString(g.GroupName)); err != nil {
			break
		}
		user.Policies = append(user.Policies, more...)
	}
	return user, err
}

func (c *Client) groupsOf(ctx context.Context, user string) ([]iamtypes.Group, error) {
	in := &iam.ListGroupsForUserInput{UserName: &user}
	return pages(func() ([]iamtypes.Group, bool, error) {
		out, err := do(ctx, iamService, c.iam.ListGroupsForUser, "ListGroupsForUser", in)
		if err != nil {
			return nil, false, err
		}
		in.Marker = out.Marker
		return out.Groups, out.IsTruncated, nil
	})
}

func (c *Client) userPolicies(ctx context.Context, user string) ([]policy.Policy, error) {
	attached, inline := &iam.ListAttachedUserPoliciesInput{UserName: &user}, &iam.ListUserPoliciesInput{UserName: &user}
	return c.policies(ctx, func() ([]iamtypes.AttachedPolicy, bool, error) {
		out, err := do(ctx, iamService, c.iam.ListAttachedUserPolicies, "ListAttachedUserPolicies", attached)
		if err != nil {
			return nil, false, err
		}
		attached.Marker = out.Marker
		return out.AttachedPolicies, out.IsTruncated, nil
	}, func() ([]string, bool, error) {
		out, err := do(ctx, iamService, c.iam.ListUserPolicies, "ListUserPolicies", inline)
		if err != nil {
			return nil, false, err
		}
		inline.Marker = out.Marker
		return out.PolicyNames, out.IsTruncated, nil
	}, func(ctx context.Context, name string) (*policy.Policy, error) {
		got, err := do(ctx, iamService, c.iam.GetUserPolicy, "GetUserPolicy", &iam.GetUserPolicyInput{UserName: &user, PolicyName: &name})
		if err != nil {
			return nil, err
		}
		return parsed(name, unescaped(got.PolicyDocument))
	})
}

func (c *Client) groupPolicies(ctx context.Context, group string) ([]policy.Policy, error) {
	attached, inline := &iam.ListAttachedGroupPoliciesInput{GroupName: &group}, &iam.ListGroupPoliciesInput{GroupName: &group}
	return c.policies(ctx, func() ([]iamtypes.AttachedPolicy, bool, error) {
		out, err := do(ctx, iamService, c.iam.ListAttachedGroupPolicies, "ListAttachedGroupPolicies", attached)
		if err != nil {
			return nil, false, err
		}
		attached.Marker = out.Marker
		return out.AttachedPolicies, out.IsTruncated, nil
	}, func() ([]string, bool, error) {
		out, err := do(ctx, iamService, c.iam.ListGroupPolicies, "ListGroupPolicies", inline)
		if err != nil {
			return nil, false, err
		}
		inline.Marker = out.Marker
		return out.PolicyNames, out.IsTruncated, nil
	}, func(ctx context.Context, name string) (*policy.Policy, error) {
		got, err := do(ctx, iamService, c.iam.GetGroupPolicy, "GetGroupPolicy", &iam.GetGroupPolicyInput{GroupName: &group, PolicyName: &name})
		if err != nil {
			return nil, err
		}
		return parsed(name+" of the group "+group, unescaped(got.PolicyDocument))
	})
}

// policies reads what is attached and what is inline, which are listed page by page.
func (c *Client) policies(ctx context.Context, attached func() ([]iamtypes.AttachedPolicy, bool, error), inline func() ([]string, bool, error),
	read func(context.Context, string) (*policy.Policy, error),
) ([]policy.Policy, error) {
	managed, err := pages(attached)
	if err != nil {
		return nil, err
	}
	names, err := pages(inline)
	if err != nil {
		return nil, err
	}
	all, err := each(ctx, managed, func(ctx context.Context, a iamtypes.AttachedPolicy) (*policy.Policy, error) {
		return c.namedPolicy(ctx, aws.ToString(a.PolicyArn))
	})
	if err != nil {
		return nil, err
	}
	more, err := each(ctx, names, read)
	return append(all, more...), err
}

// pages collects the pages of a list: next gets one, and reports whether there are more.
func pages[T any](next func() ([]T, bool, error)) (all []T, err error) {
	for more := true; more && err == nil; {
		var page []T
		page, more, err = next()
		all = append(all, page...)
	}
	return all, err
}
