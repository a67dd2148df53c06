package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aircon/internal/pglocal"
	"aircon/internal/supervise"
	"aircon/internal/term"
	"aircon/mwaa"
)

// demoDAG asks for the connection in both ways that DAGs do, and writes a row in each.
const demoDAG = `from datetime import datetime

from airflow import DAG
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.providers.postgres.hooks.postgres import PostgresHook

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:  # Airflow 2
    from airflow.operators.python import PythonOperator


def write():
    PostgresHook("my_postgres_db").run("INSERT INTO orders VALUES ('PostgresHook')")


with DAG("etl", schedule=None, start_date=datetime(2026, 1, 1), catchup=False):
    make = SQLExecuteQueryOperator(
        task_id="make",
        conn_id="my_postgres_db",
        sql=["CREATE TABLE IF NOT EXISTS orders (written_by text)", "INSERT INTO orders VALUES ('SQLExecuteQueryOperator')"],
    )
    make >> PythonOperator(task_id="write", python_callable=write)
`

// demoRun is the id of the DAG's run.
const demoRun = "demo"

// airflowDemonstration runs the demo's DAG in a real Airflow.
type airflowDemonstration struct {
	demonstration
	phases []phase
}

// phase is a part of the demo that took a while.
type phase struct {
	name string
	took time.Duration
}

func newDemoAirflow(w world) *cobra.Command {
	var d airflowDemonstration
	c := &cobra.Command{
		Use:   "airflow",
		Short: "a DAG that uses the connection, run by a real Airflow on this machine",
		Long: `airflow starts a local AWS and a real PostgreSQL, declares and applies a connection, and runs a real Airflow of the environment's version, as
MWAA would: a DAG that uses the connection is triggered through MWAA's InvokeRestApi, and its rows are read from PostgreSQL. It needs Python;
the first run installs Airflow into your cache. At the end it prints how long each phase took.`,
		Example: "  aircon demo airflow\n  aircon demo airflow --airflow 2.10.3",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if !mwaa.Supported(d.airflow) {
				return usageError{fmt.Errorf("--airflow %q: MWAA runs %s", d.airflow, strings.Join(mwaa.Versions(), ", "))}
			}
			return d.run(c.Context(), w)
		},
	}
	c.Flags().StringVar(&d.airflow, "airflow", "3.3.1", "the Airflow version of the environment")
	return c
}

func (d *airflowDemonstration) run(ctx context.Context, w world) (err error) {
	dir, err := d.directory()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := newStage(ctx, w, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close(context.WithoutCancel(ctx))) }()
	if err := d.play(ctx, s); err != nil {
		return err
	}
	table := &term.Table{Indent: 2}
	for _, p := range d.phases {
		table.Row(term.Cells(p.name, fmt.Sprintf("%.1f s", p.took.Seconds()))...)
	}
	fmt.Fprintf(s.t.Out, "\n%s a DAG of Airflow %s wrote through the connection\n", s.t.Mark(term.OK), d.airflow)
	s.t.Table(table)
	return nil
}

// timed does a part of the demo, and notes how long it took.
func (d *airflowDemonstration) timed(name string, do func() error) error {
	begun := time.Now()
	err := do()
	d.phases = append(d.phases, phase{name, time.Since(begun)})
	return err
}

func (d *airflowDemonstration) play(ctx context.Context, s *stage) error {
	s.say("1. A local AWS, a real PostgreSQL, an environment, and a connection in it")
	if err := d.timed("local AWS, PostgreSQL, apply", func() error { return d.chain(ctx, s) }); err != nil {
		return err
	}
	s.say("2. Airflow " + d.airflow + ", with the packages of MWAA's image (nothing is brought twice)")
	install := []string{"local", "airflow", "--airflow", d.airflow, "--install-only"}
	if err := d.timed("Airflow installed", func() error { return s.quiet(ctx, install...) }); err != nil {
		return err
	}
	s.say("3. A DAG that uses the connection in both ways that DAGs do")
	if err := os.MkdirAll(filepath.Join(s.dir, "dags"), 0o700); err != nil {
		return err
	}
	if err := s.write("dags/etl.py", demoDAG); err != nil {
		return err
	}
	s.say("4. The environment's Airflow, with the execution role's credentials and nothing else")
	var airflow *supervise.Process
	if err := d.timed("Airflow healthy", func() (err error) { airflow, err = s.airflow(ctx); return err }); err != nil {
		return err
	}
	err := d.trigger(ctx, s)
	return errors.Join(err, d.timed("Airflow stopped", func() error { return airflow.Stop(context.WithoutCancel(ctx)) }))
}

// chain makes what a DAG needs to find the connection.
func (d *airflowDemonstration) chain(ctx context.Context, s *stage) error {
	if err := s.local(ctx, "local", "--directory", demoState, "--address", "127.0.0.1:0", "--database", demoEnvironment); err != nil {
		return err
	}
	if err := s.aircon(ctx, exitDone, "local", "environment", demoEnvironment, "--airflow", d.airflow, "--directory", demoState); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(s.dir, "aircon.yaml"), []byte(d.spec(s.env)), 0o600); err != nil {
		return err
	}
	return s.quiet(ctx, "apply", "--yes")
}

// trigger runs the DAG through MWAA's API, and shows what it wrote.
func (d *airflowDemonstration) trigger(ctx context.Context, s *stage) error {
	s.say("5. The DAG, triggered through MWAA's InvokeRestApi")
	body := `{"dag_run_id": "` + demoRun + `"}`
	if strings.HasPrefix(d.airflow, "3.") {
		body = `{"dag_run_id": "` + demoRun + `", "logical_date": null}`
	}
	if err := d.timed("DAG known to Airflow", func() error { return d.known(ctx, s) }); err != nil {
		return err
	}
	err := d.timed("run, from trigger to success", func() error {
		s.show([]string{"local", "call", "mwaa", "InvokeRestApi", invocation("POST", "/dags/etl/dagRuns", body)})
		if _, err := callLocal(ctx, s.env, "mwaa", "InvokeRestApi", invocation("POST", "/dags/etl/dagRuns", body)); err != nil {
			return err
		}
		return d.finished(ctx, s)
	})
	if err != nil {
		return err
	}
	s.say("6. What it wrote, read from PostgreSQL")
	return showOrders(ctx, s)
}

func invocation(method, path, body string) string {
	return fmt.Sprintf(`{"Name": %q, "Method": %q, "Path": %q, "Body": %s}`, demoEnvironment, method, path, body)
}

// known waits until Airflow has read the DAG file.
func (d *airflowDemonstration) known(ctx context.Context, s *stage) error {
	for {
		_, err := callLocal(ctx, s.env, "mwaa", "InvokeRestApi", invocation("GET", "/dags/etl", "{}"))
		if err == nil || !strings.Contains(err.Error(), "404") {
			return err
		}
		if err := nap(ctx); err != nil {
			return err
		}
	}
}

// finished waits for the end of the run.
func (d *airflowDemonstration) finished(ctx context.Context, s *stage) error {
	progress := s.t.Progress("waiting for the run")
	defer progress.Stop()
	for {
		answer, err := callLocal(ctx, s.env, "mwaa", "InvokeRestApi", invocation("GET", "/dags/etl/dagRuns/"+demoRun, "{}"))
		if err != nil {
			return err
		}
		var got struct {
			RestApiResponse struct{ State string }
		}
		if err := json.Unmarshal(answer, &got); err != nil {
			return err
		}
		switch state := got.RestApiResponse.State; state {
		case "success":
			progress.Stop()
			fmt.Fprintf(s.t.Out, "  the run of etl: %s\n", s.t.Paint(term.Good, state))
			return nil
		case "failed":
			return errors.New("the run of etl failed: aircon local logs --errors says what AWS refused it")
		}
		if err := nap(ctx); err != nil {
			return err
		}
	}
}

// nap waits for a moment, or for the end of the context.
func nap(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(200 * time.Millisecond):
		return nil
	}
}

// showOrders prints the rows that the DAG wrote; both tasks must have.
func showOrders(ctx context.Context, s *stage) error {
	db, err := pglocal.Join(ctx, postgresDirectory(filepath.Join(s.dir, demoState)), s.env["PGPORT"], s.env["PGDATABASE"])
	if err != nil {
		return err
	}
	var names []string
	err = db.QueryRow(ctx, "SELECT array_agg(written_by ORDER BY written_by) FROM orders").Scan(&names)
	if err = errors.Join(err, db.Close(ctx)); err != nil {
		return err
	}
	fmt.Fprintf(s.t.Out, "%s\n  %s\n", s.t.Paint(term.Note, "SELECT written_by FROM orders"), strings.Join(names, "\n  "))
	if strings.Join(names, " ") != "PostgresHook SQLExecuteQueryOperator" {
		return fmt.Errorf("the run succeeded, and the table has %d rows instead of one from each task", len(names))
	}
	return nil
}

// airflow starts the environment's Airflow in the background, with more flags, and returns when it is healthy.
func (s *stage) airflow(ctx context.Context, more ...string) (*supervise.Process, error) {
	args := append([]string{"local", "airflow", demoEnvironment, "--dags", ".", "--directory", demoState}, more...)
	fmt.Fprintf(s.t.Out, "%s\n", s.t.Paint(term.Note, "$ aircon "+commandLine(args)+" &"))
	c := s.command(context.WithoutCancel(ctx), args)
	stdout, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var complaints bytes.Buffer
	c.Stderr = &complaints
	progress := s.t.Progress("starting Airflow")
	defer progress.Stop()
	p, err := supervise.Start(c, supervise.Options{Grace: time.Minute})
	if err != nil {
		return nil, err
	}
	interrupted := context.AfterFunc(ctx, func() { _ = p.Stop(context.WithoutCancel(ctx)) }) // its end is what is waited for then
	defer interrupted()
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		line := lines.Text()
		if strings.Contains(line, "healthy after") || strings.HasPrefix(line, "web server") {
			progress.Stop()
			fmt.Fprintf(s.t.Out, "  %s\n", line)
		}
		if strings.HasPrefix(line, "Ctrl-C") {
			go func() { _, _ = io.Copy(io.Discard, stdout) }() // so that it never waits for a reader
			return p, nil
		}
	}
	<-p.Done()
	return nil, fmt.Errorf("airflow did not start: %s", strings.TrimSpace(complaints.String()))
}
