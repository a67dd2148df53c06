//go:build unix

package attend

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain plays the attendant, and the process that becomes a program, besides the tests.
func TestMain(m *testing.M) {
	play := map[string]func() error{"attendant": attendant, "becomes": becomes}[os.Getenv("ATTEND_PLAYS")]
	if play == nil {
		os.Exit(m.Run())
	}
	if err := play(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(97)
	}
}

// work is what the tests' attendant is told: a file to remove in the end, and what to answer.
type work struct{ Remove, Fail string }

func attendant() error {
	var w work
	duty, err := Take(os.Stdin, os.Stdout, &w)
	if err != nil {
		return err
	}
	var failed error
	if w.Fail != "" {
		failed = errors.New(w.Fail)
	}
	if err := duty.Answer(os.Getpid(), failed); err != nil {
		return err
	}
	return errors.Join(duty.Wait(), os.Remove(w.Remove))
}

// becomes starts an attendant, prints its pid and becomes the program of the rest of the command line.
func becomes() error {
	if err := os.Setenv("ATTEND_PLAYS", "attendant"); err != nil {
		return err
	}
	var pid int
	a, err := Start([]string{os.Args[0]}, work{os.Getenv("REMOVE"), os.Getenv("FAIL")}, &pid)
	if err != nil {
		return err
	}
	fmt.Println(pid)
	return errors.Join(Become(Program{"/bin/sh", []string{"sh", "-c", os.Args[1]}, []string{"PATH=" + os.Getenv("PATH")}}, a), a.Dismiss())
}

// become starts a process that becomes a shell with a script, and returns it with its output and the file that its attendant removes.
func become(t *testing.T, script string, env ...string) (c *exec.Cmd, out *bufio.Reader, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c = exec.CommandContext(t.Context(), os.Args[0], script)
	c.Env = append(append(os.Environ(), "ATTEND_PLAYS=becomes", "REMOVE="+file), env...)
	c.Stderr = os.Stderr
	stdout, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewReader(stdout), file
}

// gone waits until a file is no more.
func gone(t *testing.T, file string) {
	t.Helper()
	for range 1000 {
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
			return
		}
		time.Sleep(10 * time.Millisecond) // another process's work: there is nothing to wait on
	}
	t.Errorf("%s is still there", file)
}

func TestTheProgramIsThisProcess(t *testing.T) {
	c, out, file := become(t, `echo $$; exit 42`)
	text, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 42 {
		t.Errorf("ended with %v", err)
	}
	if lines := strings.Fields(string(text)); len(lines) != 2 || lines[1] != fmt.Sprint(c.Process.Pid) {
		t.Errorf("printed %q; the process is %d", text, c.Process.Pid)
	}
	gone(t, file)
}

func TestTheAttendantOutlivesNoKill(t *testing.T) {
	c, out, file := become(t, `echo up; exec sleep 60`)
	var pid int
	if _, err := fmt.Fscanf(out, "%d\nup\n", &pid); err != nil {
		t.Fatal(err)
	}
	own, _ := unix.Getsid(0) // the calling process always has one
	if sid, err := unix.Getsid(pid); err != nil || sid == own {
		t.Errorf("the attendant hears the signals of session %d's terminal: %v", sid, err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error("tidied up too early:", err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Errorf("ended with %v", err)
	}
	gone(t, file)
}

func TestTheProgramHasNoChildren(t *testing.T) {
	c, out, _ := become(t, `wait; ps -o pid= --ppid $$ | wc -l`)
	text, err := io.ReadAll(out)
	if err = errors.Join(err, c.Wait()); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Fields(string(text)); len(lines) != 2 || lines[1] != "2" { // ps and wc are the shell's own
		t.Errorf("printed %q", text)
	}
}

func TestIgnoredSignalsStayIgnored(t *testing.T) {
	c := exec.CommandContext(t.Context(), "/bin/sh", "-c", `trap '' INT; exec "$0" 'kill -INT $$; echo alive'`, os.Args[0])
	c.Env = append(os.Environ(), "ATTEND_PLAYS=becomes", "REMOVE="+filepath.Join(t.TempDir(), "none"))
	if out, err := c.Output(); err != nil || !strings.HasSuffix(string(out), "alive\n") {
		t.Errorf("%v: %q", err, out)
	}
}

func TestAnAttendantThatRefuses(t *testing.T) {
	c, out, file := become(t, `echo never`, "FAIL=no way to the role")
	text, err := io.ReadAll(out)
	var exit *exec.ExitError
	if ended := c.Wait(); err != nil || len(text) > 0 || !errors.As(ended, &exit) || exit.ExitCode() != 97 {
		t.Errorf("ended with %v, %v after %q", ended, err, text)
	}
	gone(t, file)
	var value map[string]string
	if err := hear(strings.NewReader(`{"error": "no way to the role"}`), &value); err == nil || err.Error() != "no way to the role" {
		t.Errorf("heard %v", err)
	}
	if err := hear(strings.NewReader(""), &value); err == nil || !strings.Contains(err.Error(), "before it answered") {
		t.Errorf("heard %v of one that died", err)
	}
}

func TestTake(t *testing.T) {
	task, err := json.Marshal(work{Remove: "x"})
	if err != nil {
		t.Fatal(err)
	}
	var w work
	duty, err := Take(strings.NewReader(string(task)+"\n"), nil, &w)
	if err != nil || w.Remove != "x" {
		t.Fatal(w, err)
	}
	if err := duty.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := Take(strings.NewReader("not a task\n"), nil, &w); err == nil {
		t.Error("took what is no task")
	}
}
