package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"aircon"
	"aircon/internal/plan"
	"aircon/internal/spec"
)

// testSpecFile is the spec as it is applied to the local AWS. It holds no secret: they are in the environment of who applies it.
const testSpecFile = "aircon.yaml"

// secretVariable begins the names of the variables that its secrets are in.
const secretVariable = "AIRCON_TEST_SECRET_"

// apply applies the spec to the local AWS.
func (t *tested) apply(ctx context.Context) error {
	e := t.target.Spec
	if err := t.localize(e); err != nil {
		return usageError{err}
	}
	file := &spec.File{Version: 1, Name: t.target.File, Environments: spec.Named[*spec.Environment]{e}}
	resolver := spec.Resolver{Dir: filepath.Dir(t.target.File), Stderr: t.w.err}
	values, err := plan.Resolve(ctx, file, e, resolver)
	if err != nil {
		var unresolved *plan.UnresolvedError
		if errors.As(err, &unresolved) {
			return fmt.Errorf("%w; or give a PostgreSQL connection a database of the test's own: --database CONN_ID=NAME", err)
		}
		return err
	}
	applying := *t.stage
	applying.env = maps.Clone(t.stage.env)
	for source, value := range values {
		name := secretVariable + strconv.Itoa(len(applying.env))
		applying.env[name] = value.Reveal()
		*source = spec.Source{Env: name}
	}
	text, err := file.Write()
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(t.stage.dir, testSpecFile), text, 0o600); err != nil {
		return err
	}
	if out, err := applying.output(ctx, exitDone, t.args("apply", "--yes")); err != nil {
		return fmt.Errorf("applying the spec to the local AWS: %w:\n%s", err, strings.TrimSpace(out))
	}
	return nil
}

// fits refuses a spec that cannot be tested with what the command line says.
func (f *dagTesting) fits(e *spec.Environment) error {
	for _, d := range f.databases {
		c := e.Connections.Get(d.key)
		if c == nil {
			return fmt.Errorf("--database %s=%s: the spec has no connection %q; it has %s", d.key, d.value, d.key, strings.Join(e.Connections.Keys(), ", "))
		}
		if c.ConnType != "postgres" && c.ConnType != "postgresql" {
			return fmt.Errorf("--database %s=%s: the connection is of the type %s, and only PostgreSQL's can be given a database", d.key, d.value, c.ConnType)
		}
	}
	for _, c := range e.Connections {
		redirected := slices.ContainsFunc(f.databases, func(d pair) bool { return d.key == c.ID })
		if c.Password != nil && c.Password.Keep && !redirected {
			return fmt.Errorf("the password of the connection %s is kept as AWS has it, and the local AWS has none: give the connection a database with --database %s=NAME", c.ID, c.ID)
		}
	}
	for _, s := range f.scripts {
		if _, err := os.Stat(s.value); err != nil {
			return fmt.Errorf("--sql %s=%s: %w", s.key, s.value, err)
		}
	}
	return nil
}

// localize takes from an environment what only its own account has, and lets connections lead to the test's databases.
func (t *tested) localize(e *spec.Environment) error {
	e.Kind, e.Profile, e.AssumeRole, e.ExecutionRole, e.Policy, e.AirflowVersion = "", "", "", "", "", t.version
	for _, v := range e.Variables {
		v.KMSKey = ""
	}
	for _, c := range e.Connections {
		c.KMSKey = ""
	}
	for _, d := range t.databases {
		if err := t.redirect(e.Connections.Get(d.key), d.value); err != nil {
			return fmt.Errorf("--database %s=%s: %w", d.key, d.value, err)
		}
	}
	return nil
}

// redirect lets a connection lead to a database of the local PostgreSQL. What it says about time-outs and the like stays.
func (t *tested) redirect(c *spec.Connection, database string) error {
	env := t.stage.env
	port, err := strconv.Atoi(env["PGPORT"])
	if err != nil {
		return fmt.Errorf("the port of the local PostgreSQL: %w", err)
	}
	host, login := env["PGHOST"], env["PGUSER"]
	c.Host, c.Port, c.Login, c.Schema = &host, &port, &login, &database
	c.Password = spec.Literal(aircon.NewSecret(env["PGPASSWORD"]))
	elsewhere := func(key string) bool {
		return strings.HasPrefix(key, "ssl") || strings.HasPrefix(key, "host") || slices.Contains(placeExtras, key)
	}
	c.SecretExtra = slices.DeleteFunc(c.SecretExtra, func(f *spec.SecretField) bool { return elsewhere(f.Key) })
	extra := map[string]json.RawMessage{}
	if c.Extra != nil {
		if err := json.Unmarshal([]byte(c.Extra.Text().Reveal()), &extra); err != nil {
			return errors.New("its extra is not a JSON object")
		}
	}
	maps.DeleteFunc(extra, func(key string, _ json.RawMessage) bool { return elsewhere(key) })
	for key, value := range map[string]string{"sslmode": env["PGSSLMODE"], "sslrootcert": env["PGSSLROOTCERT"]} {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		extra[key] = text
	}
	text, err := json.Marshal(extra)
	if err != nil {
		return err
	}
	c.Extra = &spec.Object{JSON: spec.NewJSON(aircon.NewSecret(string(text)))}
	return nil
}

// placeExtras are members of a PostgreSQL connection's extra that say where the server is or how to log in there, besides those of host… and
// ssl….
//
// Source: PostgresHook of apache-airflow-providers-postgres (get_conn, get_iam_token) and libpq's connection parameters.
var placeExtras = []string{
	"iam", "redshift", "cluster-identifier", "workgroup-name", "aws_conn_id", "region_name", "service", "passfile", "port", "user", "password", "dbname",
	"channel_binding", "gssencmode", "krbsrvname", "target_session_attrs", "requiressl", "database",
}
