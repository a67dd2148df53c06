package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aircon/internal/airflow"
	"aircon/internal/pause"
	"aircon/internal/pglocal"
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
	memory []idle // empty where the system does not tell
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
		Long: `airflow starts a local AWS and a real PostgreSQL, creates an environment, which is AVAILABLE when a real Airflow of its version is healthy, and
declares and applies a connection. A DAG that uses the connection is triggered through MWAA's InvokeRestApi, and its rows are read from
PostgreSQL. It needs Python; the first run installs Airflow into your cache. At the end it prints how long each phase took, and Airflow's
memory: what all its processes take together, pages that several share counted once.`,
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

func (d *airflowDemonstration) run(ctx context.Context, w world) error {
	return d.staged(ctx, w, func(s *stage) error {
		if err := d.play(ctx, s); err != nil {
			return err
		}
		d.show(s)
		return nil
	})
}

// show says what the demo came to, and what it took.
func (d *airflowDemonstration) show(s *stage) {
	table := &term.Table{Indent: 2}
	for _, p := range d.phases {
		table.Row(term.Cells(p.name, fmt.Sprintf("%.1f s", p.took.Seconds()))...)
	}
	for _, m := range d.memory {
		table.Row(term.Cells("memory of Airflow's processes, idle "+m.when, fmt.Sprintf("%d MiB", m.size))...)
	}
	fmt.Fprintf(s.t.Out, "\n%s a DAG of Airflow %s wrote through the connection\n", s.t.Mark(term.OK), d.airflow)
	s.t.Table(table)
}

// timed does a part of the demo, and notes how long it took.
func (d *airflowDemonstration) timed(name string, do func() error) error {
	begun := time.Now()
	err := do()
	d.phases = append(d.phases, phase{name, time.Since(begun)})
	return err
}

func (d *airflowDemonstration) play(ctx context.Context, s *stage) error {
	s.say("1. A local AWS that runs a real Airflow for each environment, and a real PostgreSQL")
	serve := []string{"local", "--directory", demoState, "--address", "127.0.0.1:0", "--database", demoEnvironment, "--airflow-runtime", "--buckets", "."}
	if err := d.timed("local AWS and PostgreSQL", func() error { return s.local(ctx, serve...) }); err != nil {
		return err
	}
	s.say("2. Airflow " + d.airflow + ", with the packages of MWAA's image (nothing is brought twice)")
	install := []string{"local", "airflow", "--airflow", d.airflow, "--install-only"}
	if err := d.timed("Airflow installed", func() error { return s.quiet(ctx, install...) }); err != nil {
		return err
	}
	s.say("3. A DAG, in the environment's bucket, that uses a connection in both ways that DAGs do")
	if err := os.MkdirAll(filepath.Join(s.dir, demoEnvironment+"-dags", "dags"), 0o700); err != nil {
		return err
	}
	if err := s.write(demoEnvironment+"-dags/dags/etl.py", demoDAG); err != nil {
		return err
	}
	s.say("4. The environment: CREATING until its Airflow is healthy, which has the execution role's credentials and nothing else")
	create := []string{"local", "environment", demoEnvironment, "--airflow", d.airflow, "--directory", demoState}
	if err := d.timed("environment, from CREATING to AVAILABLE", func() error { return s.aircon(ctx, exitDone, create...) }); err != nil {
		return err
	}
	s.say("5. The connection, applied: the least policy, the secret, and MWAA's options last, with which Airflow starts again")
	if err := os.WriteFile(filepath.Join(s.dir, "aircon.yaml"), []byte(d.spec(s.env)), 0o600); err != nil {
		return err
	}
	if err := d.timed("apply, with the environment's update", func() error { return s.quiet(ctx, "apply", "--yes") }); err != nil {
		return err
	}
	home, err := findAirflowHome(filepath.Join(s.dir, demoState), demoEnvironment)
	if err != nil {
		return err
	}
	if err := d.weigh(ctx, home, "before the run"); err != nil {
		return err
	}
	if err := d.trigger(ctx, s); err != nil {
		return err
	}
	if err := d.weigh(ctx, home, "after it"); err != nil {
		return err
	}
	return d.timed("all stopped", func() error { return s.close(context.WithoutCancel(ctx)) })
}

// idle is the memory of all of Airflow's processes while no task runs, in MiB.
type idle struct {
	when string
	size int
}

func (d *airflowDemonstration) weigh(ctx context.Context, home, when string) error {
	size, err := airflow.IdleMemory(ctx, home)
	if err == nil && size > 0 {
		d.memory = append(d.memory, idle{when, size})
	}
	return err
}

// trigger runs the DAG through MWAA's API, and shows what it wrote.
func (d *airflowDemonstration) trigger(ctx context.Context, s *stage) error {
	s.say("6. The DAG, triggered through MWAA's InvokeRestApi")
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
	s.say("7. What it wrote, read from PostgreSQL")
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
	return pause.For(ctx, 200*time.Millisecond)
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
