//go:build unix

package supervise_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"aircon/internal/supervise"
)

// A child that is run hears the signals of its parent, with all of its group.
func TestRunPassesSignals(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.Command("/bin/sh", "-c", `sh -c 'trap "echo heard; exit" USR1; echo ready; while :; do sleep 0.1; done' & trap "wait; exit 7" USR1; wait; wait; exit 8`)
	cmd.Stdout = write
	ended := make(chan error)
	go func() { ended <- errors.Join(supervise.Run(cmd, supervise.Options{}), write.Close()) }()
	lines := bufio.NewReader(read)
	if line, err := lines.ReadString('\n'); line != "ready\n" {
		t.Fatalf("child said %q, %v", line, err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if line, err := lines.ReadString('\n'); line != "heard\n" {
		t.Errorf("its child said %q, %v", line, err)
	}
	var exit *exec.ExitError
	if err := <-ended; !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("it ended with %v", err)
	}
}

// What cannot be started is told.
func TestRunFails(t *testing.T) {
	if err := supervise.Run(exec.Command("/nonexistent/program"), supervise.Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
