//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"aircon/aircontest"
	"aircon/internal/awsapi"
	"aircon/localaws"
	"aircon/localaws/mwaa"
)

// The benchmarks of aircon as a process: of the binary that AIRCON_BINARY names, or else of one that is built here. Each reports the median
// of its runs, and its baseline in turns with it.

// binary returns the path of the program to measure.
func binary(b *testing.B) string {
	b.Helper()
	if path := os.Getenv("AIRCON_BINARY"); path != "" {
		return path
	}
	path := filepath.Join(b.TempDir(), "aircon")
	if out, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, ".").CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// BenchmarkGet measures "aircon get" against "aircon version" and against a Go program that does nothing: of a variable of this process's
// environment, and of a secret through an environment of MWAA.
func BenchmarkGet(b *testing.B) {
	p := newBenchProcess(b, 1)
	empty := filepath.Join(b.TempDir(), "empty")
	source := filepath.Join(b.TempDir(), "main.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-o", empty, source).CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	runs := []struct {
		name string
		args []string
	}{
		{"empty", []string{empty}},
		{"version", []string{p.binary, "version"}},
		{"variable", []string{p.binary, "get", "from_variable", "--airflow", "2.10.3"}},
		{"secret", []string{p.binary, "get", "c0000", "--file", "aircon.yaml"}},
	}
	walls, cpus := make([][]float64, len(runs)), make([][]float64, len(runs))
	for b.Loop() {
		for i, r := range runs {
			dir := p.dir
			if r.name == "variable" {
				dir = b.TempDir() // where there is no spec
			}
			wall, cpu := p.time(b, dir, r.args)
			walls[i], cpus[i] = append(walls[i], wall), append(cpus[i], cpu)
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, r := range runs {
		b.ReportMetric(median(walls[i]), r.name+"-ms")
		b.ReportMetric(median(cpus[i]), r.name+"-cpu-ms")
	}
	b.ReportMetric(median(walls[3])/median(walls[1]), "secret/version")
	b.ReportMetric(median(walls[2])/median(walls[1]), "variable/version")
}

// BenchmarkPlan measures "aircon plan" of what is applied already, as CI runs it, against "aircon version". The calls are asserted by
// TestLocalAWSPlanCallsAreFew in internal/awsapi.
func BenchmarkPlan(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("connections=%d", n), func(b *testing.B) {
			p := newBenchProcess(b, n)
			var version, plan, calls []float64
			for b.Loop() {
				wall, _ := p.time(b, p.dir, []string{p.binary, "version"})
				version = append(version, wall)
				p.calls.Store(0)
				wall, _ = p.time(b, p.dir, []string{p.binary, "plan", "--fail-on-changes"})
				plan, calls = append(plan, wall), append(calls, float64(p.calls.Load()))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(version), "version-ms")
			b.ReportMetric(median(plan), "plan-ms")
			b.ReportMetric(median(calls), "AWS-calls")
		})
	}
}

// BenchmarkLocal measures "aircon local" from its start to its first answer, on an empty and on an existing directory of 1,000 secrets, against
// "aircon version"; and what memory it then has, after its start and after 10,000 reads.
func BenchmarkLocal(b *testing.B) {
	p := newBenchProcess(b, 1000)
	for _, existing := range []bool{false, true} {
		b.Run(map[bool]string{false: "empty", true: "existing"}[existing], func(b *testing.B) {
			var version, start, fresh, used []float64
			for b.Loop() {
				wall, _ := p.time(b, p.dir, []string{p.binary, "version"})
				version = append(version, wall)
				dir := filepath.Join(b.TempDir(), "aws")
				if existing {
					if out, err := exec.Command("cp", "-a", p.saved, dir).CombinedOutput(); err != nil {
						b.Fatalf("cp: %v\n%s", err, out)
					}
				}
				took, before, after := p.local(b, dir, existing)
				start, fresh, used = append(start, took), append(fresh, before), append(used, after)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(version), "version-ms")
			b.ReportMetric(median(start), "start-ms")
			b.ReportMetric(median(fresh), "start-MiB")
			b.ReportMetric(median(used), "read-MiB")
		})
	}
}

// BenchmarkDoctor measures "aircon doctor" of connections to one PostgreSQL, with 50 ms added to each call of AWS's: with and without opening
// the databases. The calls are asserted by TestLocalAWSDoctorCallsAreFew in internal/awsapi.
func BenchmarkDoctor(b *testing.B) {
	postgres := aircontest.NewPostgres(b)
	db := postgres.NewDatabase(b)
	b.Setenv("DB_PASSWORD", db.Password.Reveal())
	connection := fmt.Sprintf("{conn_type: postgres, host: %q, port: %d, login: %q, password: {env: DB_PASSWORD}, schema: %q, extra: {sslmode: verify-full, sslrootcert: %q}}",
		postgres.Host, postgres.Port, db.Role, db.Name, postgres.CAFile)
	for _, n := range []int{1, 200} {
		b.Run(fmt.Sprintf("connections=%d", n), func(b *testing.B) {
			p := newBenchProcessOf(b, n, connection)
			p.server.Inject(localaws.Fault{Kind: localaws.FaultLatency, Latency: 50 * time.Millisecond})
			var whole, offline, calls []float64
			for b.Loop() {
				p.calls.Store(0)
				wall, _ := p.time(b, p.dir, []string{p.binary, "doctor", "--fail-on", "warning"})
				whole, calls = append(whole, wall), append(calls, float64(p.calls.Load()))
				wall, _ = p.time(b, p.dir, []string{p.binary, "doctor", "--connect=false"})
				offline = append(offline, wall)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(median(whole), "doctor-ms")
			b.ReportMetric(median(offline), "without-databases-ms")
			b.ReportMetric(median(calls), "AWS-calls")
		})
	}
}

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// benchProcess is a local AWS with an environment and so many applied connections, for processes to ask.
type benchProcess struct {
	binary, dir string // dir holds aircon.yaml
	saved       string // a copy of the directory of its local AWS
	env         []string
	server      *localaws.Server
	calls       *atomic.Int64
}

func newBenchProcess(b *testing.B, connections int) *benchProcess {
	b.Helper()
	return newBenchProcessOf(b, connections, "{conn_type: postgres, host: h, login: etl, password: {env: BENCH_PASSWORD}, extra: {sslmode: require}}")
}

func newBenchProcessOf(b *testing.B, connections int, connection string) *benchProcess {
	b.Helper()
	p := &benchProcess{binary: binary(b), dir: b.TempDir(), saved: filepath.Join(b.TempDir(), "saved"), calls: new(atomic.Int64)}
	text := "version: 1\nenvironments:\n  analytics:\n    policy: prefix\n    connections:\n"
	for i := range connections {
		text += fmt.Sprintf("      c%04d: %s\n", i, connection)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "aircon.yaml"), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(b.TempDir(), "aws")
	s, err := localaws.New(localaws.Options{Directory: dir, MWAA: mwaa.Options{Create: -1, Update: -1}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	p.server = s
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.calls.Add(1)
		s.ServeHTTP(w, r)
	}))
	b.Cleanup(server.Close)
	env := s.Env(server.URL)
	p.env = append(without(os.Environ(), "AWS_", "AIRFLOW_"), "BENCH_PASSWORD=p", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"AIRFLOW_CONN_FROM_VARIABLE=postgres://etl:p@h:5432/dw")
	for name, value := range env {
		p.env = append(p.env, name+"="+value)
	}
	if err := makeEnvironment(context.Background(), env, "analytics", "2.10.3"); err != nil {
		b.Fatal(err)
	}
	p.time(b, p.dir, []string{p.binary, "apply", "--yes"})
	if out, err := exec.Command("cp", "-a", dir, p.saved).CombinedOutput(); err != nil {
		b.Fatalf("cp: %v\n%s", err, out)
	}
	return p
}

func (p *benchProcess) command(dir string, args []string) *exec.Cmd {
	c := exec.Command(args[0], args[1:]...)
	c.Dir, c.Env = dir, p.env
	return c
}

// time runs a command, which must end well, and returns how long it took and how much of the processors, in milliseconds.
func (p *benchProcess) time(b *testing.B, dir string, args []string) (wall, cpu float64) {
	b.Helper()
	c := p.command(dir, args)
	began := time.Now()
	out, err := c.CombinedOutput()
	wall = time.Since(began).Seconds() * 1000
	if err != nil {
		b.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return wall, (c.ProcessState.UserTime() + c.ProcessState.SystemTime()).Seconds() * 1000
}

var readyAt = regexp.MustCompile(`ready at (http://\S+)`)

// local starts a local AWS and returns how many milliseconds pass until its first answer, and its memory in MiB then and after reads.
func (p *benchProcess) local(b *testing.B, dir string, existing bool) (took, before, after float64) {
	b.Helper()
	c := p.command(p.dir, []string{p.binary, "local", "--directory", dir, "--address", "127.0.0.1:0"})
	out, err := c.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		_, _ = io.Copy(io.Discard, out)
		_ = c.Wait()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	found := readyAt.FindStringSubmatch(line)
	if err != nil || found == nil {
		b.Fatalf("local AWS says %q, %v", line, err)
	}
	answer, err := http.Get(found[1] + "/healthz")
	if err != nil {
		b.Fatal(err)
	}
	_ = answer.Body.Close()
	took, before = time.Since(began).Seconds()*1000, resident(b, c.Process.Pid)
	keys, err := localaws.ReadCredentials(dir)
	if err != nil {
		b.Fatal(err)
	}
	api := benchClient(b, found[1], keys)
	if !existing {
		env := map[string]string{"AWS_ENDPOINT_URL": found[1], "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": keys.AccessKeyID, "AWS_SECRET_ACCESS_KEY": keys.SecretAccessKey}
		if _, err := callLocal(b.Context(), env, "secretsmanager", "CreateSecret", `{"Name": "airflow/connections/c0000", "SecretString": "postgres://h"}`); err != nil {
			b.Fatal(err)
		}
	}
	for i := range 10_000 {
		id := "airflow/connections/c0000"
		if existing {
			id = fmt.Sprintf("airflow/connections/c%04d", i%1000)
		}
		if _, err := api.GetSecretValue(b.Context(), id); err != nil {
			b.Fatal(err)
		}
	}
	return took, before, resident(b, c.Process.Pid)
}

func benchClient(b *testing.B, endpoint string, keys localaws.Credentials) *awsapi.Client {
	b.Helper()
	b.Setenv("AWS_ACCESS_KEY_ID", keys.AccessKeyID)
	b.Setenv("AWS_SECRET_ACCESS_KEY", keys.SecretAccessKey)
	b.Setenv("AWS_CONFIG_FILE", os.DevNull)
	b.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	api, err := awsapi.Open(b.Context(), awsapi.Options{Region: "us-east-1", Endpoint: endpoint})
	if err != nil {
		b.Fatal(err)
	}
	return api
}

// resident returns the memory that a process has, in MiB: VmRSS of proc(5), which counts the binary's own pages too.
func resident(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kB, err := strconv.ParseFloat(strings.Fields(value)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			return kB / 1024
		}
	}
	b.Fatalf("no VmRSS of process %d", pid)
	return 0
}
