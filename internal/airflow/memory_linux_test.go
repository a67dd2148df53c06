package airflow

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// What works in the environment's directory counts, and nothing else.
func TestMemory(t *testing.T) {
	home := t.TempDir()
	if n := Memory(home); n != 0 {
		t.Errorf("%d MiB without a process", n)
	}
	cmd := exec.Command("/bin/sh", "-c", `read -r x`)
	cmd.Dir = home
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if found := processesAt(home); len(found) != 1 || filepath.Dir(found[0]) != "/proc" {
		t.Errorf("found %q", found)
	}
	if kilobytes := proportional("/proc/self/smaps_rollup"); kilobytes < 1024 {
		t.Errorf("this process takes %d kB", kilobytes)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // read fails at the end of its input
	if found := processesAt(home); len(found) != 0 {
		t.Errorf("found %q", found)
	}
}
