//go:build unix

package scratch

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// holderEnv tells this test binary to hold a directory until it is killed.
const holderEnv = "SCRATCH_TEST_HOLDER"

func TestMain(m *testing.M) {
	if os.Getenv(holderEnv) == "" {
		os.Exit(m.Run())
	}
	d, err := New("scratch-")
	if err == nil {
		err = os.WriteFile(filepath.Join(d.Path, "file"), nil, 0o600)
	}
	fmt.Println(d.Path, err)
	select {}
}

// names are those in the directory of temporary files.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

// What a killed process leaves is there until the next one comes; what a living one has stays.
func TestDirectoryOfAKilledProcess(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), holderEnv+"=1")
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasSuffix(line, "<nil>\n") {
		t.Fatalf("%s, %v", line, err)
	}
	theirs := filepath.Base(strings.Fields(line)[0])
	ours, err := New("scratch-")
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, temp); strings.Count(got, theirs) != 2 || strings.Count(got, filepath.Base(ours.Path)) != 2 {
		t.Errorf("while both live: %s", got)
	}
	if err := ours.Remove(); err != nil {
		t.Error(err)
	}
	if err := os.Mkdir(filepath.Join(temp, "scratch-of-somebody"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it was killed
	if got := names(t, temp); strings.Count(got, theirs) != 2 {
		t.Errorf("after it was killed: %s", got)
	}
	next, err := New("scratch-")
	if err != nil {
		t.Fatal(err)
	}
	if err := next.Remove(); err != nil {
		t.Error(err)
	}
	if got := names(t, temp); got != "scratch-of-somebody" {
		t.Errorf("after the next one: %s", got)
	}
}
