package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"aircon/internal/supervise"
	"aircon/internal/term"
)

// stage is where the demo plays: a directory, and this same binary run in it, each time as a user would run it.
type stage struct {
	t      *term.Terminal
	self   string
	dir    string
	env    map[string]string // of the local AWS, as "local env" prints it
	server *supervise.Process
}

func newStage(ctx context.Context, w world, dir string) (*stage, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	return &stage{t: w.terminal(), self: self, dir: dir}, ctx.Err()
}

// say prints what comes next and why.
func (s *stage) say(text string) {
	fmt.Fprintf(s.t.Out, "\n%s\n", s.t.Paint(term.Bold, text))
}

func (s *stage) show(args []string) {
	fmt.Fprintf(s.t.Out, "%s\n", s.t.Paint(term.Note, "$ aircon "+commandLine(args)))
}

// command readies this binary as a user would start it after  eval "$(aircon local env)".
func (s *stage) command(ctx context.Context, args []string) *exec.Cmd {
	c := exec.CommandContext(ctx, s.self, args...)
	c.Dir = s.dir
	c.Env = without(os.Environ(), "AWS_", "PG", "AIRFLOW_")
	for name, value := range s.env {
		c.Env = append(c.Env, name+"="+value)
	}
	return c
}

// aircon runs a command, shows what it prints, and holds its exit status against the one that it must have.
func (s *stage) aircon(ctx context.Context, want int, args ...string) error {
	s.show(args)
	out, err := s.output(ctx, want, args)
	for line := range strings.Lines(out) {
		fmt.Fprint(s.t.Out, indent, line)
	}
	return err
}

// indent stands before each line that a command of the demo prints.
const indent = "  "

// quiet runs a command that must succeed, and whose last line says it all.
func (s *stage) quiet(ctx context.Context, args ...string) error {
	s.show(args)
	out, err := s.output(ctx, exitDone, args)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err != nil {
		lines = strings.Split(out, "\n")
		fmt.Fprintln(s.t.Out, strings.Join(lines, "\n"))
		return err
	}
	if last := lines[len(lines)-1]; strings.Contains(last, term.OK.String()) {
		fmt.Fprintf(s.t.Out, "  %s\n", last)
	}
	return nil
}

// output runs a command and returns what it prints, errors included.
func (s *stage) output(ctx context.Context, want int, args []string) (string, error) {
	var out bytes.Buffer
	c := s.command(ctx, args)
	c.Stdout, c.Stderr = &out, &out
	if s.t.Width > 0 { // the command's output goes through a pipe, indented, to a terminal
		c.Env = append(c.Env, "CLICOLOR_FORCE=1", "COLUMNS="+strconv.Itoa(s.t.Width-len(indent)))
	}
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return out.String(), fmt.Errorf("aircon %s: %w", args[0], err)
	}
	if got := c.ProcessState.ExitCode(); got != want {
		return out.String(), fmt.Errorf("aircon %s ended with status %d instead of %d", commandLine(args), got, want)
	}
	return out.String(), nil
}

// local starts the local AWS in the background, and takes over the variables that it is reached by.
func (s *stage) local(ctx context.Context, args ...string) error {
	fmt.Fprintf(s.t.Out, "%s\n", s.t.Paint(term.Note, "$ aircon "+commandLine(args)+" &"))
	c := s.command(context.WithoutCancel(ctx), args)
	stdout, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	var complaints bytes.Buffer
	c.Stderr = &complaints
	progress := s.t.Progress("starting a local AWS and PostgreSQL")
	defer progress.Stop()
	if s.server, err = supervise.Start(c, supervise.Options{Grace: time.Minute}); err != nil { // Airflow, where it runs one, takes some seconds
		return err
	}
	interrupted := context.AfterFunc(ctx, func() { _ = s.server.Signal(syscall.SIGTERM) }) // its end is what untilReady waits for then
	ready, err := untilReady(stdout)
	interrupted()
	progress.Stop()
	if err != nil {
		stopped := s.server.Stop(ctx) // what it complained about is whole only after its end
		return errors.Join(stopped, fmt.Errorf("the local AWS did not start: %w", err), errors.New(strings.TrimSpace(complaints.String())))
	}
	fmt.Fprint(s.t.Out, ready)
	fmt.Fprintf(s.t.Out, "%s\n", s.t.Paint(term.Note, `$ eval "$(aircon local env --directory `+demoState+`)"`))
	out, err := s.output(ctx, exitDone, []string{"local", "env", "--directory", demoState, "--output", "json"})
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(out), &s.env)
}

// untilReady reads what local prints until it says where it is, and leaves out its keys.
func untilReady(r io.Reader) (string, error) {
	var text strings.Builder
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "in another shell") {
			go func() { _, _ = io.Copy(io.Discard, r) }() // so that the server never waits for a reader
			return text.String(), nil
		}
		if strings.Contains(line, " is ready at ") {
			text.WriteString("  " + line + "\n")
		}
	}
	return "", errors.Join(io.ErrUnexpectedEOF, lines.Err())
}

// write puts a file into the directory and shows it.
func (s *stage) write(name, text string) error {
	fmt.Fprintf(s.t.Out, "%s\n", s.t.Paint(term.Note, "$ cat "+name))
	for line := range strings.Lines(text) {
		fmt.Fprintf(s.t.Out, "  %s", line)
	}
	return os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600)
}

// attachedPolicy asks which policy the execution role has.
func (s *stage) attachedPolicy(ctx context.Context) (string, error) {
	input := `{"RoleName": "` + demoEnvironment + `-execution"}`
	answer, err := callLocal(ctx, s.env, "iam", "ListAttachedRolePolicies", input)
	if err != nil {
		return "", err
	}
	return xmlText(answer, "PolicyArn")
}

// close stops the local AWS, and PostgreSQL with it.
func (s *stage) close(ctx context.Context) error {
	if s.server == nil {
		return nil
	}
	return s.server.Stop(ctx)
}
