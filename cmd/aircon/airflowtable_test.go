//go:build airflow

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aircon/internal/airflow"
)

// versionRow is what came of the chain with one version.
type versionRow struct {
	version string
	failure string // how the task's log words it that the role may not read
	finding string // doctor's, of the same
	asked   string // who asked Secrets Manager

	created time.Duration // from CreateEnvironment to AVAILABLE
	ran     time.Duration // from the trigger to success
	memory  int           // MiB, idle
}

// versionsPage has two tables with a row a version: what is the same in each run, and what it took.
const versionsPage = "docs/airflow-versions.md"

// holdVersion holds the row of a version in the page's first table against what came of the run. With UPDATE_DOCS=1 it writes both tables' rows.
func holdVersion(t *testing.T, r versionRow) {
	t.Helper()
	facts := fmt.Sprintf("| %s | %s | %d | rows | rows | %s | [%s](findings.md#%s) | rows, doctor is content | %s |",
		r.version, airflow.PythonVersion(r.version), len(airflow.Pins(r.version)), r.failure, r.finding, strings.ToLower(r.finding), r.asked)
	figures := fmt.Sprintf("| %s | %.0f s | %.0f s | %d MiB |", r.version, r.created.Seconds(), r.ran.Seconds(), r.memory)
	t.Logf("%s\n%s", facts, figures)
	page := readGuide(t, versionsPage)
	if os.Getenv("UPDATE_DOCS") == "" {
		if !strings.Contains(page, facts+"\n") {
			t.Errorf("%s is not what the run shows: UPDATE_DOCS=1 writes it anew; the row would be\n%s", versionsPage, facts)
		}
		return
	}
	lines, rows := strings.Split(page, "\n"), []string{facts, figures}
	for i, line := range lines {
		if strings.HasPrefix(line, "| "+r.version+" |") && len(rows) > 0 {
			lines[i], rows = rows[0], rows[1:]
		}
	}
	if len(rows) > 0 {
		t.Fatalf("%s has no two rows of %s", versionsPage, r.version)
	}
	if err := os.WriteFile(filepath.Join(root, versionsPage), []byte(strings.Join(lines, "\n")), 0o644); err != nil { //nolint:gosec // a file of the repository
		t.Fatal(err)
	}
}
