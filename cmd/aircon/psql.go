package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"aircon/internal/attend"
	"aircon/internal/pgfiles"
	"aircon/internal/pglocal"
	"aircon/internal/taskenv"
	"aircon/internal/term"
)

func newPSQL(w world) *cobra.Command {
	var f taskFlags
	c := &cobra.Command{
		Use:   "psql CONN_ID [-- ARGUMENTS…]",
		Short: "open psql on a connection, as PostgresHook would connect",
		Long: `psql looks a connection up as a task of the environment would, with the execution role's credentials, and opens PostgreSQL's psql with the options
that PostgresHook would pass to libpq: sslmode, certificates, timeouts, a token where the connection asks for IAM.

The password stands in a file that only this user can read, never on a command line, and is removed when psql ends.`,
		Example: `  aircon psql my_postgres_db
  aircon psql my_postgres_db -- -c 'select current_user'
  aircon psql my_postgres_db --environment analytics --as-caller`,
		Args: func(c *cobra.Command, args []string) error {
			if n := c.ArgsLenAtDash(); n >= 0 {
				args = args[:n]
			}
			return takes(1, 1)(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error { return f.psql(c.Context(), w, args[0], args[1:]) },
	}
	f.at.place(c)
	c.Flags().BoolVar(&f.asCaller, "as-caller", false, "look it up with your own credentials, where the execution role's trust policy does not let you assume it")
	return c
}

// psql becomes psql. It needs airflow:GetEnvironment, and sts:AssumeRole or secretsmanager:GetSecretValue.
func (f *taskFlags) psql(ctx context.Context, w world, id string, args []string) error {
	path, err := findPSQL()
	if err != nil {
		return err
	}
	t, err := f.open(ctx, w)
	if err != nil {
		return err
	}
	settings, err := t.settings(ctx, id)
	if err != nil {
		return err
	}
	if err := pgfiles.Sweep(); err != nil {
		w.terminal().Warn("what an earlier psql left cannot be removed: %v", err)
	}
	dir, err := pgfiles.NewDir()
	if err != nil {
		return err
	}
	a := attendance{Files: dir}
	attendant, _, err := a.start() // before there is a password that could be left
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	env, err := pgfiles.Write(dir, settings)
	if err != nil {
		problem := &term.Problem{What: fmt.Sprintf("psql cannot be given %s: %v", id, err), Next: "aircon doctor " + id, Err: err}
		return errors.Join(problem, attendant.Dismiss())
	}
	set := taskenv.Set{}
	set.Add("aircon", true, env)
	program := attend.Program{Path: path, Args: append([]string{"psql"}, args...), Env: set.Environ(taskenv.Machine(os.Environ(), nil))}
	return errors.Join(attend.Become(program, attendant), attendant.Dismiss())
}

// findPSQL finds psql in PATH, or beside a PostgreSQL server.
func findPSQL() (string, error) {
	path, err := exec.LookPath("psql")
	if err == nil {
		return path, nil
	}
	if found := pglocal.FindProgram("psql"); found != "" {
		return found, nil
	}
	return "", usageError{&term.Problem{
		What: "psql is neither in PATH nor where PostgreSQL is usually installed", Next: "install PostgreSQL's client: " + pglocal.InstallClient(), Err: err,
	}}
}
