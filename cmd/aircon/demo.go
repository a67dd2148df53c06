package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"aircon/internal/term"
)

// demonstration is what the user asked of demo.
type demonstration struct {
	keep    bool
	airflow string
}

func newDemo(w world) *cobra.Command {
	var d demonstration
	c := &cobra.Command{
		Use:   "demo",
		Short: "the whole chain on this machine, from nothing to a query: no AWS account needed",
		Long: `demo starts a local AWS and a real PostgreSQL, declares a connection, applies it, looks it up as Airflow would and runs a query; then it
breaks one arrow, lets doctor find it, and mends it as doctor says. Each command that it runs is printed as you could type it.`,
		Example: "  aircon demo\n  aircon demo --keep      # leaves the directory aircon-demo to play in",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return d.run(c.Context(), w) },
	}
	c.AddCommand(newDemoAirflow(w))
	c.Flags().BoolVar(&d.keep, "keep", false, "work in the directory aircon-demo, and leave it")
	c.Flags().StringVar(&d.airflow, "airflow", "3.3.1", "the Airflow version of the environment")
	return c
}

// The names in the demo.
const (
	demoEnvironment = "analytics"
	demoConnection  = "my_postgres_db"
	demoDirectory   = "aircon-demo"
	demoState       = "aws"
)

// demoSpec is what the demo declares, for the PostgreSQL that it started.
const demoSpec = `version: 1
environments:
  %s:
    connections:
      %s:
        conn_type: postgres
        host: %s
        port: %s
        login: %s
        password: {env: PGPASSWORD}
        schema: %s
        extra: {sslmode: verify-full, sslrootcert: %q, keepalives_idle: 300}
        description: Analytics warehouse
`

func (d *demonstration) run(ctx context.Context, w world) error {
	return d.staged(ctx, w, func(s *stage) error {
		if err := d.play(ctx, s); err != nil {
			return err
		}
		d.farewell(w, s.dir)
		return nil
	})
}

// staged plays on a stage in a directory of its own, which goes at the end unless it is kept.
func (d *demonstration) staged(ctx context.Context, w world, play func(*stage) error) (err error) {
	dir, err := d.directory()
	if err != nil {
		return err
	}
	if !d.keep {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	s, err := newStage(ctx, w, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close(context.WithoutCancel(ctx))) }()
	return play(s)
}

// directory makes the directory that the demo works in. PostgreSQL's own user must be able to pass through it.
func (d *demonstration) directory() (string, error) {
	if !d.keep {
		dir, err := os.MkdirTemp("", demoDirectory+"-")
		if err != nil {
			return "", err
		}
		return dir, os.Chmod(dir, 0o711) //nolint:gosec // entered by the user whom PostgreSQL runs as
	}
	dir, err := filepath.Abs(demoDirectory)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(dir); err == nil {
		return "", badInput{fmt.Errorf("%s is there already: remove it, or play in it", demoDirectory)}
	}
	return dir, os.Mkdir(dir, 0o755) //nolint:gosec // entered by the user whom PostgreSQL runs as
}

// play is the demo, scene by scene.
func (d *demonstration) play(ctx context.Context, s *stage) error {
	s.say("1. A local AWS and a real PostgreSQL, on this machine only")
	if err := s.local(ctx, "local", "--directory", demoState, "--address", "127.0.0.1:0", "--database", demoEnvironment); err != nil {
		return err
	}
	if err := s.aircon(ctx, exitDone, "local", "environment", demoEnvironment, "--airflow", d.airflow, "--directory", demoState); err != nil {
		return err
	}
	s.say("2. The connection, declared. Its password comes from an environment variable, and is never shown")
	if err := s.write("aircon.yaml", d.spec(s.env)); err != nil {
		return err
	}
	if err := s.aircon(ctx, exitDone, "plan"); err != nil {
		return err
	}
	s.say("3. Applied: the least policy on the execution role, the secret, and MWAA's options last")
	if err := s.quiet(ctx, "apply", "--yes"); err != nil {
		return err
	}
	s.say("4. Looked up as a task of Airflow " + d.airflow + " looks it up, with the execution role's credentials")
	if err := s.aircon(ctx, exitDone, "get", demoConnection, "--as-role"); err != nil {
		return err
	}
	s.say("5. Proven: every arrow of the chain, up to a query over verified TLS")
	if err := s.aircon(ctx, exitDone, "doctor"); err != nil {
		return err
	}
	return d.breakAndMend(ctx, s)
}

// breakAndMend takes the policy away, which Airflow would only call "isn't defined".
func (d *demonstration) breakAndMend(ctx context.Context, s *stage) error {
	s.say("6. One arrow broken: someone detaches the policy. Airflow would say: The conn_id `" + demoConnection + "` isn't defined")
	attached, err := s.attachedPolicy(ctx)
	if err != nil {
		return err
	}
	input := fmt.Sprintf(`{"RoleName": "%s-execution", "PolicyArn": %q}`, demoEnvironment, attached)
	if err := s.quiet(ctx, "local", "call", "iam", "DetachRolePolicy", input, "--directory", demoState); err != nil {
		return err
	}
	if err := s.aircon(ctx, exitFindings, "doctor", demoConnection); err != nil {
		return err
	}
	s.say("7. Mended, as doctor says")
	if err := s.quiet(ctx, "apply", "--file", "aircon.yaml", "--environment", demoEnvironment, "--yes"); err != nil {
		return err
	}
	return s.aircon(ctx, exitDone, "doctor", demoConnection)
}

func (d *demonstration) spec(env map[string]string) string {
	return fmt.Sprintf(demoSpec, demoEnvironment, demoConnection, env["PGHOST"], env["PGPORT"], env["PGUSER"], env["PGDATABASE"], env["PGSSLROOTCERT"])
}

func (d *demonstration) farewell(w world, dir string) {
	t := w.terminal()
	fmt.Fprintf(t.Out, "\n%s the chain works, from the spec to the query\n", t.Mark(term.OK))
	if !d.keep {
		fmt.Fprintln(t.Out, "  nothing is left behind;  aircon demo --keep  leaves a directory to play in")
		return
	}
	fmt.Fprintf(t.Out, "  to play on:\n    cd %s\n    aircon local --directory %s --database %s &\n    eval \"$(aircon local env --directory %s)\"\n    aircon doctor\n",
		filepath.Base(dir), demoState, demoEnvironment, demoState)
}

// without drops the variables that begin with one of the prefixes: the demo must not see the user's own AWS.
func without(environ []string, prefixes ...string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(v string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(v, p) })
	})
}
