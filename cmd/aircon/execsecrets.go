package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"aircon"
	"aircon/internal/airflow"
	"aircon/internal/doctor"
	"aircon/internal/plan"
	"aircon/internal/taskenv"
	"aircon/internal/term"
	"aircon/lookup"
)

// teach lets a mask know what a program may come to know: what it is given, and all that the environment's backend could look up for it. Where
// that cannot be listed, given says whether what it is given is enough.
//
// Listing needs secretsmanager:ListSecrets of the caller. Reading is the program's own affair, with its credentials: secretsmanager:GetSecretValue,
// and with secretsmanager:BatchGetSecretValue in fewer calls. What they cannot read, the program cannot either.
func (t *task) teach(ctx context.Context, w world, mask *airflow.Mask, keep []string, given bool) error {
	for _, v := range t.set {
		if v.Secret {
			mask.Learn(v.Value)
		}
	}
	for _, name := range keep {
		if value := os.Getenv(name); taskenv.Hidden(name, value) {
			mask.Learn(aircon.NewSecret(value))
		}
	}
	names, err := t.lookable(ctx)
	if err != nil && !given {
		return &term.Problem{
			What: "--mask has to know the secrets that the program could look up, and they cannot be listed", Why: err.Error(), Err: err,
			Next: "allow yourself secretsmanager:ListSecrets, or name what the program uses, as  --conn my_postgres_db : that alone is masked then",
		}
	}
	if err != nil {
		fmt.Fprintf(w.err, "masked is what the program is given, and nothing else that it looks up, as that cannot be listed: %v\n", err)
		return nil
	}
	texts, err := readAll(ctx, t.eyes(), names)
	for _, text := range texts {
		mask.Learn(text)
	}
	return err
}

// backendKinds are what SecretsManagerBackend looks up.
var backendKinds = []lookup.Kind{lookup.Connection, lookup.Variable, lookup.Option}

// lookable lists the secrets that the backend could ask for, by name.
func (t *task) lookable(ctx context.Context) ([]string, error) {
	b := t.Settings.Backend
	if b == nil {
		return nil, nil
	}
	client, err := b.Client()
	if err != nil {
		return nil, nil // every lookup raises it
	}
	if elsewhere := client.Region != "" && client.Region != t.Caller.Region; elsewhere || client.RoleARN != "" || client.AccessKeyID != "" || client.Profile != "" {
		return nil, fmt.Errorf("backend_kwargs let the backend ask with %s", client.Session())
	}
	var prefixes []string
	for _, kind := range backendKinds {
		if prefix, asked := b.Prefix(kind); asked {
			prefixes = append(prefixes, prefix)
		}
	}
	if len(prefixes) == 0 {
		return nil, nil
	}
	filter := plan.Filter{Prefixes: prefixes}
	if slices.Contains(prefixes, "") {
		filter = plan.Filter{} // an id is a secret's name
	}
	var names []string
	for secret, err := range t.api.Plan().Secrets.ListSecrets(ctx, filter) {
		if err != nil {
			return nil, err
		}
		if begins := func(prefix string) bool { return strings.HasPrefix(secret.Name, prefix) }; secret.Deleted.IsZero() && slices.ContainsFunc(prefixes, begins) {
			names = append(names, secret.Name)
		}
	}
	return names, nil
}

// reader reads secrets with the program's credentials.
type reader interface {
	lookup.SecretsManager
	SecretValues(ctx context.Context, names []string) (map[string]doctor.Value, error)
}

// atOnce is how many calls are made at the same time.
const atOnce = 8

// readAll reads the texts of secrets, those that can be read.
func readAll(ctx context.Context, from reader, names []string) ([]aircon.Secret, error) {
	var mu sync.Mutex
	var texts []aircon.Secret
	keep := func(v lookup.SecretValue, err error) error {
		if err != nil && !slices.Contains(unreadable, code(err)) {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		texts = append(texts, v.Text)
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for batch := range slices.Chunk(names, doctor.BatchSize) {
		group.Go(func() error {
			values, err := from.SecretValues(ctx, batch)
			if err != nil && code(err) != "AccessDeniedException" {
				return err
			}
			for _, name := range batch {
				v, read := values[name]
				if !read { // Airflow needs no more than to read each by itself
					v.SecretValue, v.Err = from.GetSecretValue(ctx, name)
				}
				if err := keep(v.SecretValue, v.Err); err != nil {
					return fmt.Errorf("the secret %s: %w", name, err)
				}
			}
			return nil
		})
	}
	return texts, group.Wait()
}

// unreadable are the codes by which a secret is none for whoever asks: denied, encrypted with a key that is denied or gone, gone, or without a
// current version.
var unreadable = []string{"AccessDeniedException", "DecryptionFailure", "ResourceNotFoundException", "InvalidRequestException"}
