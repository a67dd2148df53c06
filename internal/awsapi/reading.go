package awsapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	secretstypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"aircon"
	"aircon/internal/doctor"
	"aircon/lookup"
	"aircon/policy"
)

// Client reads all that doctor looks at.
var (
	_ doctor.AWS     = (*Client)(nil)
	_ doctor.Network = (*Client)(nil)
)

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
	if n := e.NetworkConfiguration; n != nil {
		env.Subnets, env.SecurityGroups = n.SubnetIds, n.SecurityGroupIds
	}
	if u := e.LastUpdate; u != nil && u.Error != nil {
		env.UpdateError = aws.ToString(u.Error.ErrorCode) + ": " + aws.ToString(u.Error.ErrorMessage)
	}
	return env, nil
}

// Secrets lists all secrets, those that are being deleted too. It needs secretsmanager:ListSecrets.
func (c *Client) Secrets(ctx context.Context) ([]doctor.Secret, error) {
	var all []doctor.Secret
	in := &secretsmanager.ListSecretsInput{MaxResults: aws.Int32(100), IncludePlannedDeletion: aws.Bool(true)}
	for entry, err := range c.listSecrets(ctx, in) {
		if err != nil {
			return nil, err
		}
		all = append(all, doctor.Secret{
			Name: aws.ToString(entry.Name), ARN: aws.ToString(entry.ARN), KMSKey: aws.ToString(entry.KmsKeyId), Deleted: aws.ToTime(entry.DeletedDate),
			Current: labelled(entry.SecretVersionsToStages, "AWSCURRENT") != "", Tags: policyTags(entry.Tags),
			Rotates: aws.ToBool(entry.RotationEnabled) && aws.ToString(entry.RotationLambdaARN) != "",
			Stages:  stages(entry.SecretVersionsToStages),
			Created: aws.ToTime(entry.CreatedDate), Changed: aws.ToTime(entry.LastChangedDate),
			Rotated: aws.ToTime(entry.LastRotatedDate), Accessed: aws.ToTime(entry.LastAccessedDate),
			Owner: aws.ToString(entry.OwningService),
		})
	}
	return all, nil
}

// Secret reads a secret as it is now, without its policy. It needs secretsmanager:DescribeSecret.
func (c *Client) Secret(ctx context.Context, name string) (*doctor.Secret, error) {
	s, err := do(ctx, secretsManager, c.secrets.DescribeSecret, "DescribeSecret", &secretsmanager.DescribeSecretInput{SecretId: &name})
	if err != nil {
		return nil, err
	}
	return &doctor.Secret{
		Name: aws.ToString(s.Name), ARN: aws.ToString(s.ARN), KMSKey: aws.ToString(s.KmsKeyId), Deleted: aws.ToTime(s.DeletedDate),
		Current: labelled(s.VersionIdsToStages, "AWSCURRENT") != "", Tags: policyTags(s.Tags),
		Rotates: aws.ToBool(s.RotationEnabled) && aws.ToString(s.RotationLambdaARN) != "",
		Stages:  stages(s.VersionIdsToStages),
		Created: aws.ToTime(s.CreatedDate), Changed: aws.ToTime(s.LastChangedDate),
		Rotated: aws.ToTime(s.LastRotatedDate), Accessed: aws.ToTime(s.LastAccessedDate),
		Owner: aws.ToString(s.OwningService),
	}, nil
}

// stages turns the labels of each version around: which version has a label.
func stages(versions map[string][]string) map[string]string {
	on := map[string]string{}
	for id, labels := range versions {
		for _, label := range labels {
			on[label] = id
		}
	}
	return on
}

// SecretStage reads the version with a staging label. It needs secretsmanager:GetSecretValue and, for a customer key, kms:Decrypt.
func (c *Client) SecretStage(ctx context.Context, name, label string) (aircon.Secret, error) {
	out, err := do(ctx, secretsManager, c.secrets.GetSecretValue, "GetSecretValue",
		&secretsmanager.GetSecretValueInput{SecretId: &name, VersionStage: &label})
	if err != nil {
		return aircon.Secret{}, err
	}
	return secretText(out.SecretString), nil
}

func policyTags(tags []secretstypes.Tag) []policy.Tag {
	var all []policy.Tag
	for _, t := range tags {
		all = append(all, policy.Tag{Key: aws.ToString(t.Key), Value: aws.ToString(t.Value)})
	}
	return all
}

// SecretPolicy reads a secret's own policy. It needs secretsmanager:GetResourcePolicy.
func (c *Client) SecretPolicy(ctx context.Context, name string) (*policy.Document, error) {
	out, err := do(ctx, secretsManager, c.secrets.GetResourcePolicy, "GetResourcePolicy", &secretsmanager.GetResourcePolicyInput{SecretId: &name})
	if err != nil {
		return nil, err
	}
	text := aws.ToString(out.ResourcePolicy)
	if text == "" {
		return nil, nil
	}
	p, err := parsed(name, text)
	if err != nil {
		return nil, err
	}
	return p.Document, nil
}

// SecretValues reads up to doctor.BatchSize secrets. It needs secretsmanager:BatchGetSecretValue, and on each secret
// secretsmanager:GetSecretValue and, for a customer key, kms:Decrypt.
func (c *Client) SecretValues(ctx context.Context, names []string) (map[string]doctor.Value, error) {
	values := map[string]doctor.Value{}
	found, faults, err := planSecrets{c}.BatchGetSecretValue(ctx, names)
	if err != nil {
		return nil, err
	}
	for name, v := range found {
		values[name] = doctor.Value{SecretValue: lookup.SecretValue{Text: v.Text, ARN: v.ARN, VersionID: v.ID}}
		values[v.ARN] = values[name]
	}
	for name, f := range faults {
		values[name] = doctor.Value{Err: &Error{
			Service: secretsManager, Operation: "GetSecretValue", Code: f.Code, Message: f.Message, Next: hintFor(f.Code, f.Message),
		}}
	}
	return values, nil
}

// Key reads a KMS key with its policy. It needs kms:DescribeKey and kms:GetKeyPolicy, which KMS allows within the key's own account alone: where
// only the policy cannot be read, the key comes without it, and with the error.
func (c *Client) Key(ctx context.Context, id string) (*doctor.Key, error) {
	described, err := do(ctx, kmsService, c.kms.DescribeKey, "DescribeKey", &kms.DescribeKeyInput{KeyId: &id})
	if err != nil {
		return nil, err
	}
	m := described.KeyMetadata
	key := &doctor.Key{ARN: aws.ToString(m.Arn), State: string(m.KeyState), AWSManaged: m.KeyManager == kmstypes.KeyManagerTypeAws}
	out, err := do(ctx, kmsService, c.kms.GetKeyPolicy, "GetKeyPolicy", &kms.GetKeyPolicyInput{KeyId: m.Arn, PolicyName: aws.String("default")})
	if err != nil {
		return key, err
	}
	p, err := parsed(key.ARN, aws.ToString(out.Policy))
	if err != nil {
		return nil, err
	}
	key.Policy = p.Document
	return key, nil
}
