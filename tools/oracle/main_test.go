package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aircon/internal/oracle"
	"aircon/internal/py"
)

// mixed returns some vectors of every kind, as files of cases and of answers are.
func mixed() (cases, answers string) {
	var c, a strings.Builder
	for kind := range kinds {
		n := 0
		for pair := range oracle.Pairs("3.3.1", kind) {
			if n++; n%40 != 0 {
				continue
			}
			c.WriteString(py.Dumps(pair.Case) + "\n")
			a.WriteString(py.Dumps(pair.Answer) + "\n")
		}
	}
	return c.String(), a.String()
}

func TestRun(t *testing.T) {
	cases, answers := mixed()
	file := filepath.Join(t.TempDir(), "answers.jsonl")
	if err := os.WriteFile(file, []byte(answers), 0o600); err != nil {
		t.Fatal(err)
	}
	damaged := file + ".damaged"
	if err := os.WriteFile(damaged, []byte(strings.Replace(answers, `"host": "`, `"host": "x`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		args   []string
		in     string
		status int
		out    string
	}{
		{"answers", []string{"-airflow", "3.3.1"}, `{"kind": "uri", "uri": "x://h", "conn_id": "c"}`, 0, `{"conn_id":"c","conn_type":"x","host":"h","schema":"","get_uri":"x://h"}`},
		{"agrees", []string{"-airflow", "3.3.1", "-compare", file}, cases, 0, " 0 differ"},
		{"differs", []string{"-airflow", "3.3.1", "-compare", damaged}, cases, 1, " 1 differ"},
		{"too few answers", []string{"-compare", os.DevNull}, cases, 2, "has no answer"},
		{"no such version", []string{"-airflow", "3.1.0"}, cases, 2, "no Amazon MWAA image for Airflow 3.1.0"},
		{"no such flag", []string{"-x"}, cases, 2, "not defined"},
		{"not JSON", nil, "{", 2, "case 1: "},
		{"no object", nil, "[]", 2, "case 1 is not an object"},
		{"no such kind", nil, `{"kind": "x"}`, 0, "no such kind"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out, complaints strings.Builder
			status := run(test.args, strings.NewReader(test.in), &out, &complaints)
			if status != test.status || !strings.Contains(out.String()+complaints.String(), test.out) {
				t.Errorf("status %d: %s%s", status, out.String(), complaints.String())
			}
		})
	}
}
