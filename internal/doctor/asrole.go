package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"aircon/lookup"
)

// asRole answers GetSecretValue as Secrets Manager answers the execution role: package policy decides on the
// role's policies; the text comes by the caller's own credentials. Nobody needs to be able to assume the role.
type asRole struct {
	aws      AWS
	env      *Environment
	limit    time.Duration         // of one secret
	listed   map[string]*Secret    // by name, as ListSecrets tells; nil: they could not be listed
	values   map[string]Value      // that were read ahead
	opinions map[string]Simulation // IAM's, by what was asked about
	readings cache[*Reading]
	keys     cache[keyRead]
}

type keyRead struct {
	key *Key
	err error
}

// refusal is an error of Secrets Manager's, in the form that package lookup sees through.
type refusal struct{ code, message string }

func (r *refusal) Error() string        { return r.code + ": " + r.message }
func (r *refusal) ErrorCode() string    { return r.code }
func (r *refusal) ErrorMessage() string { return r.message }

// sealedMessage is Secrets Manager's, of another account's secret under its aws/secretsmanager.
const sealedMessage = "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key."

// GetSecretValue reads a secret as the execution role would. The caller needs secretsmanager:GetSecretValue on it, and
// secretsmanager:ListSecrets or secretsmanager:DescribeSecret.
func (a *asRole) GetSecretValue(ctx context.Context, name string) (lookup.SecretValue, error) {
	r := a.read(ctx, name)
	switch {
	case r.Request != nil && !r.Decision.Allowed():
		return lookup.SecretValue{}, &refusal{"AccessDeniedException", r.Decision.Denial(r.Request, name)}
	case r.Missing():
		return lookup.SecretValue{}, &refusal{"ResourceNotFoundException", "Secrets Manager can't find the specified secret."}
	case r.KeyAsked != nil && !r.KeyJudge.Allowed():
		return lookup.SecretValue{}, &refusal{"AccessDeniedException", "Access to KMS is not allowed"}
	case a.env.sealed(r):
		return lookup.SecretValue{}, &refusal{"InvalidRequestException", sealedMessage}
	case r.TextErr != nil:
		return lookup.SecretValue{}, r.TextErr
	}
	return lookup.SecretValue{Text: r.Text, ARN: r.Secret.ARN}, nil
}

// read looks at one secret, once.
func (a *asRole) read(ctx context.Context, name string) *Reading {
	return a.readings.get(name, func() *Reading { return a.look(ctx, name) })
}

// key reads a key, once for all secrets under it.
func (a *asRole) key(ctx context.Context, id string) (*Key, error) {
	read := a.keys.get(id, func() keyRead {
		key, err := a.aws.Key(ctx, id)
		return keyRead{key, err}
	})
	return read.key, read.err
}

// readAhead reads the texts of secrets, BatchSize at a time. Where that fails, each is read when it is looked at.
func (a *asRole) readAhead(ctx context.Context, names []string) {
	batches := slices.Collect(slices.Chunk(names, BatchSize))
	read := make([]map[string]Value, len(batches))
	var group errgroup.Group
	group.SetLimit(parallel)
	for i, batch := range batches {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, a.limit)
			defer cancel()
			if values, err := a.aws.SecretValues(ctx, batch); err == nil {
				read[i] = values
			}
			return nil
		})
	}
	_ = group.Wait() // none fails
	a.values = map[string]Value{}
	for _, values := range read {
		maps.Copy(a.values, values)
	}
}

// value is a secret's text as the caller reads it.
func (a *asRole) value(ctx context.Context, name string) (lookup.SecretValue, error) {
	if v, ok := a.values[name]; ok {
		return v.SecretValue, v.Err
	}
	return a.aws.GetSecretValue(ctx, name)
}

// customerKey reports whether a secret's KMS key is not the account's own for Secrets Manager.
func customerKey(id string) bool {
	return id != "" && !strings.HasSuffix(id, "alias/aws/secretsmanager")
}

// secretARN is the ARN that a policy for a secret by this name begins with; six random characters come after it.
func (e *Environment) secretARN(name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return fmt.Sprintf("arn:%s:secretsmanager:%s:%s:secret:%s", e.Caller.Partition, e.Caller.Region, e.Caller.Account, name)
}
