package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"aircon/internal/awsapi"
	"aircon/internal/doctor"
	"aircon/internal/iac"
	"aircon/internal/plan"
	"aircon/internal/term"
	"aircon/policy"
)

// generating is what the user asked of policy generate.
type generating struct {
	at                             targetFlags
	out                            output
	format, scope, role, partition string
	account                        string
	inline                         bool
}

func newPolicyGenerate(w world) *cobra.Command {
	var g generating
	c := &cobra.Command{
		Use:   "generate",
		Short: "print the least policy with which an environment can read its secrets",
		Long: `generate prints the least policy: secretsmanager:GetSecretValue on each secret, the six random characters behind its name as wildcards, and
kms:Decrypt on the customer keys, through Secrets Manager alone. What is more than 6,144 characters is split; what a role cannot hold is
named by prefix instead, and it says so.

The secrets are those that the spec declares or, for an --environment without a spec, those that lie below its prefixes now. With --account nobody
is asked: the spec says it all, and names its keys by ARN. The policies are for the environment's execution role, or for --role: what is attached
to it already counts against the ten policies of a role.`,
		Example: `  aircon policy generate
  aircon policy generate --format hcl >policy.tf
  aircon policy generate --environment analytics --format cloudformation --role analytics-execution
  aircon policy generate --account 111122223333 --region eu-west-1 --scope prefix`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return g.run(c.Context(), w) },
	}
	g.at.flag(c)
	g.out.flag(c)
	f := c.Flags()
	f.StringVar(&g.format, "format", "json", "json for IAM, hcl for Terraform, or cloudformation")
	f.StringVar(&g.scope, "scope", "", "exact for one ARN a secret, or prefix (default: the spec's, or exact)")
	f.StringVar(&g.role, "role", "", "name of the role that they are for (default: the environment's execution role)")
	f.BoolVar(&g.inline, "inline", false, "as an inline policy of the role instead of managed ones")
	f.StringVar(&g.account, "account", "", "the account's number: ask nobody")
	f.StringVar(&g.partition, "partition", "aws", "with --account: aws, aws-cn, aws-us-gov, …")
	return c
}

// generated is what --output json prints.
type generated struct {
	Name      string            `json:"name"` // of the policies, each with its number behind it
	Role      string            `json:"role,omitempty"`
	Scope     string            `json:"scope"`
	Reason    string            `json:"reason,omitempty"` // why the scope is not the one asked for
	Documents []json.RawMessage `json:"documents"`
}

func (g *generating) run(ctx context.Context, w world) error {
	if err := errors.Join(g.out.check(), oneOf("--format", g.format, iac.Formats...), oneOf("--scope", g.scope, "", "exact", "prefix")); err != nil {
		return err
	}
	target, err := g.at.load()
	if err != nil {
		return err
	}
	reads, caller, err := g.reads(ctx, w, target)
	if err != nil {
		return err
	}
	switch g.scope {
	case "exact":
		reads.Scope = policy.Exact
	case "prefix":
		reads.Scope = policy.Prefix
	}
	if g.inline {
		reads.Form = policy.Inline
	}
	least, err := policy.Least(reads)
	if err != nil {
		return badInput{err}
	}
	if len(least.Documents) == 0 {
		return badInput{fmt.Errorf("%s has no secrets to read, so it needs no policy", target.Name)}
	}
	set := iac.Set{
		Environment: target.Name, Name: plan.PolicyNames(caller, target.Name), Path: plan.PolicyPath, Documents: least.Documents, Role: g.role, Inline: g.inline,
		Description: "Lets the Airflow environment " + target.Name + " read its connections and variables.",
	}
	text, err := iac.Render(g.format, set)
	if err != nil {
		return usageError{err}
	}
	t := w.terminal()
	if least.Reason != "" {
		fmt.Fprintf(t.Err, "%s %s: the policy names the prefix instead\n", t.Mark(term.Warning), least.Reason)
	}
	return g.out.print(w, describe(set, least), func() { fmt.Fprint(w.out, text) })
}

func describe(set iac.Set, least policy.LeastPolicy) generated {
	out := generated{Name: set.Name, Role: set.Role, Scope: least.Scope.String(), Reason: least.Reason}
	for _, document := range least.Documents {
		out.Documents = append(out.Documents, json.RawMessage(document))
	}
	return out
}

// reads says what is to be read, and in whose account.
func (g *generating) reads(ctx context.Context, w world, target loaded) (policy.Reads, plan.Caller, error) {
	if g.account != "" {
		if target.Spec == nil {
			return policy.Reads{}, plan.Caller{}, errNoSpec
		}
		region := g.at.region
		if region == "" {
			region = target.Spec.Region
		}
		caller := plan.Caller{Partition: g.partition, Region: region, Account: g.account}
		reads, err := plan.Declared(ctx, caller, noKeys{}, target.Spec)
		if err != nil {
			return reads, caller, badInput{err}
		}
		return reads, caller, nil
	}
	api, err := g.at.connect(ctx, target)
	if err != nil {
		return policy.Reads{}, plan.Caller{}, err
	}
	progress := w.terminal().Progress("reading " + target.Name)
	defer progress.Stop()
	return g.online(ctx, api, target)
}

// noKeys finds no key: nobody is asked.
type noKeys struct{}

func (noKeys) KeyARN(context.Context, string) (string, error) {
	return "", errors.New("with --account nobody is asked what an id or alias stands for: name the key by its ARN")
}

func (g *generating) online(ctx context.Context, api *awsapi.Client, target loaded) (policy.Reads, plan.Caller, error) {
	aws := api.Plan()
	caller, err := aws.Identity.Caller(ctx)
	if err != nil {
		return policy.Reads{}, caller, err
	}
	var reads policy.Reads
	if target.Spec != nil {
		reads, err = plan.Declared(ctx, caller, aws.Keys, target.Spec)
		if g.role == "" && target.Spec.Role() != "" {
			g.role = target.Spec.Role()
		}
	}
	if err == nil && (target.Spec == nil || g.role == "" && target.Spec.MWAA()) {
		reads, err = g.fromEnvironment(ctx, api, caller, target, reads)
	}
	if err != nil {
		return reads, caller, err
	}
	g.role = g.role[strings.LastIndexByte(g.role, '/')+1:]
	switch {
	case g.role != "" && g.inline:
		reads.Used, err = inlineSize(ctx, api, g.role, plan.PolicyNames(caller, target.Name)+"-")
	case g.role != "":
		reads.Used, err = plan.Occupied(ctx, aws, caller, target.Name, g.role)
	}
	return reads, caller, err
}

// inlineSize is what the inline policies of a role take of the 10,240 characters that it may have, but for those that begin with own.
func inlineSize(ctx context.Context, api *awsapi.Client, name, own string) (int, error) {
	role, err := api.Role(ctx, name)
	if err != nil {
		return 0, err
	}
	size := 0
	for _, p := range role.Policies {
		if !strings.HasPrefix(p.Name, "arn:") && !strings.HasPrefix(p.Name, own) {
			size += p.Document.Size()
		}
	}
	return size, nil
}

// fromEnvironment reads the environment's role and, without a spec, what lies below its prefixes.
func (g *generating) fromEnvironment(ctx context.Context, api *awsapi.Client, caller plan.Caller, target loaded, reads policy.Reads) (policy.Reads, error) {
	d := doctor.Doctor{AWS: api}
	e, err := d.Setup(ctx, target.Target)
	if err != nil {
		return reads, err
	}
	if g.role == "" {
		g.role = e.ExecutionRole()
	}
	if target.Spec != nil {
		return reads, nil
	}
	if e.Settings.Backend == nil {
		return reads, badInput{fmt.Errorf("%s has no SecretsManagerBackend: its tasks read no secrets", target.Name)}
	}
	var prefixes []string
	for _, kind := range backendKinds {
		prefix, asked := e.Settings.Backend.Prefix(kind)
		switch {
		case asked && prefix == "":
			return reads, badInput{fmt.Errorf("%s has no prefix for a %s: any secret of the account could be meant; declare them in a spec", target.Name, kind)}
		case asked:
			prefixes = append(prefixes, prefix)
		}
	}
	return plan.Stored(ctx, api.Plan(), caller, prefixes)
}
