//go:build !unix

package supervise

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Options say how a child ends.
type Options struct {
	Signal syscall.Signal
	Grace  time.Duration
	Remove []string
	Family bool
	Gate   []string
}

// Process is a running child with its watchdog. There is none on this system.
type Process struct{}

// Start always fails: process groups, on which the guard rests, exist on Linux and macOS only.
func Start(*exec.Cmd, Options) (*Process, error) {
	return nil, errors.New("supervised child processes need Linux or macOS")
}

// Run always fails, as Start does.
func Run(cmd *exec.Cmd, opts Options) error {
	_, err := Start(cmd, opts)
	return err
}

// Pid returns 0.
func (*Process) Pid() int { return 0 }

// Done returns nil.
func (*Process) Done() <-chan struct{} { return nil }

// Err returns nil.
func (*Process) Err() error { return nil }

// Signal does nothing.
func (*Process) Signal(os.Signal) error { return nil }

// Stop does nothing.
func (*Process) Stop(context.Context) error { return nil }
