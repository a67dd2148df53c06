package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"aircon"
	"aircon/internal/airflow"
	"aircon/internal/attend"
	"aircon/internal/taskenv"
)

// executing is what the user asked of exec.
type executing struct {
	taskFlags
	by   string   // how the program gets the credentials
	keep []string // variables of the caller's that it gets
	mask bool     // whether its output is masked
}

func newExec(w world) *cobra.Command {
	var e executing
	c := &cobra.Command{
		Use:   "exec [ENV] -- COMMAND…",
		Short: "run a program as a task of the environment would: its variables, its execution role's credentials",
		Long: `exec runs a program on this machine with the variables that MWAA composes for the environment's tasks, and the temporary credentials of
its execution role and of nobody else. Your own AWS_…, PG…, AIRFLOW_… and DATABASE_URL variables stay away, but for those that --keep names.

aircon becomes the program: signals, job control, terminal and exit status are the program's own. A small process beside it serves the role's
credentials on loopback, renewed as on MWAA for as long as the program runs, and ends with it.

With --mask, secrets in the program's output become ***, in every way that Airflow may print them. aircon then stays its parent, for CI rather than
for a terminal: output goes through pipes, signals are passed on, and what the program leaves running is ended with it. Masked are --conn, --pg and
--database-url, options and credentials that are secret, and all that the environment's backend could look up: this needs secretsmanager:ListSecrets for you,
and reads with the program's own secretsmanager:GetSecretValue (and in fewer calls with secretsmanager:BatchGetSecretValue, where it has that).

AIRFLOW_HOME is a directory of this user's cache, one for each environment. What only MWAA's image has (its logging and Celery configuration, its
metastore) is left out: Airflow uses SQLite there, which  aircon exec ENV -- airflow db migrate  makes.`,
		Example: `  aircon exec analytics -- airflow dags test my_dag
  aircon exec -- pytest tests/
  aircon exec --database-url my_postgres_db -- dbt run
  aircon exec --mask analytics -- airflow dags test my_dag      # in CI, which keeps what it prints
  aircon exec --pg my_postgres_db -- pg_dump --schema-only
  aircon exec --as-caller --keep AWS_PROFILE -- python notebook.py`,
		RunE: func(c *cobra.Command, args []string) error {
			dash := c.ArgsLenAtDash()
			if dash < 0 || dash == len(args) {
				return usageError{errors.New("exec takes a program after --, such as  aircon exec analytics -- airflow dags list")}
			}
			if err := e.named(args[:dash]); err != nil {
				return err
			}
			return e.run(c.Context(), w, args[dash:])
		},
	}
	e.flag(c)
	c.Flags().StringVar(&e.by, "credentials", byEndpoint, "how the program gets them: endpoint (renewed), env (variables, for an hour, and no process beside it), or none")
	c.Flags().StringSliceVar(&e.keep, "keep", nil, "let these AWS_…, PG…, AIRFLOW_… or DATABASE_URL variables of your own through")
	c.Flags().BoolVar(&e.mask, "mask", false, "mask secrets in what the program prints; needs secretsmanager:ListSecrets")
	return c
}

// The ways in which a program gets credentials.
const (
	byEndpoint = "endpoint"
	byEnv      = "env"
	byNone     = "none"
)

func (e *executing) run(ctx context.Context, w world, command []string) error {
	if err := oneOf("--credentials", e.by, byEndpoint, byEnv, byNone); err != nil {
		return err
	}
	t, err := e.open(ctx, w)
	if err != nil {
		return err
	}
	if err := e.given.give(ctx, w, t); err != nil {
		return err
	}
	program, err := findProgram(command)
	if err != nil {
		return err
	}
	if err := t.home(); err != nil {
		return err
	}
	if e.mask {
		return e.masked(ctx, w, t, program)
	}
	attendant, err := t.authorise(ctx, e.by)
	if err != nil {
		return err
	}
	e.announce(w, t, command[0])
	program.Env = t.environ(e.keep)
	return errors.Join(attend.Become(program, attendant), attendant.Dismiss())
}

// masked runs the program with its output masked.
func (e *executing) masked(ctx context.Context, w world, t *task, program attend.Program) error {
	mask := new(airflow.Mask)
	by := e.by
	if by == byEndpoint {
		if _, err := t.credentials(ctx); err != nil { // so that it is aircon that says what is wrong with them
			return err
		}
		endpoint, err := t.serveHere(mask)
		if err != nil {
			return err
		}
		defer endpoint.Close()
		by = byNone
	}
	if _, err := t.authorise(ctx, by); err != nil {
		return err
	}
	given := len(e.given.conns) > 0 || e.given.pg != "" || e.given.databaseURL != ""
	if err := t.teach(ctx, w, mask, e.keep, given); err != nil {
		return err
	}
	e.announce(w, t, program.Args[0])
	program.Env = t.environ(e.keep)
	return (&masking{mask, program}).run(w)
}

// announce says whose credentials the program has, where they are not the role's.
func (e *executing) announce(w world, t *task, program string) {
	if t.asCaller && e.by != byNone {
		fmt.Fprintf(w.err, "%s runs with %s\n", filepath.Base(program), t.whose())
	}
}

// authorise gives the program its credentials, by variables or by an attendant that serves them.
func (t *task) authorise(ctx context.Context, by string) (*attend.Attendant, error) {
	if by == byNone {
		return nil, nil
	}
	got, err := t.credentials(ctx) // for the endpoint as well, so that it is aircon that says what is wrong with them
	if err != nil {
		return nil, err
	}
	if by == byEnv {
		t.set.Add(t.whose(), true, got.Env())
		return nil, nil
	}
	a := attendance{Account: t.account, Serve: true}
	if !t.asCaller {
		a.Role = t.ExecutionRole()
	}
	attendant, served, err := a.start()
	for name, value := range served {
		t.set[name] = taskenv.Variable{Name: name, Value: aircon.NewSecret(value), Secret: true, From: t.whose()}
	}
	return attendant, err
}

// findProgram finds a command's file as a shell would.
func findProgram(command []string) (attend.Program, error) {
	path, err := exec.LookPath(command[0])
	if err != nil {
		where := "in PATH"
		if strings.ContainsRune(command[0], os.PathSeparator) {
			where = "there"
		}
		return attend.Program{}, usageError{fmt.Errorf("%s: no program of that name is %s", command[0], where)}
	}
	if path, err = filepath.Abs(path); err != nil {
		return attend.Program{}, err
	}
	return attend.Program{Path: path, Args: command}, nil
}
