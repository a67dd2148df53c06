//go:build crash && unix

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// state writes down all that a run can change, without ids of versions and times. It takes deleted secrets back to read them.
func (a *crashAWS) state(t *testing.T) string {
	t.Helper()
	url, stop := a.serve(killing{}, nil)
	defer stop()
	admin := a.Administrator()
	s := snapshot{t: t, cfg: aws.Config{
		BaseEndpoint: &url, Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider(admin.AccessKeyID, admin.SecretAccessKey, ""),
	}}
	s.secrets()
	there := s.cfg.Region
	s.cfg.Region = oldRegion
	s.secrets()
	s.cfg.Region = there
	s.policies()
	s.environment(a.Env(url))
	s.line("metastore %q", a.left(t))
	return s.text.String()
}

type snapshot struct {
	t    *testing.T
	cfg  aws.Config
	text strings.Builder
}

func (s *snapshot) check(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *snapshot) line(format string, args ...any) { fmt.Fprintf(&s.text, format+"\n", args...) }

func (s *snapshot) secrets() {
	ctx, client := s.t.Context(), secretsmanager.NewFromConfig(s.cfg)
	var all []types.SecretListEntry
	pages := secretsmanager.NewListSecretsPaginator(client, &secretsmanager.ListSecretsInput{IncludePlannedDeletion: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		s.check(err)
		all = append(all, page.SecretList...)
	}
	slices.SortFunc(all, func(a, b types.SecretListEntry) int { return strings.Compare(*a.Name, *b.Name) })
	for _, secret := range all {
		s.line("secret %s: deleted %t, description %q, key %q", *secret.Name, secret.DeletedDate != nil, aws.ToString(secret.Description), aws.ToString(secret.KmsKeyId))
		var tags []string
		for _, tag := range secret.Tags {
			tags = append(tags, *tag.Key+"="+*tag.Value)
		}
		slices.Sort(tags)
		s.line("  tags %q", tags)
		if secret.DeletedDate != nil {
			_, err := client.RestoreSecret(ctx, &secretsmanager.RestoreSecretInput{SecretId: secret.Name})
			s.check(err)
		}
		s.versions(client, secret.Name)
	}
}

// versions writes the versions of a secret: what they hold, and their staging labels.
func (s *snapshot) versions(client *secretsmanager.Client, name *string) {
	out, err := client.ListSecretVersionIds(s.t.Context(), &secretsmanager.ListSecretVersionIdsInput{SecretId: name, IncludeDeprecated: aws.Bool(true)})
	s.check(err)
	var lines []string
	for _, version := range out.Versions {
		got, err := client.GetSecretValue(s.t.Context(), &secretsmanager.GetSecretValueInput{SecretId: name, VersionId: version.VersionId})
		s.check(err)
		slices.Sort(version.VersionStages)
		lines = append(lines, fmt.Sprintf("  version %v %s", version.VersionStages, aws.ToString(got.SecretString)))
	}
	slices.Sort(lines)
	s.line("%s", strings.Join(lines, "\n"))
}

func (s *snapshot) policies() {
	ctx, client := s.t.Context(), iam.NewFromConfig(s.cfg)
	listed, err := client.ListPolicies(ctx, &iam.ListPoliciesInput{Scope: iamtypes.PolicyScopeTypeLocal})
	s.check(err)
	slices.SortFunc(listed.Policies, func(a, b iamtypes.Policy) int { return strings.Compare(*a.Arn, *b.Arn) })
	for _, p := range listed.Policies {
		got, err := client.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: p.Arn})
		s.check(err)
		s.line("policy %s: %q, attached %d", *p.Arn, aws.ToString(got.Policy.Description), *p.AttachmentCount)
		for _, tag := range got.Policy.Tags {
			s.line("  tag %s=%s", *tag.Key, *tag.Value)
		}
		versions, err := client.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: p.Arn})
		s.check(err)
		for _, v := range versions.Versions {
			document, err := client.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: p.Arn, VersionId: v.VersionId})
			s.check(err)
			s.line("  version %s, default %t: %s", *v.VersionId, v.IsDefaultVersion, *document.PolicyVersion.Document)
		}
	}
	role := aws.String(crashEnvironment + "-execution")
	attached, err := client.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: role})
	s.check(err)
	for _, p := range attached.AttachedPolicies {
		s.line("attached %s", *p.PolicyArn)
	}
	inline, err := client.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: role})
	s.check(err)
	s.line("inline %q", inline.PolicyNames)
}

func (s *snapshot) environment(env map[string]string) {
	answer, err := callLocal(s.t.Context(), env, "mwaa", "GetEnvironment", `{"Name": "`+crashEnvironment+`"}`)
	s.check(err)
	var got struct{ Environment map[string]any }
	s.check(json.Unmarshal(answer, &got))
	if last, ok := got.Environment["LastUpdate"].(map[string]any); ok {
		delete(last, "CreatedAt")
	}
	text, err := json.MarshalIndent(got.Environment, "", "  ")
	s.check(err)
	s.line("environment %s", text)
}
