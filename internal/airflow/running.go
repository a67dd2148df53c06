package airflow

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"aircon/internal/supervise"
)

// runningProcess is a process with its log.
type runningProcess struct {
	process
	child *supervise.Process
	log   *os.File
	out   *MaskedWriter
	tail  *tail

	failed error         // of the log, set before copied is closed
	copied chan struct{} // closed when it and all its children have ended, and what they printed is in the log
}

// copy takes what the process and its children print, until the last of them has ended.
func (r *runningProcess) copy(from *os.File) {
	_, err := io.Copy(io.MultiWriter(r.out, r.tail), from)
	r.failed = errors.Join(err, r.out.Flush(), r.log.Close(), from.Close())
	<-r.child.Done()
	close(r.copied)
}

// start starts one process.
func (a *Airflow) start(i *Installed, home string, p process) error {
	log, err := os.OpenFile(filepath.Join(LogsDir(home), p.name+".log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	r := &runningProcess{process: p, log: log, out: a.Mask.Writer(log), tail: new(tail), copied: make(chan struct{})}
	run := i.airflow(home, "", p.args...)
	cmd := run.command()
	cmd.Env = environ(a.Variables)
	read, write, err := os.Pipe()
	if err != nil {
		return errors.Join(err, log.Close())
	}
	cmd.Stdout, cmd.Stderr = write, write
	r.child, err = supervise.Start(cmd, supervise.Options{Grace: stopTime, Family: true, Remove: []string{a.temp}})
	if err := errors.Join(err, write.Close()); err != nil {
		return errors.Join(err, read.Close(), log.Close())
	}
	a.running = append(a.running, r)
	go r.copy(read)
	go func() {
		<-r.copied
		select {
		case a.failed <- a.ended(r):
		default: // another one was the first
		}
	}()
	return nil
}

// ended says that a process has ended by itself, with what it printed last.
func (a *Airflow) ended(r *runningProcess) error {
	err := r.child.Err()
	if err == nil {
		err = errors.New("ended by itself")
	}
	return &ProgramError{Program: "airflow " + r.name, Printed: a.Mask.Text(r.tail.String()), Err: err}
}
