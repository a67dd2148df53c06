//go:build unix

package supervise_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"aircon/internal/supervise"
)

// parentEnv tells this test binary to play the parent that is killed. Only the tests need it; Start does not.
const parentEnv = "SUPERVISE_TEST_PARENT"

func TestMain(m *testing.M) {
	if script := os.Getenv(parentEnv); script != "" {
		parent(script)
	}
	os.Exit(m.Run())
}

// parent starts a shell as its child, hands it the standard output that the test reads, and waits to be killed.
func parent(script string) {
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Stdout = os.Stdout
	opts := supervise.Options{Grace: 300 * time.Millisecond, Family: os.Getenv("SUPERVISE_TEST_FAMILY") != ""}
	if remove := os.Getenv("SUPERVISE_TEST_REMOVE"); remove != "" {
		opts.Remove = []string{remove}
	}
	if _, err := supervise.Start(cmd, opts); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	select {}
}

// The child holds the write end of a pipe that the test reads: its end of file proves that the child and its descendants are gone.
func TestKilledParent(t *testing.T) {
	for name, script := range map[string]string{
		"an obedient child":       `echo ready; exec sleep 1000`,
		"a child that won't stop": `trap '' TERM HUP INT; echo ready; while :; do sleep 1000; done`,
		"a child with children":   `sleep 1000 & sleep 1000 & echo ready; wait`,
		"a child that closes fds": `exec 0<&-; echo ready; sleep 1000`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data with 'quotes'")
			if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o700); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), parentEnv+"="+script, "SUPERVISE_TEST_REMOVE="+dir)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewReader(out)
			if line, err := lines.ReadString('\n'); line != "ready\n" {
				t.Fatalf("child said %q, %v", line, err)
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
				t.Errorf("after the kill: %q, %v", rest, err)
			}
			_ = cmd.Wait()
			waitGone(t, dir)
		})
	}
}

// waitGone waits for a path to vanish: an obedient child ends a moment before the watchdog has removed its
// directory. The test binary's deadline ends a wait in vain.
func waitGone(t *testing.T, path string) {
	t.Helper()
	for {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return
		}
		runtime.Gosched()
	}
}

func TestStop(t *testing.T) {
	for name, test := range map[string]struct {
		script string
		grace  time.Duration
		want   syscall.Signal // that ended the child; 0 means that it ended by itself
	}{
		"asked":  {`echo ready; exec sleep 1000`, time.Minute, syscall.SIGTERM},
		"heeds":  {`trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done`, time.Minute, 0},
		"killed": {`trap '' TERM; echo ready; while :; do sleep 1000; done`, 10 * time.Millisecond, syscall.SIGKILL},
	} {
		t.Run(name, func(t *testing.T) {
			p, out := start(t, test.script, supervise.Options{Grace: test.grace})
			if err := p.Stop(context.Background()); err != nil {
				t.Fatal(err)
			}
			if err := p.Stop(context.Background()); err != nil {
				t.Errorf("second stop: %v", err)
			}
			if _, err := io.ReadAll(out); err != nil {
				t.Error(err)
			}
			if got := endedBy(p.Err()); got != test.want {
				t.Errorf("ended by %v, want %v", got, test.want)
			}
		})
	}
}

func TestChildEndsByItself(t *testing.T) {
	p, out := start(t, `sleep 1000 & echo ready; exit 3`, supervise.Options{})
	<-p.Done()
	var exit *exec.ExitError
	if !errors.As(p.Err(), &exit) || exit.ExitCode() != 3 {
		t.Errorf("ended with %v, want status 3", p.Err())
	}
	if _, err := io.ReadAll(out); err != nil { // hangs if the grandchild lives on
		t.Error(err)
	}
}

func TestStartFails(t *testing.T) {
	if _, err := supervise.Start(exec.Command("/nonexistent/program"), supervise.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	_, err := supervise.Start(exec.Command("/bin/sh"), supervise.Options{Signal: syscall.SIGUSR1})
	if err == nil || !strings.Contains(err.Error(), "SIGTERM") {
		t.Errorf("got %v", err)
	}
}

// start starts a shell whose standard output is a pipe, and waits for its first line.
func start(t *testing.T, script string, opts supervise.Options) (*supervise.Process, io.Reader) {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { read.Close() })
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Stdout = write
	p, err := supervise.Start(cmd, opts)
	write.Close()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Stop(context.Background()) })
	lines := bufio.NewReader(read)
	if line, err := lines.ReadString('\n'); line != "ready\n" {
		t.Fatalf("child said %q, %v", line, err)
	}
	return p, lines
}

func endedBy(err error) syscall.Signal {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return status.Signal()
		}
	}
	return 0
}
