package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"aircon"
)

// BenchmarkScanFolder scans a DAG folder of 10,000 files, nine in ten of which hold nothing to find.
func BenchmarkScanFolder(b *testing.B) {
	const files = 10_000
	root := b.TempDir()
	dag := "from airflow.providers.postgres.hooks.postgres import PostgresHook\n"
	plain := ""
	for i := range 60 {
		dag += fmt.Sprintf("\n\ndef task_%d(day, limit=%d):\n    hook = PostgresHook(\"orders_%d\")\n    return hook.get_records(f\"select {day}\")\n", i, i, i%7)
		plain += fmt.Sprintf("\n\ndef helper_%d(rows, limit=%d):\n    return [row for row in rows if row.value > limit][:%d]\n", i, i, i)
	}
	for i := range files {
		dir := filepath.Join(root, fmt.Sprint(i/100))
		text := plain
		if i%10 == 0 {
			text = dag
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("dag_%d.py", i)), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	rt, err := aircon.RuntimeFor("3.3.1")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		found, err := scanFolders(b.Context(), []string{root}, rt)
		if err != nil || found.seen != files || len(found.files) != files/10 {
			b.Fatal(found, err)
		}
	}
	b.ReportMetric(float64(files*b.N)/b.Elapsed().Seconds(), "files/s")
}
