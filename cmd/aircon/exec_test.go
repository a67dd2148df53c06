//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"aircon/aircontest"
	"aircon/localaws"
	"aircon/localaws/mwaa"
)

// execSetup is a local AWS with an environment, for programs that run as its tasks.
func execSetup(t *testing.T) {
	t.Helper()
	local := aircontest.NewLocalAWS(t, localaws.Options{MWAA: mwaa.Options{Create: -1, Update: -1, Delete: -1}})
	local.Setenv(t)
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Chdir(t.TempDir())
	hearing()
	if err := makeEnvironment(t.Context(), local.Env(), "analytics", "2.10.3"); err != nil {
		t.Fatal(err)
	}
}

// hearing lets the programs that tests start from here on hear every signal, under nohup and in the background too: what a process ignores, its
// children ignore, and this one hears what it ignored without doing anything.
var hearing = sync.OnceFunc(func() {
	deaf := slices.DeleteFunc([]os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT}, func(s os.Signal) bool { return !signal.Ignored(s) })
	if len(deaf) > 0 {
		signal.Notify(make(chan os.Signal, 1), deaf...)
	}
})

// TestExecSignals sends signals to aircon, which has become the program.
func TestExecSignals(t *testing.T) {
	execSetup(t)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGKILL} {
		for _, script := range []string{"echo ready; exec sleep 60", `trap "exit 7" INT TERM HUP QUIT; echo ready; while :; do sleep 0.1; done`} {
			t.Run(fmt.Sprint(signal, strings.HasPrefix(script, "trap")), func(t *testing.T) {
				var exit *exec.ExitError
				if err := signalled(t, signal, "exec", "analytics", "--", "sh", "-c", script); !errors.As(err, &exit) {
					t.Fatal(err)
				}
				status := exit.Sys().(syscall.WaitStatus)
				switch caught := strings.HasPrefix(script, "trap") && signal != syscall.SIGKILL; {
				case caught && status.ExitStatus() != 7:
					t.Errorf("caught, it ended with %v", exit)
				case !caught && status.Signal() != signal:
					t.Errorf("it ended with %v", exit)
				}
			})
		}
	}
}

// signalled runs aircon, sends it a signal once the program below it is ready, and returns how it ended.
func signalled(t *testing.T, signal syscall.Signal, args ...string) error {
	t.Helper()
	c := exec.Command("aircon", args...)
	out, err := c.StdoutPipe()
	if err = errors.Join(err, c.Start()); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := c.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	return c.Wait()
}

// TestExecIgnoresInterrupt sends SIGINT to a program that ignores it: nothing beside it takes it for its own.
func TestExecIgnoresInterrupt(t *testing.T) {
	execSetup(t)
	c := exec.Command("aircon", "exec", "analytics", "--", "sh", "-c", `trap "" INT; echo ready; read -r line; echo "$line"; exit 3`)
	in, inErr := c.StdinPipe()
	out, outErr := c.StdoutPipe()
	if err := errors.Join(inErr, outErr, c.Start()); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if line, err := lines.ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write([]byte("on\n")); err != nil {
		t.Fatal(err)
	}
	if line, err := lines.ReadString('\n'); line != "on\n" {
		t.Errorf("%q, %v", line, err)
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("it ended with %v", err)
	}
}

// terminal is a pseudo-terminal with a shell that a test types into.
type terminal struct {
	t    *testing.T
	pty  *os.File
	seen chan string
	text strings.Builder
}

// openTerminal starts a shell as a user sits at it.
func openTerminal(t *testing.T) *terminal {
	t.Helper()
	shell := exec.Command("sh", "-i")
	shell.Env = append(os.Environ(), "PS1=$ ", "ENV=", "TERM=dumb")
	file, err := pty.StartWithSize(shell, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, pty: file, seen: make(chan string)}
	go func() {
		defer close(term.seen)
		buffer := make([]byte, 4096)
		for {
			n, err := file.Read(buffer)
			if n > 0 {
				term.seen <- string(buffer[:n])
			}
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = shell.Process.Kill() // it may have ended already
		_ = shell.Wait()
		_ = file.Close()
		for range term.seen {
		}
	})
	return term
}

// types types, and waits until the terminal shows a text after what it has shown before.
func (term *terminal) types(keys, want string) {
	term.t.Helper()
	if _, err := term.pty.WriteString(keys); err != nil {
		term.t.Fatal(err)
	}
	term.awaits(want)
}

func (term *terminal) awaits(want string) {
	term.t.Helper()
	late := time.After(30 * time.Second)
	for {
		if _, after, found := strings.Cut(term.text.String(), want); found {
			term.text.Reset()
			term.text.WriteString(after)
			return
		}
		select {
		case text, open := <-term.seen:
			if !open {
				term.t.Fatalf("the terminal was closed; %q was awaited after %q", want, term.text.String())
			}
			term.text.WriteString(text)
		case <-late:
			term.t.Fatalf("%q does not come; shown is %q", want, term.text.String())
		}
	}
}

// TestExecTerminal sits at a terminal: the program has it whole, with its size, its keys and the shell's job control.
func TestExecTerminal(t *testing.T) {
	execSetup(t)
	term := openTerminal(t)
	term.types("aircon exec analytics -- sh -c 'stty size; trap \"echo Ctrl_C\" INT; trap \"stty size; echo done\" WINCH; while test \"$line\" != end; do read -r line && echo got:$line; done; exit 5'\n", "24 80\r\n")
	term.types("hello\n", "got:hello")
	if err := pty.Setsize(term.pty, &pty.Winsize{Rows: 30, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	term.types("on\n", "30 100\r\n") // which some shells wait for before they look at the signal; its echo comes wherever it comes
	term.awaits("done\r\n")
	term.awaits("got:on")
	term.hearsOnce()

	term.types("aircon exec -e analytics -- sh -c 'trap \"\" INT; echo up; read -r line; exit 6'\n", "\r\nup\r\n")
	term.types("\x03", "^C")
	term.types("on\n", "$ ")
	term.types("echo status $?\n", "status 6")
	term.awaits("$ ")

	term.controlsJobs("aircon exec -e analytics -- cat")
	term.awaits("$ ")

	term.types("aircon exec -e analytics -- sh -c 'echo piped' | cat\n", "\npiped")
}

// hearsOnce types Ctrl-C to a program that says so, goes on reading, and ends with 5.
func (term *terminal) hearsOnce() {
	term.t.Helper()
	term.types("\x03", "Ctrl_C\r\n")
	term.types("again\n", "got:again")
	if strings.Contains(term.text.String(), "Ctrl_C") {
		term.t.Error("one Ctrl-C came twice")
	}
	term.types("end\n", "$ ")
	term.types("echo status $?\n", "status 5")
	term.awaits("$ ")
}

// controlsJobs lets the shell stop a cat, go on with it, and end it.
func (term *terminal) controlsJobs(cat string) {
	term.t.Helper()
	term.types(cat+"\n", "\n")
	term.types("up\n", "up\r\nup\r\n") // the terminal's echo, and cat's
	term.types("\x1a", "Stopped")
	term.awaits("$ ")
	term.types("fg\n", "cat\r\n")
	term.types("still here\n", "still here\r\nstill here\r\n")
	term.types("\x03", "$ ")
	term.types("echo status $?\n", "status 130")
}
