package airflow

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"aircon/internal/supervise"
)

// program is one run of a program that ends by itself, and with this process at the latest.
type program struct {
	args []string
	env  []string // the whole of it
	dir  string
	said func(line string) // called with each line that it prints; may be nil
}

func (p program) command() *exec.Cmd {
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Env, cmd.Dir = p.env, p.dir
	return cmd
}

// run waits for the program. The error holds the last lines that it printed.
func (p program) run(ctx context.Context) error {
	cmd := p.command()
	out := &tail{said: p.said}
	cmd.Stdout, cmd.Stderr = out, out
	child, err := supervise.Start(cmd, supervise.Options{})
	if err != nil {
		return err
	}
	select {
	case <-child.Done():
	case <-ctx.Done():
		if err := child.Stop(context.WithoutCancel(ctx)); err != nil {
			return err
		}
		return ctx.Err()
	}
	if err := child.Err(); err != nil {
		return &ProgramError{Program: filepath.Base(p.args[0]) + " " + strings.Join(p.args[1:min(3, len(p.args))], " "), Printed: out.String(), Err: err}
	}
	return nil
}

// ProgramError says that a program ended badly, and what it printed last.
type ProgramError struct {
	Program string
	Printed string // its last lines
	Err     error
}

// Error holds all of it.
func (e *ProgramError) Error() string {
	text := fmt.Sprintf("%s: %v", e.Program, e.Err)
	if e.Printed != "" {
		text += ":\n" + e.Printed
	}
	return text
}

// Unwrap returns how the program ended.
func (e *ProgramError) Unwrap() error { return e.Err }

// tailLines is how many of a program's last lines an error shows: a Python traceback's end, with its cause.
const tailLines = 12

// tail keeps the last lines written to it. The zero value is empty.
type tail struct {
	said  func(string)
	mu    sync.Mutex
	part  []byte
	lines []string
}

var _ io.Writer = (*tail)(nil)

// Write takes bytes that may end within a line.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.part = append(t.part, p...)
	for {
		line, rest, ok := bytes.Cut(t.part, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		t.part = rest
		t.add(strings.TrimRight(string(line), "\r "))
	}
}

func (t *tail) add(line string) {
	if line == "" {
		return
	}
	if t.said != nil {
		t.said(line)
	}
	t.lines = append(t.lines, line)
	t.lines = t.lines[max(0, len(t.lines)-tailLines):]
}

// String returns the lines.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(append(t.lines[:len(t.lines):len(t.lines)], strings.Fields(string(t.part))...), "\n")
}
