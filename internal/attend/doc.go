// Package attend lets this process become another program, with an attendant beside it that serves it and tidies up after it.
//
// A wrapper that stays the parent of what it runs has to pass on signals, job control, the terminal and the exit status, and is never quite
// right: it cannot tell a Ctrl-C that the terminal has sent to both from one that is meant for itself. So there is no wrapper: Become replaces this
// process, and all of these are the program's own.
//
//   - Start runs this program once more as the attendant, in a session of its own and as nobody's child (a program may wait for all its
//     children), and hands it its task.
//   - Take, in the attendant, reads the task, and Duty.Wait returns when the program and all that it left behind have ended, however they
//     ended: they hold the other end of a pipe.
//   - Become replaces this process.
package attend

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// reply is what the attendant answers before it sets to work.
type reply struct {
	Error string          `json:"error,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
}

// Duty is an attendant's side.
type Duty struct {
	in  *bufio.Reader
	out io.WriteCloser
}

// Take reads, in the attendant, the task that Start was given. What the streams are is settled between Start and Take: standard input and output.
func Take(in io.Reader, out io.WriteCloser, task any) (*Duty, error) {
	d := &Duty{bufio.NewReader(in), out}
	line, err := d.in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, task)
	}
	return d, err
}

// Answer tells Start what came of the task: a value, or an error that ends the program before it begins.
func (d *Duty) Answer(value any, failed error) error {
	var r reply
	if failed != nil {
		r.Error = failed.Error()
	} else {
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		r.Value = text
	}
	return errors.Join(json.NewEncoder(d.out).Encode(r), d.out.Close())
}

// Wait returns when nobody holds the other end of the pipe any more.
func (d *Duty) Wait() error {
	_, err := io.Copy(io.Discard, d.in)
	return err
}

// hear reads the attendant's answer.
func hear(from io.Reader, value any) error {
	var r reply
	if err := json.NewDecoder(from).Decode(&r); err != nil {
		return fmt.Errorf("the attendant process ended before it answered: %w", err)
	}
	if r.Error != "" {
		return errors.New(r.Error)
	}
	return json.Unmarshal(r.Value, value)
}

// Program is what to become. Nothing of this process's environment is added.
type Program struct {
	Path string   // of the executable file
	Args []string // the first is the name by which it was called
	Env  []string // NAME=value
}

// Attendant is the attendant as the program's side holds it.
type Attendant struct{ life *os.File }
