package plan

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"aircon"
	"aircon/internal/spec"
	"aircon/mwaa"
)

// Observed is what AWS has of what a spec declares.
type Observed struct {
	Caller      Caller
	Environment *MWAAEnvironment // nil for a self-managed Airflow
	Runtime     aircon.Runtime
	Role        string // name of the execution role; "" where nobody says it
	RoleARN     string
	Attached    []AttachedPolicy
	Policies    []ManagedPolicy // those of aircon's names, in their order
	Secrets     map[string]Seen // by name: the declared ones, and what lies under the prefixes
	KeyARNs     map[string]string
	backendText string      // backend_kwargs as they are
	mu          *sync.Mutex // guards Secrets while several calls are under way
}

// Seen is what is known of one secret.
type Seen struct {
	Secret
	Exists bool
	Text   aircon.Secret // null where it is unread, binary or does not exist
	Fault  *Fault        // why the text could not be read
}

func newObserved() *Observed {
	return &Observed{Secrets: map[string]Seen{}, KeyARNs: map[string]string{}, mu: new(sync.Mutex)}
}

// Observe reads what AWS has. It makes one call for each 20 declared secrets (BatchGetSecretValue) and each 100 under the prefixes
// (ListSecrets), one for each secret that changes or is not listed (DescribeSecret), and a constant number.
func Observe(ctx context.Context, aws AWS, e *spec.Environment, values Values, opts Options) (*Observed, error) {
	o := newObserved()
	if err := o.observeEnvironment(ctx, aws, e); err != nil {
		return nil, err
	}
	if err := o.observeRole(ctx, aws, e); err != nil {
		return nil, err
	}
	if err := o.list(ctx, aws, e, opts); err != nil {
		return nil, err
	}
	declared := wants(kept(e))
	if err := o.read(ctx, aws, declared); err != nil {
		return nil, err
	}
	if err := o.observeKeys(ctx, aws, declared); err != nil {
		return nil, err
	}
	return o, o.look(ctx, aws, e, values, declared)
}

func (o *Observed) observeEnvironment(ctx context.Context, aws AWS, e *spec.Environment) (err error) {
	if o.Caller, err = aws.Identity.Caller(ctx); err != nil {
		return fmt.Errorf("ask who the credentials belong to: %w", err)
	}
	airflow := e.Version()
	o.RoleARN = e.Role()
	if e.MWAA() {
		if o.Environment, err = aws.Environments.Environment(ctx, e.Name); err != nil {
			return fmt.Errorf("read the environment %q: %w", e.Name, err)
		}
		if airflow == "" {
			airflow = o.Environment.AirflowVersion
		}
		if o.RoleARN == "" {
			o.RoleARN = o.Environment.ExecutionRole
		}
		o.backendText = o.Environment.Options[mwaa.OptionBackendKwargs]
	}
	if o.Runtime, err = e.Runtime(airflow); err != nil {
		return err
	}
	if problems := e.Check(airflow); len(problems) > 0 {
		return problems
	}
	return nil
}

// maxPolicies is the most managed policies that a role can have, with the quota raised.
const maxPolicies = 20

func (o *Observed) observeRole(ctx context.Context, aws AWS, e *spec.Environment) (err error) {
	o.Role = o.RoleARN[strings.LastIndexByte(o.RoleARN, '/')+1:]
	theirs := e.PolicyKind() == "none" // then the role is someone else's affair, and may be out of sight
	if o.Role != "" {
		o.Attached, err = aws.Roles.AttachedPolicies(ctx, o.Role)
	}
	switch {
	case theirs && (err != nil || o.Role == ""):
		return nil //nolint:nilerr // what the plan does not touch, it need not see
	case err != nil:
		return fmt.Errorf("list the policies of the execution role %s: %w", o.Role, err)
	}
	for i := range maxPolicies {
		policy, err := aws.Roles.Policy(ctx, policyARN(o.Caller, policyName(o.Caller, e, i)))
		if missing(err) || err != nil && theirs {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the policy %s: %w", policyName(o.Caller, e, i), err)
		}
		o.Policies = append(o.Policies, *policy)
	}
	return nil
}

// list notes every secret under the prefixes and, for a prune, what aircon made for the environment anywhere.
func (o *Observed) list(ctx context.Context, aws AWS, e *spec.Environment, opts Options) error {
	filters := []Filter{{Prefixes: prefixes(e)}}
	if opts.Prune {
		filters = append(filters, Filter{TagValue: e.Name})
	}
	for _, filter := range filters {
		if len(filter.Prefixes) == 0 && filter.TagValue == "" && !unprefixed(e) {
			continue
		}
		for secret, err := range aws.Secrets.ListSecrets(ctx, filter) {
			if err != nil {
				return fmt.Errorf("list the secrets: %w", err)
			}
			o.Secrets[secret.Name] = Seen{Secret: secret, Exists: true}
		}
	}
	return nil
}

// prefixes are what the names of declared kinds begin with, separator included; none where one of them has no prefix at all.
func prefixes(e *spec.Environment) []string {
	var all []string
	for _, p := range []spec.Prefix{e.ConnectionsPrefix(), e.VariablesPrefix()} {
		if !p.Off && p.Text != "" && !p.ByARN() { // which ListSecrets knows nothing of
			all = append(all, p.Text+p.Sep)
		}
	}
	if unprefixed(e) {
		return nil
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// unprefixed reports whether any secret of the account may be one of Airflow's.
func unprefixed(e *spec.Environment) bool {
	c, v := e.ConnectionsPrefix(), e.VariablesPrefix()
	return !c.Off && c.Text == "" || !v.Off && v.Text == ""
}

const batchSize = 20 // of BatchGetSecretValue

// read fetches the texts of the declared secrets.
func (o *Observed) read(ctx context.Context, aws AWS, declared []want) error {
	names := make([]string, len(declared))
	for i, w := range declared {
		names[i] = w.name
	}
	batches := slices.Collect(slices.Chunk(names, batchSize))
	return together(ctx, batches, func(ctx context.Context, batch []string) error {
		versions, faults, err := aws.Secrets.BatchGetSecretValue(ctx, batch)
		if err != nil {
			return fmt.Errorf("read the secrets: %w", err)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		for _, name := range batch {
			seen := o.Secrets[name]
			if v, ok := versions[name]; ok {
				seen.Text, seen.Current, seen.ARN = v.Text, v.ID, v.ARN
			} else if fault, ok := faults[name]; ok {
				seen.Fault = &fault
			}
			o.Secrets[name] = seen
		}
		return nil
	})
}

// atOnce is how many calls an observation has under way at the same time.
const atOnce = 8

// together calls f for each item, several at a time, and gives the first error.
func together[T any](ctx context.Context, items []T, f func(context.Context, T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, item := range items {
		group.Go(func() error { return f(ctx, item) })
	}
	return group.Wait()
}

// observeKeys learns the ARNs of the keys that the spec names and those that the declared secrets have.
func (o *Observed) observeKeys(ctx context.Context, aws AWS, declared []want) error {
	for _, w := range declared {
		for _, key := range []string{w.kmsKey, o.Secrets[w.name].KMSKey} {
			if err := o.observeKey(ctx, aws, key); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
		}
	}
	return nil
}

func (o *Observed) observeKey(ctx context.Context, aws AWS, key string) error {
	if _, known := o.KeyARNs[key]; known || isDefaultKey(key) {
		return nil
	}
	if strings.HasPrefix(key, "arn:") && strings.Contains(key, ":key/") {
		o.KeyARNs[key] = key
		return nil
	}
	arn, err := aws.Keys.KeyARN(ctx, key)
	if err != nil {
		return fmt.Errorf("find the KMS key %s: %w", key, err)
	}
	o.KeyARNs[key] = arn
	return nil
}

// defaultKey is the key that Secrets Manager uses where none is named.
const defaultKey = "alias/aws/secretsmanager"

func isDefaultKey(key string) bool { return key == "" || strings.HasSuffix(key, defaultKey) }

// sameKey reports whether two names mean one key.
func (o *Observed) sameKey(a, b string) bool {
	if isDefaultKey(a) || isDefaultKey(b) {
		return isDefaultKey(a) && isDefaultKey(b)
	}
	return o.KeyARNs[a] == o.KeyARNs[b]
}

// look describes each declared secret that seems to change or is not listed, as the list lags behind what was written.
func (o *Observed) look(ctx context.Context, aws AWS, e *spec.Environment, values Values, declared []want) error {
	r, err := newReader(o.Runtime, kwargsFor(e, o).text)
	if err != nil {
		return err
	}
	var unsure []want
	for _, w := range declared {
		if !o.Secrets[w.name].Exists || !o.compare(e, &w, r, values).same() {
			unsure = append(unsure, w)
		}
	}
	if err := together(ctx, unsure, func(ctx context.Context, w want) error { return o.describe(ctx, aws, w.name) }); err != nil {
		return err
	}
	return o.observeKeys(ctx, aws, unsure)
}

// describe reads what the list may not show yet.
func (o *Observed) describe(ctx context.Context, aws AWS, name string) error {
	described, err := aws.Secrets.DescribeSecret(ctx, name)
	if err != nil && !missing(err) {
		return fmt.Errorf("describe the secret %s: %w", name, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		o.Secrets[name] = Seen{Secret: Secret{Name: name}}
		return nil
	}
	seen := o.Secrets[name]
	seen.Secret, seen.Exists = described, true
	o.Secrets[name] = seen
	return nil
}
