//go:build unix

package policy

import (
	"syscall"
	"testing"
)

// BenchmarkEvaluate measures decisions. The metric cpu-ns/op is processor time, which other programs on the machine disturb less.
func BenchmarkEvaluate(b *testing.B) {
	full := heavy(b)
	role := *full
	role.Session, role.ResourcePolicy = nil, nil
	for _, run := range []struct {
		name string
		*Request
	}{
		{"role with boundary", &role},
		{"with session and resource policy", full},
		{"all statements of one service", narrow(b)},
	} {
		b.Run(run.name, func(b *testing.B) {
			b.ReportAllocs()
			used := cpuTime(b)
			for b.Loop() {
				if !Evaluate(run.Request).Allowed() {
					b.Fatal("denied")
				}
			}
			b.ReportMetric(float64(cpuTime(b)-used)/float64(b.N), "cpu-ns/op")
		})
	}
}

// cpuTime returns the nanoseconds of processor that the process has used.
func cpuTime(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
