package plan

import (
	"context"
	"maps"
	"slices"
	"time"

	"aircon"
	"aircon/internal/spec"
)

// The steps that Apply takes. Each may be killed and repeated: what is done already is either not found by the next Observe, or a repetition
// of the same request.

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

type step = func(ctx context.Context, r *run) error

func createSecret(s Secret, text aircon.Secret, token string) step {
	return func(ctx context.Context, r *run) error { return r.aws.Secrets.CreateSecret(ctx, s, text, token) }
}

// updateSecret tags first: whoever is interrupted after an adoption finds his own secret.
func updateSecret(seen Seen, c comparison, tags map[string]string, caller Caller) step {
	return func(ctx context.Context, r *run) error {
		secrets := r.aws.Secrets
		if len(tags) > 0 {
			if err := secrets.TagSecret(ctx, seen.Name, tags); err != nil {
				return err
			}
		}
		if c.description != nil || c.kmsKey != nil {
			if err := secrets.UpdateSecret(ctx, seen.Name, c.description, c.kmsKey); err != nil {
				return err
			}
		}
		if len(c.fields) == 0 {
			return nil
		}
		// Where somebody has gone back to an older version, the one that was put on top of it before is still there, under its token.
		id := token("put", caller.Account, caller.Region, seen.Name, seen.Current, seen.Previous)
		return secrets.PutSecretValue(ctx, seen.Name, c.text, id)
	}
}

// restore takes a secret back from pending deletion and gives it what the spec wants, which can only be compared then.
func restore(e *spec.Environment, o *Observed, w want, rd reader, values Values) step {
	return func(ctx context.Context, r *run) error {
		if err := r.aws.Secrets.RestoreSecret(ctx, w.name); err != nil {
			return err
		}
		now := newObserved()
		now.Caller, now.Runtime = o.Caller, o.Runtime
		described, err := r.aws.Secrets.DescribeSecret(ctx, w.name)
		if err != nil {
			return err
		}
		now.Secrets[w.name] = Seen{Secret: described, Exists: true}
		if err := now.read(ctx, r.aws, []want{w}); err != nil {
			return err
		}
		if err := now.observeKeys(ctx, r.aws, []want{w}); err != nil {
			return err
		}
		c := now.compare(e, &w, rd, values)
		if c.err != nil {
			return c.err
		}
		seen := now.Secrets[w.name]
		return updateSecret(seen, c, missingTags(ownTags(e), seen.Tags), o.Caller)(ctx, r)
	}
}

// deleteSecret accepts that somebody else was quicker.
func deleteSecret(name string, days int) step {
	return func(ctx context.Context, r *run) error {
		err := r.aws.Secrets.DeleteSecret(ctx, name, days)
		if missing(err) {
			return nil
		}
		return err
	}
}

func createPolicy(p ManagedPolicy) step {
	return func(ctx context.Context, r *run) error { return r.aws.Roles.CreatePolicy(ctx, p) }
}

func replacePolicy(arn, document string, tags map[string]string) step {
	return func(ctx context.Context, r *run) error {
		if len(tags) > 0 {
			if err := r.aws.Roles.TagPolicy(ctx, arn, tags); err != nil {
				return err
			}
		}
		if document == "" {
			return nil
		}
		return r.aws.Roles.ReplacePolicy(ctx, arn, document)
	}
}

// attachPolicy tries again for a while: IAM may not know everywhere yet what it has just created.
func attachPolicy(role, arn string) step {
	return func(ctx context.Context, r *run) error {
		var err error
		for range attachTries {
			if err = r.aws.Roles.AttachPolicy(ctx, role, arn); !missing(err) {
				return err
			}
			if sleepErr := r.sleep(ctx, attachPause); sleepErr != nil {
				return sleepErr
			}
		}
		return err
	}
}

const (
	attachTries = 5
	attachPause = 2 * time.Second
)

func detachPolicy(role, arn string) step {
	return func(ctx context.Context, r *run) error {
		err := r.aws.Roles.DetachPolicy(ctx, role, arn)
		if missing(err) {
			return nil
		}
		return err
	}
}

func deletePolicy(arn string) step {
	return func(ctx context.Context, r *run) error {
		err := r.aws.Roles.DeletePolicy(ctx, arn)
		if missing(err) {
			return nil
		}
		return err
	}
}
