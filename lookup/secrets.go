package lookup

import (
	"context"

	"aircon"
)

// secretsSource is SecretsManagerBackend in a search.
type secretsSource struct{ s *Search }

func (*secretsSource) class() string       { return className(BackendClass) }
func (b *secretsSource) side() aircon.Side { return b.s.rt.Side }

func (b *secretsSource) connection(ctx context.Context, id string, e *Entry) (found, error) {
	text, is, err := b.text(ctx, Connection, id, b.s.opts.Team, e)
	if err != nil || !is {
		return found{}, err
	}
	holder := b.s.holder()
	return b.s.readFound(b.s.settings.Backend.readConnection(id, text, b.s.rt.On(holder)), holder, e), nil
}

func (b *secretsSource) variable(ctx context.Context, key string, e *Entry) (found, error) {
	text, is, err := b.text(ctx, Variable, key, b.s.opts.Team, e)
	return found{is: is, value: text}, err
}

// text asks for the secret that an id stands for.
func (b *secretsSource) text(ctx context.Context, kind Kind, id, team string, e *Entry) (aircon.Secret, bool, error) {
	return b.s.settings.Backend.Ask(ctx, Asking{Kind: kind, ID: id, Team: team, Open: b.s.open, Now: b.s.opts.Now}, e)
}

// open makes the client, once a search: whether Airflow makes it anew for each lookup does not change what it answers.
func (s *Search) open(ctx context.Context, client Client) (SecretsManager, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opts.Secrets == nil || s.client != nil || s.clientErr != nil {
		return s.client, s.clientErr
	}
	s.client, s.clientErr = s.opts.Secrets(ctx, client)
	return s.client, s.clientErr
}
