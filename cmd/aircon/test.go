package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aircon/internal/airflow"
	"aircon/internal/dagtest"
	"aircon/internal/report"
	"aircon/internal/scratch"
	"aircon/mwaa"
)

// dagTesting is what the user asked of test.
type dagTesting struct {
	at        targetFlags
	out       reporting
	version   string
	dags      []string // ids; empty means all
	databases pairs    // conn_id to the database that stands in for it
	scripts   pairs    // database to a file of SQL
	triggerer bool
	timeout   time.Duration
	conf      string // of each run, as JSON; "" means none
}

func newTest(w world) *cobra.Command {
	var f dagTesting
	c := &cobra.Command{
		Use:   "test DIRECTORY",
		Short: "run DAGs once, in a real Airflow on a local AWS, with the spec's connections: for CI",
		Long: `test starts a local AWS with an environment of MWAA, applies the spec to it, runs a real Airflow of the environment's version there, without
Docker, gives each DAG one run, and says how each task ended and which connections it asked for. It needs no AWS account; the first run of
a version installs it into your cache. Everything ends with the command, and nothing is left in the directory.

DIRECTORY is laid out as MWAA's bucket: dags/, plugins.zip or plugins/, requirements.txt, startup.sh. Without dags/ it is itself the
directory of DAGs. No schedule starts a run.

A connection leads where the spec says, with the password that the spec names. To try DAGs on a database of the test's own, let
--database put a new database of a local PostgreSQL, with verified TLS, in the place of a connection's host; its password is then not
needed. --sql runs a file of statements in such a database before the DAGs.

The exit status is 0 where every run and every task of it succeeded, and 1 where one did not, or a DAG file cannot be imported.`,
		Example: `  aircon test . --airflow 2.10.3
  aircon test ./bucket --database warehouse=analytics --sql analytics=fixtures.sql
  aircon test . --dag orders --conf '{"day": "2026-01-31"}'
  aircon test ./dags --dag orders --dag customers --timeout 5m --output junit >results.xml`,
		Args: takes(1, 1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := errors.Join(f.out.check(), f.check()); err != nil {
				return usageError{err}
			}
			return f.run(c.Context(), w, args[0])
		},
	}
	flags := c.Flags()
	flags.StringVarP(&f.at.file, "file", "f", "", "the spec (default "+defaultSpec+")")
	flags.StringVarP(&f.at.environment, "environment", "e", "", "the environment, where the spec has several")
	flags.BoolVar(&f.at.literal, "allow-literal-secrets", false, "let passwords stand in the spec itself")
	flags.StringVar(&f.version, "airflow", "", "the Airflow version; default: the spec's airflow_version")
	flags.StringArrayVar(&f.dags, "dag", nil, "a DAG to run, by its id; repeatable; default: all in the directory")
	flags.Var(&f.databases, "database", "CONN_ID=NAME: let the connection lead to the database NAME of a local PostgreSQL; repeatable")
	flags.Var(&f.scripts, "sql", "NAME=FILE: run a file of SQL in such a database, as its owner, before the DAGs; repeatable")
	flags.BoolVar(&f.triggerer, "triggerer", false, "run a triggerer too, which deferrable operators need")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Minute, "how long all runs together may take, from the first trigger on")
	flags.StringVar(&f.conf, "conf", "", "a JSON object that each run gets as its conf, as with airflow dags trigger; other users of the machine can see it")
	f.out.output.flag(c, "junit")
	return c
}

func (f *dagTesting) check() error {
	if f.version != "" && !mwaa.Supported(f.version) {
		return fmt.Errorf("--airflow %q: MWAA runs %s", f.version, strings.Join(mwaa.Versions(), ", "))
	}
	if f.timeout <= 0 {
		return errors.New("--timeout takes a time such as 10m")
	}
	if err := json.Unmarshal([]byte(f.conf), new(map[string]any)); f.conf != "" && err != nil {
		return fmt.Errorf("--conf takes a JSON object, such as '{\"day\": \"2026-01-31\"}': %w", err)
	}
	for _, p := range f.scripts {
		if !slices.ContainsFunc(f.databases, func(d pair) bool { return d.value == p.key }) {
			return fmt.Errorf("--sql %s=%s: no connection leads to the database %s: add --database CONN_ID=%s", p.key, p.value, p.key, p.key)
		}
	}
	return nil
}

// run makes everything that the test needs, in a directory of its own, and takes it away again.
func (f *dagTesting) run(ctx context.Context, w world, from string) (err error) {
	target, err := f.at.load()
	if err == nil && target.file == nil {
		err = errNoSpec
	}
	if err != nil {
		return err
	}
	if err := f.fits(target.Spec); err != nil {
		return usageError{err}
	}
	given, err := airflow.OpenBucket(from)
	if err != nil {
		return usageError{err}
	}
	version := cmp.Or(f.version, target.Spec.Version())
	if version == "" {
		return usageError{errors.New("which Airflow: the spec states no airflow_version; name one with --airflow, such as --airflow 2.10.3")}
	}
	local := localAirflowFlags{}
	installed, err := local.installed(ctx, world{w.in, io.Discard, w.err, w.getenv}, version, given.Requirements)
	if err != nil {
		return err
	}
	temporary, err := scratch.New("aircon-test-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, temporary.Remove()) }()
	dir := temporary.Path
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // entered by the user whom PostgreSQL runs as
		return err
	}
	t := &tested{dagTesting: f, w: w, target: target, version: version, installed: installed, given: given, home: filepath.Join(dir, "airflow")}
	if t.bucket, err = copyBucket(given, filepath.Join(dir, "bucket")); err != nil {
		return err
	}
	if t.stage, err = newStage(ctx, world{w.in, io.Discard, w.err, w.getenv}, dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.stage.close(context.WithoutCancel(ctx))) }()
	result, err := t.play(ctx)
	if err != nil {
		return err
	}
	return f.report(w, result)
}

// report shows the result, and makes the exit status of it.
func (f *dagTesting) report(w world, result *dagtest.Result) error {
	document := func() report.Document { return report.Ran("test", release, testSuites(result)) }
	if err := f.out.report(w, document, result, func() { showTest(w.terminal(), result) }); err != nil {
		return err
	}
	if !result.Passed {
		return statusError(exitFindings)
	}
	return nil
}

// pair is NAME=VALUE of a flag.
type pair struct{ key, value string }

// pairs are a flag's, in the order given.
type pairs []pair

// String is for the help, which shows no default.
func (p *pairs) String() string { return "" }

// Type is what the help calls a value.
func (p *pairs) Type() string { return "NAME=VALUE" }

// Set adds one.
func (p *pairs) Set(text string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok || key == "" || value == "" {
		return errors.New("it takes NAME=VALUE")
	}
	*p = append(*p, pair{key, value})
	return nil
}
