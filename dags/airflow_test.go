package dags

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aircon"
)

// seenRow is what real Airflow sees in a generated file; tools/scan/seen.py writes it.
type seenRow struct {
	Name, Source string
	Connections  []string
	Variables    []string
	Parse        []string // of both, those that are looked up at import time
	Dynamic      bool     // it has an id that its text does not tell
}

// TestAsAirflow finds in generated files what real Airflow of two releases sees when it parses, instantiates and runs them. make test-scan
// has Airflow look at others, which SCAN_ROWS names.
func TestAsAirflow(t *testing.T) {
	pattern := "testdata/airflow-*.jsonl.gz"
	if rows := os.Getenv("SCAN_ROWS"); rows != "" {
		pattern = filepath.Join(rows, "airflow-*.jsonl.gz")
	}
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal("no rows in", pattern, err)
	}
	for _, file := range files {
		release := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "airflow-"), ".jsonl.gz")
		t.Run(release, func(t *testing.T) { againstAirflow(t, release, file) })
	}
}

func againstAirflow(t *testing.T, release, file string) {
	rt, err := aircon.RuntimeFor(release)
	if err != nil {
		t.Fatal(err)
	}
	scanner, rows, ids := New(rt), 0, 0
	for _, row := range seenRows(t, file) {
		rows++
		ids += len(row.Connections) + len(row.Variables)
		if !Matters([]byte(row.Source)) {
			t.Errorf("%s is passed over", row.Name)
		}
		got := seenBy(scanner.Scan(row.Name, []byte(row.Source)))
		for what, pair := range map[string][2][]string{
			"connections": {got.Connections, row.Connections}, "variables": {got.Variables, row.Variables}, "at import time": {got.Parse, row.Parse},
		} {
			if only := without(pair[0], pair[1]); len(only) > 0 {
				t.Errorf("%s, %s that Airflow does not see: %q", row.Name, what, only)
			}
			if only := without(pair[1], pair[0]); len(only) > 0 {
				t.Errorf("%s, %s that only Airflow sees: %q", row.Name, what, only)
			}
		}
		if got.Dynamic != row.Dynamic {
			t.Errorf("%s: a dynamic id is found: %t", row.Name, got.Dynamic)
		}
	}
	if rows < 290 {
		t.Errorf("only %d files", rows)
	}
	t.Logf("%d files with %d ids", rows, ids)
}

func seenRows(t testing.TB, name string) []seenRow {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var plain io.Reader
	if plain, err = gzip.NewReader(file); err != nil {
		t.Fatal(err)
	}
	var rows []seenRow
	lines := bufio.NewScanner(plain)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row seenRow
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// seenBy is what a scan sees, as Airflow's rows say it.
func seenBy(f *File) seenRow {
	var row seenRow
	parse, connections, variables := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, u := range f.Uses {
		switch {
		case u.Dynamic():
			row.Dynamic = true
			continue
		case u.Kind == Variable:
			variables[u.ID] = true
		default:
			connections[u.ID] = true
		}
		if u.When == Parse {
			parse[u.ID] = true
		}
	}
	row.Connections, row.Variables, row.Parse = keys(connections), keys(variables), keys(parse)
	return row
}

func keys(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }

// without is a less b.
func without(a, b []string) []string {
	var only []string
	for _, id := range a {
		if !slices.Contains(b, id) {
			only = append(only, id)
		}
	}
	return only
}
