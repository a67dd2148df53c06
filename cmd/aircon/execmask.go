package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"aircon"
	"aircon/internal/airflow"
	"aircon/internal/attend"
	"aircon/internal/rolecreds"
	"aircon/internal/supervise"
)

// masking runs a program whose output goes through a mask. aircon stays its parent.
type masking struct {
	mask    *airflow.Mask
	program attend.Program
}

// afterwards is how long what a program has left running may still write after its end.
const afterwards = 5 * time.Second

// run runs the program and ends with its status.
func (m *masking) run(w world) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	out, errs := m.streams(w)
	c := &exec.Cmd{Path: m.program.Path, Args: m.program.Args, Env: m.program.Env, Stdin: w.in, Stdout: out, Stderr: errs, WaitDelay: afterwards}
	ended := supervise.Run(c, supervise.Options{Gate: []string{self, "become-program"}})
	failed := unlessGone(errors.Join(out.Flush(), errs.Flush()))
	var exit *exec.ExitError
	switch {
	case errors.As(ended, &exit):
		return statusError(shellStatus(exit.ProcessState))
	case errors.Is(ended, exec.ErrWaitDelay):
		fmt.Fprintf(w.err, "what %s left running still held its output %v after its end, and was ended\n", m.program.Args[0], afterwards)
	case c.ProcessState == nil:
		return ended
	case failed == nil:
		failed = unlessGone(ended)
	}
	return failed
}

// streams are what the program writes to. Where both are one file, they are one here too, so that what is written stays in order.
func (m *masking) streams(w world) (out, errs *airflow.MaskedWriter) {
	to := w.out
	if s, ok := to.(*stream); ok {
		to = s.File // whose reader the program must see gone
	}
	out = m.mask.Writer(to)
	if sameFile(to, w.err) {
		return out, out
	}
	return out, m.mask.Writer(w.err)
}

func sameFile(a, b io.Writer) bool {
	one, ok := a.(*os.File)
	two, also := b.(*os.File)
	if !ok || !also {
		return false
	}
	first, err := one.Stat()
	second, failed := two.Stat()
	return err == nil && failed == nil && os.SameFile(first, second)
}

// unlessGone is an error but for that of a reader that has gone, such as head, of which the program has heard itself.
func unlessGone(err error) error {
	if errors.Is(err, syscall.EPIPE) {
		return nil
	}
	return err
}

// shellStatus is the status by which a shell knows how a process ended.
func shellStatus(p *os.ProcessState) int {
	if status, ok := p.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return p.ExitCode()
}

// newGate is the command that aircon runs of itself to become the program when there is a watchdog for it.
func newGate() *cobra.Command {
	return &cobra.Command{
		Use: "become-program", Hidden: true, DisableFlagParsing: true, Args: cobra.MinimumNArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			const gate = 3
			pipe := os.NewFile(gate, "gate")
			_, err := pipe.Read(make([]byte, 1))
			if err = errors.Join(err, pipe.Close(), c.Context().Err()); err != nil {
				return err
			}
			return attend.Become(attend.Program{Path: args[0], Args: args[1:], Env: os.Environ()}, nil)
		},
	}
}

// serveHere gives the program the credentials from an endpoint of this process, and lets the mask know of each that it gives.
func (t *task) serveHere(mask *airflow.Mask) (*rolecreds.Endpoint, error) {
	endpoint, err := rolecreds.Listen(func(ctx context.Context) (rolecreds.Credentials, error) {
		got, err := t.credentials(ctx)
		if err == nil {
			mask.Add(got.SecretAccessKey)
			mask.Add(got.SessionToken)
		}
		return got, err
	}, time.Now)
	if err != nil {
		return nil, err
	}
	for name, value := range endpoint.Env() {
		t.set.Add(t.whose(), name != "AWS_CONTAINER_CREDENTIALS_FULL_URI", map[string]aircon.Secret{name: value})
	}
	return endpoint, nil
}
