package plan

import (
	"context"
	"fmt"

	"aircon/internal/spec"
	"aircon/policy"
)

// PolicyNames is what the policies of an environment are called; each has a hyphen and its number behind that.
func PolicyNames(c Caller, environment string) string {
	return fmt.Sprintf("aircon-%s-%s", c.Region, environment)
}

// PolicyPath is the path of the policies that aircon makes.
const PolicyPath = policyPath

// Declared says what the tasks of an environment must be able to read, by its spec. It asks for the keys that the spec names by id or alias:
// kms:DescribeKey.
func Declared(ctx context.Context, c Caller, keys Keys, e *spec.Environment) (policy.Reads, error) {
	o := newObserved()
	o.Caller = c
	for _, w := range wants(e) {
		if err := o.observeKey(ctx, AWS{Keys: keys}, w.kmsKey); err != nil {
			return policy.Reads{}, fmt.Errorf("%s: %w", w.id, err)
		}
	}
	return reads(e, o), nil
}

// Stored says what can be read below prefixes, as it lies there now. It needs secretsmanager:ListSecrets, and kms:DescribeKey where secrets are
// under customer keys that are not named by ARN.
func Stored(ctx context.Context, aws AWS, c Caller, prefixes []string) (policy.Reads, error) {
	o := newObserved()
	r := policy.Reads{Partition: c.Partition, Region: c.Region, Account: c.Account, Prefixes: prefixes}
	for s, err := range aws.Secrets.ListSecrets(ctx, Filter{Prefixes: prefixes}) {
		if err == nil && s.Deleted.IsZero() {
			err = o.observeKey(ctx, aws, s.KMSKey)
		}
		if err != nil {
			return r, fmt.Errorf("list the secrets: %w", err)
		}
		if !s.Deleted.IsZero() {
			continue
		}
		r.Names = append(r.Names, s.Name)
		if !isDefaultKey(s.KMSKey) {
			r.Keys = append(r.Keys, o.KeyARNs[s.KMSKey])
		}
	}
	return r, nil
}

// Occupied is how many managed policies a role has besides those of aircon for the environment, which the new ones replace. It needs
// iam:ListAttachedRolePolicies.
func Occupied(ctx context.Context, aws AWS, c Caller, environment, role string) (int, error) {
	attached, err := aws.Roles.AttachedPolicies(ctx, role)
	n := 0
	for _, p := range attached {
		if !isOwnPolicy(c, environment, p.ARN) {
			n++
		}
	}
	return n, err
}

func isOwnPolicy(c Caller, environment, arn string) bool {
	for i := range maxPolicies {
		if arn == policyARN(c, fmt.Sprintf("%s-%d", PolicyNames(c, environment), i+1)) {
			return true
		}
	}
	return false
}
