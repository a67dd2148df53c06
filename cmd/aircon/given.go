package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aircon"
	"aircon/internal/doctor"
	"aircon/internal/term"
	"aircon/lookup"
	"aircon/pghook"
)

// givenFlags name what a program gets only because the user asks for it.
type givenFlags struct {
	conns           []string
	pg, databaseURL string
}

func (f *givenFlags) flag(c *cobra.Command) {
	c.Flags().StringSliceVar(&f.conns, "conn", nil, "give these connections as AIRFLOW_CONN_… too")
	c.Flags().StringVar(&f.pg, "pg", "", "give this connection as libpq's variables: PGHOST, PGPASSWORD, …")
	c.Flags().StringVar(&f.databaseURL, "database-url", "", "give this connection as DATABASE_URL: a PostgreSQL URI with all its options")
}

// give looks the connections up as the program would, and adds them to what it gets. Each needs secretsmanager:GetSecretValue.
func (f *givenFlags) give(ctx context.Context, w world, t *task) error {
	for _, id := range f.conns {
		conn, rt, err := t.connection(ctx, id)
		if err != nil {
			return err
		}
		text, err := conn.JSON(rt)
		if err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
		t.set.Add("--conn "+id, true, map[string]aircon.Secret{aircon.EnvName(id): text})
	}
	if f.pg != "" {
		if err := f.givePG(ctx, w, t); err != nil {
			return err
		}
	}
	if f.databaseURL == "" {
		return nil
	}
	settings, err := t.settings(ctx, f.databaseURL)
	if err != nil {
		return err
	}
	t.set.Add("--database-url "+f.databaseURL, true, map[string]aircon.Secret{"DATABASE_URL": pghook.LibPQURI(settings)})
	return nil
}

// givePG gives libpq's variables, and says which options have none.
func (f *givenFlags) givePG(ctx context.Context, w world, t *task) error {
	settings, err := t.settings(ctx, f.pg)
	if err != nil {
		return err
	}
	var without []string
	for _, s := range settings {
		if s.Variable == "" {
			without = append(without, s.Option)
			continue
		}
		t.set.Add("--pg "+f.pg, s.Option == "password", map[string]aircon.Secret{s.Variable: s.Value})
	}
	if len(without) > 0 {
		fmt.Fprintf(w.err, "%s's %s has no variable of libpq's, and is left out:  aircon psql %s  has it\n", f.pg, enumerate(without, " and "), f.pg)
	}
	return nil
}

// connection looks a connection up as the program would, with its credentials.
func (t *task) connection(ctx context.Context, id string) (aircon.Connection, aircon.Runtime, error) {
	if !t.asCaller {
		if _, err := t.credentials(ctx); err != nil { // says that the role cannot be assumed, where a lookup would only find nothing
			return aircon.Connection{}, aircon.Runtime{}, err
		}
	}
	d := doctor.Doctor{AWS: t.api, Assume: func(string) lookup.SecretsManager { return t.eyes() }}
	trace, err := d.Trace(ctx, t.Target, id)
	if err != nil {
		return aircon.Connection{}, aircon.Runtime{}, err
	}
	if trace.Outcome != lookup.Found {
		return aircon.Connection{}, aircon.Runtime{}, &missingConnection{id, t.whose(), trace}
	}
	return trace.Conn, trace.Runtime.On(trace.Holder), nil
}

// settings are the libpq options that PostgresHook would pass for a connection, with a token as the password where its extra says iam.
func (t *task) settings(ctx context.Context, id string) ([]pghook.Setting, error) {
	conn, rt, err := t.connection(ctx, id)
	if err != nil {
		return nil, err
	}
	args, err := pghook.NewArguments(ctx, conn, rt, pghook.Hook{Tokens: t.eyes()})
	if err == nil {
		var settings []pghook.Setting
		if settings, err = args.Settings(); err == nil {
			return settings, nil
		}
	}
	return nil, &term.Problem{What: fmt.Sprintf("PostgresHook cannot use %s: %v", id, err), Next: "aircon doctor " + id, Err: err}
}

// missingConnection is a connection that was asked for and that no source has for the program.
type missingConnection struct {
	id, whose string
	trace     *lookup.Trace
}

// Error says what the search ended with.
func (e *missingConnection) Error() string {
	why := "no source has it"
	i := slices.IndexFunc(e.trace.Entries, func(entry lookup.Entry) bool { return entry.Problem != nil })
	switch {
	case i >= 0:
		why = e.trace.Entries[i].Problem.Error()
	case e.trace.Error != nil:
		why = e.trace.Error.Message
	}
	return fmt.Sprintf("%s cannot be had with %s: %s", e.id, e.whose, strings.TrimSuffix(why, "."))
}

// Hint is what says more.
func (e *missingConnection) Hint() string { return "aircon doctor " + e.id }

// errorAs finds an error of a kind in a chain.
func errorAs[T any](err error) (T, bool) {
	var found T
	ok := errors.As(err, &found)
	return found, ok
}
