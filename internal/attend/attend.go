//go:build unix

package attend

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// background starts its arguments as nobody's child. The shell would give them an empty standard input, were it not for the copy.
const background = `exec 3<&0; "$@" <&3 3<&- &`

// Start runs a command line, which must call Take, as the attendant, and returns when it has answered. Its environment is this process's.
func Start(command []string, task, answer any) (*Attendant, error) {
	read, life, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	shell := exec.Command("/bin/sh", append([]string{"-c", background, "sh"}, command...)...)
	shell.Stdin = read
	shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // out of reach of the terminal's signals
	out, err := shell.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, life.Close())
	}
	if err := shell.Start(); err != nil {
		return nil, errors.Join(err, life.Close())
	}
	err = json.NewEncoder(life).Encode(task)
	if err == nil {
		err = hear(out, answer)
	}
	if err = errors.Join(err, shell.Wait()); err != nil {
		return nil, errors.Join(err, life.Close())
	}
	return &Attendant{life}, nil
}

// Dismiss lets the attendant tidy up and end, without a program.
func (a *Attendant) Dismiss() error {
	if a == nil {
		return nil
	}
	return a.life.Close()
}

// beyond is above the descriptors that shell scripts use by number.
const beyond = 100

// Become replaces this process by a program that has the attendant, if it is not nil. It returns only an error. Signals that were ignored when
// this process began still are, and all others do what they do by default.
func Become(p Program, a *Attendant) error {
	if a != nil {
		kept, err := unix.FcntlInt(a.life.Fd(), unix.F_DUPFD, beyond) // which, unlike the file's own, stays open
		if err != nil {
			return fmt.Errorf("keep the attendant: %w", err)
		}
		defer unix.Close(kept)
	}
	signal.Reset(os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE) // all that a Go program may have taken; those it has not are as they were
	return &os.PathError{Op: "run", Path: p.Path, Err: syscall.Exec(p.Path, p.Args, p.Env)}
}
