//go:build unix

package supervise

import (
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"syscall"
)

// passed are the signals that a child hears through its parent. Those that this process ignores, the child ignores too, and they are not passed.
var passed = []os.Signal{
	syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTSTP, syscall.SIGCONT,
}

// Run starts cmd with its family under guard, passes signals on to it, and returns how it ended, as [exec.Cmd.Wait] says it.
func Run(cmd *exec.Cmd, opts Options) error {
	signals := make(chan os.Signal, len(passed))
	signal.Notify(signals, slices.DeleteFunc(slices.Clone(passed), signal.Ignored)...)
	defer signal.Stop(signals)
	opts.Family = true
	p, err := Start(cmd, opts)
	if err != nil {
		return err
	}
	for {
		select {
		case <-p.Done():
			return p.Err()
		case s := <-signals:
			p.pass(s)
		}
	}
}

// pass tells the child's process group a signal, as a terminal does. The child has a session of its own, in which the terminal's stop would be
// ignored; so it gets one that cannot be, and this process stops with it. A group that cannot be told anything has ended.
func (p *Process) pass(s os.Signal) {
	if s != syscall.SIGTSTP {
		_ = syscall.Kill(-p.Pid(), s.(syscall.Signal))
		return
	}
	_ = syscall.Kill(-p.Pid(), syscall.SIGSTOP)
	awaitStop(p.Pid())
	_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
}
