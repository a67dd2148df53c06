//go:build airflow

package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The demo runs to its end with a version of each major release, and says how long each part took and what Airflow's memory is.
func TestAirflowDemo(t *testing.T) {
	for _, version := range []string{"2.10.3", "3.3.1"} {
		t.Run(version, func(t *testing.T) {
			out, err := airconCommand(t, "demo", "airflow", "--airflow", version).CombinedOutput()
			for _, shown := range []string{"PostgresHook\n", "SQLExecuteQueryOperator\n", "from CREATING to AVAILABLE", "run, from trigger to success", " MiB\n"} {
				if err != nil || !strings.Contains(string(out), shown) {
					t.Fatalf("%v, or it does not show %q:\n%s", err, shown, out)
				}
			}
			t.Log(string(out[bytes.LastIndexByte(out[:max(0, bytes.LastIndex(out, []byte("wrote through")))], '\n')+1:]))
		})
	}
}

// airconCommand is aircon in a directory of its own.
func airconCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(builtAircon(t), args...)
	cmd.Dir = t.TempDir()
	return cmd
}

// builtAircon is bin/aircon, which make builds first.
func builtAircon(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../bin/aircon")
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatalf("make test-airflow builds bin/aircon first: %v", err)
	}
	return path
}

// No process, listening port or temporary file is left after aircon was killed at whatever moment of a start.
func TestAirflowIsKilled(t *testing.T) {
	runs, _ := strconv.Atoi(os.Getenv("RUNS"))
	dir, temp := t.TempDir(), t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	aws := filepath.Join(dir, "aws")
	local := airconCommand(t, "local", "--directory", aws, "--address", "127.0.0.1:0")
	if err := local.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = local.Process.Signal(os.Interrupt)
		_ = local.Wait()
	})
	for _, args := range [][]string{{"env", "--wait", "30s"}, {"environment", "analytics", "--airflow", "2.10.3"}, {"airflow", "--airflow", "2.10.3", "--install-only"}, {"airflow", "--airflow", "3.3.1", "--install-only"}} {
		args = append(append([]string{"local"}, args...), "--directory", aws)
		if out, err := airconCommand(t, args...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	t.Logf("SEED=%d kills at the same moments", seed)
	moments := rand.New(rand.NewPCG(seed, 0))
	for run := range max(runs, 5) {
		version, after := []string{"2.10.3", "3.3.1"}[run%2], time.Duration(moments.Int64N(int64(startTime)))
		killedStart(t, aws, temp, version, after)
		if left := waitForNone(t, aws, temp); len(left) > 0 {
			t.Errorf("run %d, Airflow %s, killed after %s: left %q", run, version, after.Round(time.Millisecond), left)
		}
	}
}

// startTime is about how long a start takes, with some time after it.
const startTime = 15 * time.Second

// killedStart starts the environment's Airflow and kills aircon, and nothing else, after a time.
func killedStart(t *testing.T, aws, temp, version string, after time.Duration) {
	t.Helper()
	victim := airconCommand(t, "local", "airflow", "--airflow", version, "--directory", aws)
	victim.Env = append(os.Environ(), "TMPDIR="+temp)
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	moment := time.NewTimer(after)
	defer moment.Stop()
	<-moment.C
	if err := victim.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()
}

// waitForNone waits until no process of the environment's Airflow is there, no port that one listened on is taken, and nothing lies in the
// temporary directory; it returns what is left after a while.
func waitForNone(t *testing.T, aws, temp string) (left []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		left = processesNaming(t, filepath.Join(aws, "airflow"))
		for _, link := range globbed(t, "/proc/[0-9]*/cwd") {
			if at, err := os.Readlink(link); err == nil && strings.HasPrefix(at, filepath.Join(aws, "airflow")) {
				command, _ := os.ReadFile(strings.TrimSuffix(link, "cwd") + "cmdline")
				left = append(left, "process "+strings.ReplaceAll(string(command), "\x00", " "))
			}
		}
		left = append(left, portsOf(t, aws)...)
		left = append(left, globbed(t, filepath.Join(temp, "*"))...)
		left = append(left, globbed(t, filepath.Join(aws, "airflow", "*", "*", "*", "*.new"))...)
		if len(left) == 0 || nap(ctx) != nil {
			return left
		}
	}
}

func globbed(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// portsOf lists the ports that the last start of the environment named in its processes' logs and that somebody listens on.
func portsOf(t *testing.T, aws string) (taken []string) {
	t.Helper()
	for _, log := range globbed(t, filepath.Join(aws, "airflow", "*", "*", "*", "process-logs", "*.log")) {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range listensAt.FindAllStringSubmatch(string(text), -1) {
			if c, err := net.DialTimeout("tcp", found[1], time.Second); err == nil {
				_ = c.Close()
				taken = append(taken, "port "+found[1])
			}
		}
	}
	return taken
}

// listensAt is what gunicorn and uvicorn say.
var listensAt = regexp.MustCompile(`(?:Listening at:|running on) http://(127\.0\.0\.1:\d+)`)
