// Package startup runs an environment's startup script as MWAA does, and takes what it exports.
package startup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"aircon/internal/supervise"
)

// longest is how long a script may take.
//
// Source: the MWAA User Guide, "Using a startup script with Amazon MWAA": a script that does not finish within five minutes is ended.
const longest = 5 * time.Minute

// sourcing runs a script and writes its environment at the end to descriptor 3, also where the script calls exit.
const sourcing = `trap 'status=$?; env -0 >&3; exit $status' EXIT; source "$0"`

// Run runs a script with an environment, by bash and in the script's directory, and returns what it exports: all of its environment that is new or
// another. Its last line need not be reached: what counts is the environment at its end. What it prints goes to out. The error says how it ended.
func Run(ctx context.Context, script string, environ []string, out io.Writer) (exported map[string]string, err error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	path, err := filepath.Abs(script)
	if err != nil {
		return nil, err
	}
	c := exec.Command("bash", "-c", sourcing, path) //nolint:gosec // the user's own script
	c.Env, c.Dir = environ, filepath.Dir(path)
	var after []string
	entries, err := newReader(func(r *bufio.Reader) error {
		var err error
		after, err = readEntries(r)
		return err
	})
	if err != nil {
		return nil, err
	}
	printed, err := newReader(func(r *bufio.Reader) error { _, err := io.Copy(out, r); return err })
	if err != nil {
		return nil, errors.Join(err, entries.end(nil))
	}
	c.Stdout, c.Stderr, c.ExtraFiles = printed.write, printed.write, []*os.File{entries.write}
	err = run(ctx, c)
	// What the script started and did not wait for may hold the pipes open: the end that is written here is all that is waited for.
	err = errors.Join(err, entries.end([]byte{0}), printed.end(nil))
	if err != nil {
		return nil, err
	}
	return changes(environ, after), nil
}

// run waits for the end of the script and of what it left in its process group.
func run(ctx context.Context, c *exec.Cmd) error {
	child, err := supervise.Start(c, supervise.Options{})
	if err != nil {
		return err
	}
	select {
	case <-child.Done():
		return child.Err()
	case <-ctx.Done():
		return errors.Join(fmt.Errorf("it was ended: %w", ctx.Err()), child.Stop(context.WithoutCancel(ctx)))
	}
}

// reader is a pipe that is read while it is written.
type reader struct {
	read, write *os.File
	done        chan error
}

func newReader(take func(*bufio.Reader) error) (*reader, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	r := &reader{read, write, make(chan error, 1)}
	go func() { r.done <- take(bufio.NewReader(read)) }()
	return r, nil
}

// afterwards is how long what a script left behind may go on to print.
const afterwards = time.Second

// end writes the last bytes, and returns when they were read.
func (r *reader) end(last []byte) error {
	_, err := r.write.Write(last)
	err = errors.Join(err, r.write.Close(), r.read.SetReadDeadline(time.Now().Add(afterwards)))
	if taken := <-r.done; !errors.Is(taken, os.ErrDeadlineExceeded) {
		err = errors.Join(err, taken)
	}
	return errors.Join(err, r.read.Close())
}

// readEntries reads texts that each end with a zero byte, up to an empty one.
func readEntries(r *bufio.Reader) (entries []string, err error) {
	for {
		entry, err := r.ReadString(0)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if entry = strings.TrimSuffix(entry, "\x00"); entry == "" {
			return entries, nil
		}
		entries = append(entries, entry)
	}
}

// changes returns the variables of an environment that were not so before.
func changes(before, after []string) map[string]string {
	changed := map[string]string{}
	for _, entry := range after {
		name, value, ok := strings.Cut(entry, "=")
		if ok && !bashOwn[name] && !slices.Contains(before, entry) {
			changed[name] = value
		}
	}
	return changed
}

// bashOwn are variables that bash sets by itself.
var bashOwn = map[string]bool{"_": true, "SHLVL": true, "PWD": true, "OLDPWD": true}
