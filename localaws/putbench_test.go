//go:build unix

package localaws

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"aircon/internal/syncrate"
)

// BenchmarkPutSecretValue measures sixteen clients that put values over HTTP, signed and authorised, against writing and
// syncing 4 KiB to a file of fixed size, in turns in one run. The metric ratio is puts a second over syncs a second, each the median of its
// turns: the best of many short turns would be luck. A put writes all of its secret but the values, among it the list of versions, so a secret of very
// many takes longer: the metric versions is how many each has in the end.
func BenchmarkPutSecretValue(b *testing.B) {
	for _, turns := range []int{16, 1} { // in which each secret is put to once
		b.Run(fmt.Sprintf("secrets=%d", turns*putClients*putsEach), func(b *testing.B) { benchmarkPut(b, turns) })
	}
}

const putClients, putsEach = 16, 40

func benchmarkPut(b *testing.B, turns int) {
	const each = putClients * putsEach
	o := benchOptions(b, "disk")
	s, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}()
	address := listen(b, s)
	keys := s.Administrator()
	createSecrets(b, s, turns*each, func(i int) string { return fmt.Sprintf("put-%d", i) }, "first")
	sign := signerFor(keys.AccessKeyID, keys.SecretAccessKey)
	var puts, syncs []float64
	var cpu time.Duration
	round := 0
	for ; b.Loop(); round++ {
		requests := make([][]byte, each)
		for i := range requests {
			requests[i] = sign(b, address, "PutSecretValue", fmt.Sprintf(
				`{"SecretId":"put-%d","ClientRequestToken":"%032d","SecretString":"postgres://etl:p@db.example.internal/%d"}`, round%turns*each+i, round, round))
		}
		syncs = append(syncs, syncrate.Measure(b, o.Directory))
		began, used := time.Now(), cpuTime(b)
		drive(b, address, putClients, requests)
		puts = append(puts, each/time.Since(began).Seconds())
		cpu += cpuTime(b) - used
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(1+(round+turns-1)/turns), "versions")
	b.ReportMetric(syncrate.Median(puts), "puts/s")
	b.ReportMetric(float64(cpu)/float64(b.N*each), "cpu-ns/put")
	b.ReportMetric(syncrate.Median(syncs), "syncs/s")
	b.ReportMetric(syncrate.Median(puts)/syncrate.Median(syncs), "ratio")
}

// BenchmarkOpen opens a directory of so many secrets, up to the first answer.
func BenchmarkOpen(b *testing.B) {
	for _, secrets := range []int{1, 100_000} {
		b.Run(fmt.Sprintf("secrets=%d", secrets), func(b *testing.B) {
			dir := filledDirectory(b, secrets)
			for b.Loop() {
				s, err := New(Options{Directory: dir})
				if err != nil {
					b.Fatal(err)
				}
				var answer strings.Builder
				keys := s.Administrator()
				address := listen(b, s)
				sign := signerFor(keys.AccessKeyID, keys.SecretAccessKey)
				request := sign(b, address, "GetSecretValue", fmt.Sprintf(`{"SecretId":%q}`, benchName(secrets-1)))
				if exchange(b, address, [][]byte{request}, &answer) != 1 {
					b.Fatalf("got %s", &answer)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// filledDirectory makes a directory of so many secrets, with the real operations but without a sync for each: the state of a server in
// memory, restored.
func filledDirectory(b *testing.B, secrets int) (dir string) {
	b.Helper()
	s, _ := benchServer(b, Options{}, secrets)
	var backup bytes.Buffer
	if err := s.Backup(&backup, BackupOptions{IncludeKey: true}); err != nil {
		b.Fatal(err)
	}
	dir = filepath.Join(b.TempDir(), "local")
	if err := Restore(&backup, RestoreOptions{Directory: dir}); err != nil {
		b.Fatal(err)
	}
	return dir
}
