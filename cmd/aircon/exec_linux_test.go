package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestExecShowsNoSecret looks at the command lines and environments of all processes while programs run, for the password and for the
// caller's own keys.
func TestExecShowsNoSecret(t *testing.T) {
	s := newCanarySession(t)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	s.file("aircon.yaml", s.spec("verify-full"))
	s.run("", "apply", "--yes")
	own := os.Getenv("AWS_SECRET_ACCESS_KEY")
	for _, test := range []struct {
		name  string
		args  []string
		holds bool // whether the program's environment holds the password
	}{
		{"nothing asked for", []string{"exec"}, false},
		{"credentials by variables", []string{"exec", "--credentials", "env"}, false},
		{"a connection", []string{"exec", "--conn", "db"}, true},
		{"libpq's variables", []string{"exec", "--pg", "db"}, true},
		{"a URL", []string{"exec", "--database-url", "db"}, true},
		{"masked", []string{"exec", "--mask", "--conn", "db", "--pg", "db"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := exec.Command("aircon", append(test.args, "--", "sh", "-c", "echo $$; read -r line; exit 0")...)
			c.Env = withoutPassword(os.Environ())
			in, inErr := c.StdinPipe()
			out, outErr := c.StdoutPipe()
			if err := errors.Join(inErr, outErr, c.Start()); err != nil {
				t.Fatal(err)
			}
			var program int
			if _, err := fmt.Fscanln(out, &program); err != nil {
				t.Fatal(err)
			}
			lookAtProcesses(t, program, own, test.holds)
			if err := errors.Join(in.Close(), c.Wait()); err != nil {
				t.Error(err)
			}
		})
	}
}

// withoutPassword is a caller's environment that has not what the spec was applied with.
func withoutPassword(environ []string) []string {
	return slices.DeleteFunc(environ, func(v string) bool { return strings.HasPrefix(v, "ETL_PASSWORD=") })
}

// lookAtProcesses reads what /proc shows of every process.
func lookAtProcesses(t *testing.T, program int, own string, holds bool) {
	t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(processes) < 2 {
		t.Fatal(processes, err)
	}
	for _, process := range processes {
		pid := filepath.Base(process)
		commandLine, _ := os.ReadFile(process + "/cmdline") // one that has ended shows nothing
		if form := found(string(commandLine)); form != "" || bytes.Contains(commandLine, []byte(own)) {
			t.Errorf("process %s shows the password (%s) or the caller's key on its command line", pid, form)
		}
		environment, _ := os.ReadFile(process + "/environ")
		if pid == strconv.Itoa(program) {
			if got := found(string(environment)) != ""; got != holds {
				t.Errorf("the program's environment holds the password: %t", got)
			}
			if bytes.Contains(environment, []byte(own)) {
				t.Error("the program's environment holds the caller's own key")
			}
		} else if name, _, _ := bytes.Cut(commandLine, []byte{0}); filepath.Base(string(name)) == "aircon" && found(string(environment)) != "" {
			t.Errorf("the environment of %q holds the password", commandLine)
		}
	}
}
