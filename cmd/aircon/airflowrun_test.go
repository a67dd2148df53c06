//go:build airflow

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"aircon/mwaa"
)

// versionsToRun are those of AIRFLOW_VERSIONS, or all.
func versionsToRun() []string {
	if named := strings.Fields(os.Getenv("AIRFLOW_VERSIONS")); len(named) > 0 {
		return named
	}
	return mwaa.Versions()
}

// A DAG of every version writes through a connection that apply stored, as the execution role.
func TestAirflowDemo(t *testing.T) {
	for _, version := range versionsToRun() {
		t.Run(version, func(t *testing.T) {
			out, err := airconCommand(t, "demo", "airflow", "--airflow", version).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "PostgresHook\n") || !strings.Contains(string(out), "SQLExecuteQueryOperator\n") {
				t.Fatalf("%v\n%s", err, out)
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

// No process is left, and no port taken, after aircon was killed at whatever moment of a start.
func TestAirflowIsKilled(t *testing.T) {
	runs, _ := strconv.Atoi(os.Getenv("RUNS"))
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	local := airconCommand(t, "local", "--directory", filepath.Join(dir, "aws"), "--address", "127.0.0.1:0")
	if err := local.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = local.Process.Signal(os.Interrupt)
		_ = local.Wait()
	})
	for _, args := range [][]string{{"env", "--wait", "30s"}, {"environment", "analytics", "--airflow", "2.10.3"}, {"airflow", "--airflow", "2.10.3", "--install-only"}} {
		args = append(append([]string{"local"}, args...), "--directory", filepath.Join(dir, "aws"))
		if out, err := airconCommand(t, args...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
	for run := range max(runs, 5) {
		victim := airconCommand(t, "local", "airflow", "--directory", filepath.Join(dir, "aws"))
		if err := victim.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(run) * 12 * time.Second / time.Duration(max(runs, 5))) // the moments are spread over a start
		if err := victim.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		_ = victim.Wait()
		if left := waitForNone(filepath.Join(dir, "aws", "airflow"), 30*time.Second); len(left) > 0 {
			t.Errorf("run %d: left %q", run, left)
		}
	}
}

// waitForNone waits until no process works in a directory, and returns those that still do.
func waitForNone(dir string, most time.Duration) []string {
	var left []string
	for until := time.Now().Add(most); time.Now().Before(until); time.Sleep(200 * time.Millisecond) {
		left = nil
		all, _ := filepath.Glob("/proc/[0-9]*/cwd")
		for _, link := range all {
			at, err := os.Readlink(link)
			if err == nil && strings.HasPrefix(at, dir) {
				command, _ := os.ReadFile(strings.TrimSuffix(link, "cwd") + "cmdline")
				left = append(left, strings.ReplaceAll(string(command), "\x00", " "))
			}
		}
		if len(left) == 0 {
			return nil
		}
	}
	return left
}
