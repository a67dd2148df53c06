// Package syncrate is the baseline of benchmarks that commit: how often the disk syncs 4 KiB to a file of fixed size, which is the least that
// a commit can cost. A benchmark calls Measure in turns with its own work, and compares the Median of each.
package syncrate

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"aircon/internal/store/datafile"
)

// Measure writes 4 KiB in place in a file of directory dir and syncs, again and again, and returns how often a second.
func Measure(tb testing.TB, dir string) float64 {
	tb.Helper()
	f, err := os.Create(filepath.Join(dir, "sync"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(make([]byte, 1<<20)); err != nil {
		tb.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		tb.Fatal(err)
	}
	const times = 200
	block := bytes.Repeat([]byte("x"), 4096)
	began := time.Now()
	for i := range times {
		if _, err := f.WriteAt(block, int64(i)*4096); err != nil {
			tb.Fatal(err)
		}
		if err := datafile.SyncData(f); err != nil {
			tb.Fatal(err)
		}
	}
	return times / time.Since(began).Seconds()
}

// Median returns the middle one of rates, which it sorts. There is at least one.
func Median(rates []float64) float64 {
	slices.Sort(rates)
	return rates[len(rates)/2]
}
