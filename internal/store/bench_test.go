package store

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"aircon/internal/syncrate"
)

// BenchmarkUpdate measures sixteen writers that wait at once, against writing and syncing 4 KiB to a file of fixed size.
// The metric ratio is updates a second over syncs a second, each the median of its turns in one run.
func BenchmarkUpdate(b *testing.B) {
	const writers, each = 16, 25
	dir := b.TempDir()
	s, err := Open(dir, Options{}, schemas()...)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var updates, syncs []float64
	for round := 0; b.Loop(); round++ {
		syncs = append(syncs, syncrate.Measure(b, dir))
		began := time.Now()
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for i := range each {
					err := s.Update(func(tx Tx) error {
						return notes.Put(tx, fmt.Sprintf("%d-%d-%d", round, w, i), &note{"0123456789012345678901234567890123456789"})
					})
					if err != nil {
						b.Error(err)
					}
				}
			})
		}
		all.Wait()
		updates = append(updates, writers*each/time.Since(began).Seconds())
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(syncrate.Median(updates), "updates/s")
	b.ReportMetric(syncrate.Median(syncs), "syncs/s")
	b.ReportMetric(syncrate.Median(updates)/syncrate.Median(syncs), "ratio")
}

// BenchmarkGet reads a value that the cache holds.
func BenchmarkGet(b *testing.B) {
	s := Memory(schemas()...)
	if err := s.Update(func(tx Tx) error { return notes.Put(tx, "a", &note{"x"}) }); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		err := s.View(func(tx Tx) error {
			_, err := notes.Get(tx, "a")
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
