package main

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// psqlThatTells is a psql that tells where its password is, and waits.
const psqlThatTells = "#!/bin/sh\necho \"$PGPASSFILE\"\nread -r line\n"

// TestPSQLShowsNoPassword looks at all processes while psql runs, and kills it: the file of the password goes with it, and where the process that
// would remove it is killed as well, with the next psql.
func TestPSQLShowsNoPassword(t *testing.T) {
	s := newCanarySession(t)
	s.file("aircon.yaml", s.spec("verify-full"))
	s.run("", "apply", "--yes")
	bin := t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "psql"), []byte(psqlThatTells), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("TMPDIR", t.TempDir())
	own := os.Getenv("AWS_SECRET_ACCESS_KEY")

	c, file := startPSQL(t)
	lookAtProcesses(t, c.Process.Pid, own, false)
	killed(t, c)
	awaitGone(t, filepath.Dir(file))

	c, left := startPSQL(t)
	attendant := holderOf(t, filepath.Join(filepath.Dir(left), "lock"))
	if err := syscall.Kill(attendant, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	killed(t, c)
	if _, err := os.Stat(left); err != nil {
		t.Fatal("nobody was there to remove it:", err)
	}
	c, file = startPSQL(t)
	if _, err := os.Stat(filepath.Dir(left)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what the killed one left is still there: %v", err)
	}
	killed(t, c)
	awaitGone(t, filepath.Dir(file))
}

// startPSQL returns aircon as it has become psql, and the file of its password, which only this user can read.
func startPSQL(t *testing.T) (*exec.Cmd, string) {
	t.Helper()
	c := exec.Command("aircon", "psql", "db")
	c.Env = withoutPassword(os.Environ())
	_, inErr := c.StdinPipe() // stays open
	out, outErr := c.StdoutPipe()
	if err := errors.Join(inErr, outErr, c.Start()); err != nil {
		t.Fatal(err)
	}
	file, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	file = strings.TrimSuffix(file, "\n")
	info, err := os.Stat(file)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("%s: %v, %v", file, info, err)
	}
	return c, file
}

// killed kills a program by signal 9.
func killed(t *testing.T, c *exec.Cmd) {
	t.Helper()
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it was killed
}

// awaitGone waits until another process has removed a path.
func awaitGone(t *testing.T, path string) {
	t.Helper()
	for {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return
		}
		if err := nap(t.Context()); err != nil {
			t.Fatal(path, err)
		}
	}
}

// holderOf finds the process that has a file open.
func holderOf(t *testing.T, path string) int {
	t.Helper()
	open, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range open {
		if to, err := os.Readlink(fd); err == nil && to == path { // others' cannot be read
			pid, err := strconv.Atoi(strings.Split(fd, "/")[2])
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatal("nobody has open ", path)
	return 0
}
