package awsapi

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	awsmwaa "github.com/aws/aws-sdk-go-v2/service/mwaa"
	mwaatypes "github.com/aws/aws-sdk-go-v2/service/mwaa/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"aircon/internal/plan"
	"aircon/mwaa"
	"aircon/policy"
)

// Plan returns c as plan and apply ask it.
func (c *Client) Plan() plan.AWS {
	return plan.AWS{Identity: planIdentity{c}, Environments: planEnvironments{c}, Roles: planRoles{c}, Secrets: planSecrets{c}, Keys: planKeys{c}}
}

type planIdentity struct{ *Client }

func (c planIdentity) Caller(ctx context.Context) (plan.Caller, error) {
	arn, account, err := c.identity(ctx)
	return plan.Caller{Partition: partitionOf(arn), Region: c.cfg.Region, Account: account, ARN: arn}, err
}

func (c *Client) identity(ctx context.Context) (arn, account string, err error) {
	out, err := do(ctx, stsService, c.sts.GetCallerIdentity, "GetCallerIdentity", &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", "", err
	}
	return aws.ToString(out.Arn), aws.ToString(out.Account), nil
}

func partitionOf(arn string) string {
	if parsed, ok := policy.ParseARN(arn); ok {
		return parsed.Partition
	}
	return "aws"
}

type planKeys struct{ *Client }

func (c planKeys) KeyARN(ctx context.Context, key string) (string, error) {
	out, err := do(ctx, kmsService, c.kms.DescribeKey, "DescribeKey", &kms.DescribeKeyInput{KeyId: &key})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.KeyMetadata.Arn), nil
}

type planEnvironments struct{ *Client }

func (c planEnvironments) Environment(ctx context.Context, name string) (*plan.MWAAEnvironment, error) {
	e, err := c.environment(ctx, name)
	if err != nil {
		return nil, err
	}
	env := &plan.MWAAEnvironment{
		Name: aws.ToString(e.Name), ARN: aws.ToString(e.Arn), AirflowVersion: aws.ToString(e.AirflowVersion), Status: mwaa.Status(e.Status),
		ExecutionRole: aws.ToString(e.ExecutionRoleArn), Options: e.AirflowConfigurationOptions, Tags: e.Tags,
	}
	if u := e.LastUpdate; u != nil {
		env.LastUpdate.Status = string(u.Status)
		if u.Error != nil {
			env.LastUpdate.ErrorCode, env.LastUpdate.ErrorMessage = aws.ToString(u.Error.ErrorCode), aws.ToString(u.Error.ErrorMessage)
		}
	}
	return env, nil
}

func (c *Client) environment(ctx context.Context, name string) (*mwaatypes.Environment, error) {
	out, err := do(ctx, mwaaService, c.mwaa.GetEnvironment, getEnvironment, &awsmwaa.GetEnvironmentInput{Name: &name})
	if err != nil {
		return nil, err
	}
	return out.Environment, nil
}

func (c planEnvironments) UpdateOptions(ctx context.Context, name string, options map[string]string, strategy mwaa.Strategy) error {
	if options == nil {
		options = map[string]string{}
	}
	_, err := do(ctx, mwaaService, c.mwaa.UpdateEnvironment, "UpdateEnvironment", &awsmwaa.UpdateEnvironmentInput{
		Name: &name, AirflowConfigurationOptions: options, WorkerReplacementStrategy: mwaatypes.WorkerReplacementStrategy(strategy),
	})
	return err
}

func (c planEnvironments) TagEnvironment(ctx context.Context, arn string, tags map[string]string) error {
	_, err := do(ctx, mwaaService, c.mwaa.TagResource, "TagResource", &awsmwaa.TagResourceInput{ResourceArn: &arn, Tags: tags})
	return err
}

func (c planEnvironments) UntagEnvironment(ctx context.Context, arn string, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	_, err := do(ctx, mwaaService, c.mwaa.UntagResource, "UntagResource", &awsmwaa.UntagResourceInput{ResourceArn: &arn, TagKeys: keys})
	return err
}

type planRoles struct{ *Client }

func (c planRoles) AttachedPolicies(ctx context.Context, role string) ([]plan.AttachedPolicy, error) {
	var all []plan.AttachedPolicy
	attached, err := c.attachedPolicies(ctx, role)
	for _, p := range attached {
		all = append(all, plan.AttachedPolicy{Name: aws.ToString(p.PolicyName), ARN: aws.ToString(p.PolicyArn)})
	}
	return all, err
}

func (c *Client) attachedPolicies(ctx context.Context, role string) ([]iamtypes.AttachedPolicy, error) {
	var all []iamtypes.AttachedPolicy
	in := &iam.ListAttachedRolePoliciesInput{RoleName: &role}
	for {
		out, err := do(ctx, iamService, c.iam.ListAttachedRolePolicies, "ListAttachedRolePolicies", in)
		if err != nil {
			return nil, err
		}
		all = append(all, out.AttachedPolicies...)
		if in.Marker = out.Marker; !out.IsTruncated {
			return all, nil
		}
	}
}

func (c planRoles) Policy(ctx context.Context, arn string) (*plan.ManagedPolicy, error) {
	p, document, err := c.managedPolicy(ctx, arn)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, t := range p.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return &plan.ManagedPolicy{Name: aws.ToString(p.PolicyName), Path: aws.ToString(p.Path), ARN: arn, Description: aws.ToString(p.Description), Document: document, Tags: tags}, nil
}

// managedPolicy returns a policy and the document of its default version.
func (c *Client) managedPolicy(ctx context.Context, arn string) (*iamtypes.Policy, string, error) {
	got, err := do(ctx, iamService, c.iam.GetPolicy, "GetPolicy", &iam.GetPolicyInput{PolicyArn: &arn})
	if err != nil {
		return nil, "", err
	}
	version, err := do(ctx, iamService, c.iam.GetPolicyVersion, "GetPolicyVersion", &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: got.Policy.DefaultVersionId})
	if err != nil {
		return nil, "", err
	}
	return got.Policy, unescaped(version.PolicyVersion.Document), nil
}

// unescaped undoes the URL encoding in which IAM gives documents.
func unescaped(document *string) string {
	text, err := url.PathUnescape(aws.ToString(document))
	if err != nil {
		return aws.ToString(document)
	}
	return text
}

func (c planRoles) CreatePolicy(ctx context.Context, p plan.ManagedPolicy) error {
	_, err := do(ctx, iamService, c.iam.CreatePolicy, "CreatePolicy", &iam.CreatePolicyInput{
		PolicyName: &p.Name, Path: &p.Path, Description: &p.Description, PolicyDocument: &p.Document, Tags: iamTags(p.Tags),
	})
	return err
}

func iamTags(tags map[string]string) []iamtypes.Tag {
	var all []iamtypes.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, iamtypes.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return all
}

// maxVersions is how many versions a managed policy may have.
const maxVersions = 5

func (c planRoles) ReplacePolicy(ctx context.Context, arn, document string) error {
	versions, err := c.versions(ctx, arn)
	if err != nil {
		return err
	}
	if len(versions) >= maxVersions {
		oldest := versions[len(versions)-1]
		if oldest.IsDefaultVersion {
			oldest = versions[len(versions)-2]
		}
		if err := c.deleteVersion(ctx, arn, oldest); err != nil {
			return err
		}
	}
	_, err = do(ctx, iamService, c.iam.CreatePolicyVersion, "CreatePolicyVersion",
		&iam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: &document, SetAsDefault: true})
	return err
}

// versions lists a policy's versions, the newest first.
func (c planRoles) versions(ctx context.Context, arn string) ([]iamtypes.PolicyVersion, error) {
	out, err := do(ctx, iamService, c.iam.ListPolicyVersions, "ListPolicyVersions", &iam.ListPolicyVersionsInput{PolicyArn: &arn})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out.Versions, func(a, b iamtypes.PolicyVersion) int {
		return aws.ToTime(b.CreateDate).Compare(aws.ToTime(a.CreateDate))
	})
	return out.Versions, nil
}

func (c planRoles) deleteVersion(ctx context.Context, arn string, v iamtypes.PolicyVersion) error {
	_, err := do(ctx, iamService, c.iam.DeletePolicyVersion, "DeletePolicyVersion", &iam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: v.VersionId})
	return ignore(err, "NoSuchEntity")
}

func (c planRoles) TagPolicy(ctx context.Context, arn string, tags map[string]string) error {
	_, err := do(ctx, iamService, c.iam.TagPolicy, "TagPolicy", &iam.TagPolicyInput{PolicyArn: &arn, Tags: iamTags(tags)})
	return err
}

func (c planRoles) DeletePolicy(ctx context.Context, arn string) error {
	if err := c.detachEverywhere(ctx, arn); err != nil {
		return err
	}
	versions, err := c.versions(ctx, arn)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if v.IsDefaultVersion {
			continue
		}
		if err := c.deleteVersion(ctx, arn, v); err != nil {
			return err
		}
	}
	_, err = do(ctx, iamService, c.iam.DeletePolicy, "DeletePolicy", &iam.DeletePolicyInput{PolicyArn: &arn})
	return err
}

// detachEverywhere takes a policy from the roles that have it, as IAM deletes none that is attached.
func (c planRoles) detachEverywhere(ctx context.Context, arn string) error {
	in := &iam.ListEntitiesForPolicyInput{PolicyArn: &arn, EntityFilter: iamtypes.EntityTypeRole}
	for {
		out, err := do(ctx, iamService, c.iam.ListEntitiesForPolicy, "ListEntitiesForPolicy", in)
		if err != nil {
			return err
		}
		for _, role := range out.PolicyRoles {
			if err := ignore(c.DetachPolicy(ctx, aws.ToString(role.RoleName), arn), "NoSuchEntity"); err != nil {
				return err
			}
		}
		if in.Marker = out.Marker; !out.IsTruncated {
			return nil
		}
	}
}

func (c planRoles) AttachPolicy(ctx context.Context, role, arn string) error {
	_, err := do(ctx, iamService, c.iam.AttachRolePolicy, "AttachRolePolicy", &iam.AttachRolePolicyInput{RoleName: &role, PolicyArn: &arn})
	return err
}

func (c planRoles) DetachPolicy(ctx context.Context, role, arn string) error {
	_, err := do(ctx, iamService, c.iam.DetachRolePolicy, "DetachRolePolicy", &iam.DetachRolePolicyInput{RoleName: &role, PolicyArn: &arn})
	return err
}

// ignore drops an error of one code.
func ignore(err error, code string) error {
	var e *Error
	if errors.As(err, &e) && e.Code == code {
		return nil
	}
	return err
}
