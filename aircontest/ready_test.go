package aircontest_test

import (
	"testing"
	"time"

	"aircon/aircontest"
)

// BenchmarkNewLocalAWS makes a local AWS in memory that listens. Each ends with the benchmark.
func BenchmarkNewLocalAWS(b *testing.B) {
	var least time.Duration
	for b.Loop() {
		began := time.Now()
		aircontest.NewLocalAWS(b)
		if took := time.Since(began); least == 0 || took < least {
			least = took
		}
	}
	b.ReportMetric(float64(least.Microseconds()), "least-µs")
}
