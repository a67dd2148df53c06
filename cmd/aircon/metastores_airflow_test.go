//go:build airflow

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aircon/internal/airflow"
)

// A DAG of both kinds of Airflow runs with its metastore on PostgreSQL: LocalExecutor, and a dag-processor of its own in Airflow 2 too. A second
// start finds the metastore as the first left it, with the run in it.
func TestAirflowOnPostgres(t *testing.T) {
	for _, version := range []string{"2.10.3", "3.3.1"} {
		t.Run(version, func(t *testing.T) {
			s := realStage(t, version)
			if err := s.write("dags/etl.py", demoDAG); err != nil {
				t.Fatal(err)
			}
			var migrated []byte
			for start := range 2 {
				begun := time.Now()
				running, err := s.airflow(t.Context(), "--metastore", "postgres")
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("start %d: healthy after %.1f s", start+1, time.Since(begun).Seconds())
				if start == 0 {
					s.etl(t, version)
					migrated = s.migrated(t)
				} else if again := s.migrated(t); !bytes.Equal(migrated, again) {
					t.Errorf("it was migrated again: %s, %s", migrated, again)
				}
				s.until(t, "/dags/etl/dagRuns/"+demoRun, `"state":"success"`)
				t.Logf("PSS %d MiB", airflow.Memory(s.home(t)))
				if err := running.Stop(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := os.Stat(filepath.Join(s.home(t), "process-logs", "dag-processor.log")); err != nil {
				t.Error(err)
			}
			if found, err := filepath.Glob(filepath.Join(s.home(t), "metastore-*.db")); err != nil || len(found) > 0 {
				t.Errorf("there is an SQLite metastore too: %q, %v", found, err)
			}
		})
	}
}

// etl triggers the demo's DAG.
func (s *stage) etl(t *testing.T, version string) {
	t.Helper()
	s.until(t, "/dags/etl", `"dag_id":"etl"`)
	body := `{"dag_run_id": "` + demoRun + `"}`
	if strings.HasPrefix(version, "3.") {
		body = `{"dag_run_id": "` + demoRun + `", "logical_date": null}`
	}
	s.invoke(t, "POST", "/dags/etl/dagRuns", body)
	s.until(t, "/dags/etl/dagRuns/"+demoRun, `"state":"success"`)
}

// migrated is what the environment's directory tells of its metastore, with when it was written.
func (s *stage) migrated(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(s.home(t), "migrated.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return append(text, info.ModTime().String()...)
}
