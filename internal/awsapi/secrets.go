package awsapi

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"aircon"
	"aircon/internal/plan"
	"aircon/lookup"
)

// GetSecretValue reads the version labelled AWSCURRENT. It needs secretsmanager:GetSecretValue and, for a customer key, kms:Decrypt.
func (c *Client) GetSecretValue(ctx context.Context, id string) (lookup.SecretValue, error) {
	out, err := do(ctx, secretsManager, c.secrets.GetSecretValue, "GetSecretValue", &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		return lookup.SecretValue{}, err
	}
	return lookup.SecretValue{Text: secretText(out.SecretString), ARN: aws.ToString(out.ARN), VersionID: aws.ToString(out.VersionId)}, nil
}

func secretText(s *string) aircon.Secret {
	if s == nil {
		return aircon.Secret{}
	}
	return aircon.NewSecret(*s)
}

// planSecrets is Secrets Manager as plan asks it.
type planSecrets struct{ *Client }

func (c planSecrets) ListSecrets(ctx context.Context, f plan.Filter) iter.Seq2[plan.Secret, error] {
	in := &secretsmanager.ListSecretsInput{MaxResults: aws.Int32(100), IncludePlannedDeletion: aws.Bool(true)}
	if len(f.Prefixes) > 0 {
		in.Filters = append(in.Filters, types.Filter{Key: types.FilterNameStringTypeName, Values: f.Prefixes})
	}
	if f.TagValue != "" {
		in.Filters = append(in.Filters, types.Filter{Key: types.FilterNameStringTypeTagValue, Values: []string{f.TagValue}})
	}
	return func(yield func(plan.Secret, error) bool) {
		for entry, err := range c.listSecrets(ctx, in) {
			if !yield(planSecret(entry), err) {
				return
			}
		}
	}
}

// listSecrets yields all pages of a listing.
func (c *Client) listSecrets(ctx context.Context, in *secretsmanager.ListSecretsInput) iter.Seq2[types.SecretListEntry, error] {
	return func(yield func(types.SecretListEntry, error) bool) {
		for {
			out, err := do(ctx, secretsManager, c.secrets.ListSecrets, "ListSecrets", in)
			if err != nil {
				yield(types.SecretListEntry{}, err)
				return
			}
			for _, entry := range out.SecretList {
				if !yield(entry, nil) {
					return
				}
			}
			if in.NextToken = out.NextToken; in.NextToken == nil {
				return
			}
		}
	}
}

func planSecret(s types.SecretListEntry) plan.Secret {
	return plan.Secret{
		Name: aws.ToString(s.Name), ARN: aws.ToString(s.ARN), Description: aws.ToString(s.Description), KMSKey: aws.ToString(s.KmsKeyId), Tags: tagMap(s.Tags),
		Deleted: aws.ToTime(s.DeletedDate), Current: labelled(s.SecretVersionsToStages, "AWSCURRENT"), Previous: labelled(s.SecretVersionsToStages, "AWSPREVIOUS"),
		Rotates: aws.ToBool(s.RotationEnabled),
	}
}

func tagMap(tags []types.Tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return m
}

func tagList(tags map[string]string) []types.Tag {
	var all []types.Tag
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return all
}

// labelled returns the id of the version that has a staging label, or "".
func labelled(versions map[string][]string, label string) string {
	for id, labels := range versions {
		if slices.Contains(labels, label) {
			return id
		}
	}
	return ""
}

func (c planSecrets) BatchGetSecretValue(ctx context.Context, names []string) (map[string]plan.Version, map[string]plan.Fault, error) {
	versions, faults := map[string]plan.Version{}, map[string]plan.Fault{}
	in := &secretsmanager.BatchGetSecretValueInput{SecretIdList: names}
	for {
		out, err := do(ctx, secretsManager, c.secrets.BatchGetSecretValue, "BatchGetSecretValue", in)
		if err != nil {
			return nil, nil, err
		}
		for _, v := range out.SecretValues {
			versions[aws.ToString(v.Name)] = plan.Version{ARN: aws.ToString(v.ARN), ID: aws.ToString(v.VersionId), Text: secretText(v.SecretString)}
		}
		for _, e := range out.Errors {
			faults[aws.ToString(e.SecretId)] = plan.Fault{Code: aws.ToString(e.ErrorCode), Message: aws.ToString(e.Message)}
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return versions, faults, nil
		}
	}
}

func (c planSecrets) DescribeSecret(ctx context.Context, name string) (plan.Secret, error) {
	s, err := do(ctx, secretsManager, c.secrets.DescribeSecret, "DescribeSecret", &secretsmanager.DescribeSecretInput{SecretId: &name})
	if err != nil {
		return plan.Secret{}, err
	}
	return plan.Secret{
		Name: aws.ToString(s.Name), ARN: aws.ToString(s.ARN), Description: aws.ToString(s.Description), KMSKey: aws.ToString(s.KmsKeyId), Tags: tagMap(s.Tags),
		Deleted: aws.ToTime(s.DeletedDate), Current: labelled(s.VersionIdsToStages, "AWSCURRENT"), Previous: labelled(s.VersionIdsToStages, "AWSPREVIOUS"),
		Rotates: aws.ToBool(s.RotationEnabled),
	}, nil
}

func (c planSecrets) CreateSecret(ctx context.Context, s plan.Secret, text aircon.Secret, token string) error {
	in := &secretsmanager.CreateSecretInput{Name: &s.Name, SecretString: aws.String(text.Reveal()), ClientRequestToken: &token, Tags: tagList(s.Tags)}
	if s.Description != "" {
		in.Description = &s.Description
	}
	if s.KMSKey != "" {
		in.KmsKeyId = &s.KMSKey
	}
	_, err := do(ctx, secretsManager, c.secrets.CreateSecret, "CreateSecret", in)
	return err
}

func (c planSecrets) PutSecretValue(ctx context.Context, name string, text aircon.Secret, token string) error {
	_, err := do(ctx, secretsManager, c.secrets.PutSecretValue, "PutSecretValue",
		&secretsmanager.PutSecretValueInput{SecretId: &name, SecretString: aws.String(text.Reveal()), ClientRequestToken: &token})
	return err
}

func (c planSecrets) UpdateSecret(ctx context.Context, name string, description, kmsKey *string) error {
	_, err := do(ctx, secretsManager, c.secrets.UpdateSecret, "UpdateSecret",
		&secretsmanager.UpdateSecretInput{SecretId: &name, Description: description, KmsKeyId: kmsKey})
	return err
}

func (c planSecrets) TagSecret(ctx context.Context, name string, tags map[string]string) error {
	_, err := do(ctx, secretsManager, c.secrets.TagResource, "TagResource", &secretsmanager.TagResourceInput{SecretId: &name, Tags: tagList(tags)})
	return err
}

func (c planSecrets) RestoreSecret(ctx context.Context, name string) error {
	_, err := do(ctx, secretsManager, c.secrets.RestoreSecret, "RestoreSecret", &secretsmanager.RestoreSecretInput{SecretId: &name})
	return err
}

func (c planSecrets) DeleteSecret(ctx context.Context, name string, recoveryDays int) error {
	_, err := do(ctx, secretsManager, c.secrets.DeleteSecret, "DeleteSecret",
		&secretsmanager.DeleteSecretInput{SecretId: &name, RecoveryWindowInDays: aws.Int64(int64(recoveryDays))})
	return err
}
