//go:build airflow

package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// confDAG succeeds where its run has the conf that was given.
const confDAG = `from datetime import datetime

from airflow import DAG

try:
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:  # Airflow 2
    from airflow.operators.python import PythonOperator


def check(dag_run):
    assert dag_run.conf == {"day": "2026-01-31"}, dag_run.conf


with DAG("configured", schedule=None, start_date=datetime(2026, 1, 1), catchup=False):
    PythonOperator(task_id="check", python_callable=check)
`

// A test that is killed while Airflow starts leaves its directory, and no process; the next one, whose run has a conf, removes it.
func TestAirflowTestKilled(t *testing.T) {
	d := newDAGTest(t)
	if err := os.WriteFile(filepath.Join(d.dir, "dags", "configured.py"), []byte(confDAG), 0o600); err != nil {
		t.Fatal(err)
	}
	before := d.files()
	c, _, _ := d.command("--airflow", "2.10.3", "--database", "warehouse=analytics")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = write
	if err := errors.Join(c.Start(), write.Close()); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(read)
	for text := ""; !strings.Contains(text, "starting Airflow"); {
		part, err := lines.ReadString(' ')
		if text += part; err != nil {
			t.Fatalf("%s, %v", text, err)
		}
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }() // of what its children say
	_ = c.Wait()                                      // it was killed
	for begun := time.Now(); len(processesNaming(t, d.temp)) > 0; {
		if time.Since(begun) > time.Minute {
			t.Fatalf("it left processes: %q", processesNaming(t, d.temp))
		}
		if err := nap(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if slices.Equal(before, d.files()) {
		t.Error("it left nothing, and so was not killed in the middle")
	}
	c, out, complaints := d.command("--airflow", "2.10.3", "--database", "warehouse=analytics", "--dag", "configured", "--conf", `{"day": "2026-01-31"}`)
	if err := c.Run(); err != nil {
		t.Errorf("%v\n%s%s", err, out, complaints)
	}
	if after := d.files(); !slices.Equal(before, after) {
		t.Errorf("the next one left %q of %q", after, before)
	}
}
