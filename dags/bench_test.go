package dags

import (
	"bytes"
	"testing"

	"aircon"
	"aircon/internal/pysyntax"
)

// BenchmarkScan takes the 600 files that real Airflow was asked about: parse reads them into trees, scan follows them too, and filter looks
// at bytes only. The aim is 4 MB/s on one core for parse.
func BenchmarkScan(b *testing.B) {
	rt, err := aircon.RuntimeFor("3.3.1")
	if err != nil {
		b.Fatal(err)
	}
	scanner := New(rt)
	var texts [][]byte
	size := 0
	for _, name := range []string{"testdata/airflow-2.10.3.jsonl.gz", "testdata/airflow-3.3.1.jsonl.gz"} {
		for _, row := range seenRows(b, name) {
			texts = append(texts, []byte(row.Source))
			size += len(row.Source)
		}
	}
	plain := bytes.Repeat([]byte("x = compute(1, 'two') + three[4]  # nothing to find\n"), 1000)
	for _, part := range []struct {
		name string
		size int
		do   func()
	}{
		{"parse", size, func() {
			for _, text := range texts {
				pysyntax.Parse(text)
			}
		}},
		{"scan", size, func() {
			for _, text := range texts {
				scanner.Scan("f.py", text)
			}
		}},
		{"filter", len(plain), func() {
			if Matters(plain) {
				b.Fatal("the plain text matters")
			}
		}},
	} {
		b.Run(part.name, func(b *testing.B) {
			b.SetBytes(int64(part.size))
			b.ReportAllocs()
			for b.Loop() {
				part.do()
			}
		})
	}
}
