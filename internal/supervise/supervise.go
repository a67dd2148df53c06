//go:build unix

package supervise

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// Options say how a child ends.
type Options struct {
	// Signal asks the child to end. The zero value means SIGTERM. The watchdog knows SIGHUP, SIGINT, SIGQUIT and SIGTERM.
	Signal syscall.Signal
	// Grace is how long the child may take to end after Signal before it is killed. The zero value means 5 s;
	// a parent that died grants it in whole tenths of a second.
	Grace time.Duration
	// Remove names files and directories that the watchdog removes when the parent died. When the
	// parent lives, removing them is its own task.
	Remove []string
	// Family gives the child a session of its own, and ends all that descends from it too: what left its session or process group, as
	// Airflow's tasks do, what ignores Signal, and what is left when the child ends by itself. Such a child takes no ExtraFiles, and
	// should write to files (not to an io.Writer of another kind, whose pipe a descendant holds open).
	Family bool
	// Gate is, for a family, a command line that waits at descriptor 3 for a line and then becomes the program and arguments (the first is its
	// name) after its own; where the pipe ends first it ends too. The zero value is a shell, which drops variables whose names are none of
	// its own, and calls the program by its path.
	Gate []string
}

func (o Options) withDefaults() Options {
	if o.Signal == 0 {
		o.Signal = syscall.SIGTERM
	}
	if o.Grace == 0 {
		o.Grace = 5 * time.Second
	}
	return o
}

// Process is a running child with its watchdog.
type Process struct {
	cmd   *exec.Cmd
	guard *watchdog
	opts  Options
	done  chan struct{}
	err   error // of cmd.Wait, set before done is closed
}

// Start starts cmd under guard. It sets the process group in cmd.SysProcAttr and leaves the rest of it (Credential, say) alone.
func Start(cmd *exec.Cmd, opts Options) (*Process, error) {
	opts = opts.withDefaults()
	if opts.Family {
		return startFamily(cmd, opts)
	}
	guard, err := startWatchdog(groupScript, opts)
	if err != nil {
		return nil, fmt.Errorf("watchdog for %s: %w", cmd.Path, err)
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pgid = guard.group()
	if err := cmd.Start(); err != nil {
		guard.end()
		return nil, err
	}
	p := &Process{cmd: cmd, guard: guard, opts: opts, done: make(chan struct{})}
	// A watchdog that does not hear the pid still guards; it only waits the whole grace time. It
	// is gone only if someone killed it, and then the child must not run on.
	if _, err := fmt.Fprintln(guard.pipe, cmd.Process.Pid); err != nil {
		_ = cmd.Process.Kill()
	}
	go p.wait()
	return p, nil
}

// wait reaps the child and then ends what it left in its group, the watchdog included.
func (p *Process) wait() {
	p.err = p.cmd.Wait()
	p.guard.end()
	close(p.done)
}

// Pid is the child's process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Done is closed when the child and everything in its process group has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is how the child ended, as [exec.Cmd.Wait] says it. It may be read after Done.
func (p *Process) Err() error {
	select {
	case <-p.done:
		return p.err
	default:
		return nil
	}
}

// Signal sends a signal to the child. A child that has ended is no error.
func (p *Process) Signal(sig os.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}

// Stop asks the child to end, waits for as long as Options.Grace or ctx allows, and then kills it. When it
// returns, the child is gone. Calling it again, or for a child that has ended, does nothing.
func (p *Process) Stop(ctx context.Context) error {
	if p.opts.Family {
		return p.stopFamily(ctx)
	}
	if err := p.Signal(p.opts.Signal); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, p.opts.Grace)
	defer cancel()
	return p.endBy(ctx)
}

// endBy waits for the child's end for as long as ctx allows, and then kills it.
func (p *Process) endBy(ctx context.Context) error {
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
	}
	if err := p.Signal(syscall.SIGKILL); err != nil {
		return err
	}
	<-p.done
	return nil
}

// heed is how both watchdogs begin. They get the signal's name, the tenths of a second to wait, and the paths to remove; the child's pid comes
// through the pipe, and the pipe's end is the parent's. A pid that never came is empty.
const heed = `
trap '' HUP INT QUIT TERM
signal=$1 tenths=$2
shift 2
read -r pid || pid=
while read -r _; do :; done
pause() { sleep 0.1 2>/dev/null || sleep 1; }
grant() { # waits for the child while its time lasts, and after each tenth does what it is told
	while [ -n "$pid" ] && [ "$tenths" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do
		pause
		tenths=$((tenths - 1))
		"$@"
	done
}
`

// groupScript ends a process group, which it leads. It ignores the signal that it sends there, waits while the child exists, and at last kills
// the group, itself with it. The pid is only looked at, never signalled, so that a pid in second use is safe.
const groupScript = heed + `
kill -s "$signal" 0
grant :
[ $# -eq 0 ] || rm -rf -- "$@"
kill -s KILL 0
`

// watchdog is the shell that leads the child's process group and listens on the pipe.
type watchdog struct {
	cmd  *exec.Cmd
	pipe *os.File // the only write end

	family bool
}

func startWatchdog(script string, opts Options) (*watchdog, error) {
	name, ok := signalNames[opts.Signal]
	if !ok {
		return nil, fmt.Errorf("signal %v: use SIGHUP, SIGINT, SIGQUIT or SIGTERM", opts.Signal)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	tenths := strconv.FormatInt(int64(opts.Grace/(100*time.Millisecond)), 10)
	args := append([]string{"-c", script, "aircon-watchdog", name, tenths}, opts.Remove...)
	cmd := exec.Command("/bin/sh", args...)
	cmd.Stdin = read
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/sbin:/sbin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		write.Close()
		return nil, err
	}
	return &watchdog{cmd: cmd, pipe: write, family: opts.Family}, nil
}

var signalNames = map[syscall.Signal]string{
	syscall.SIGHUP: "HUP", syscall.SIGINT: "INT", syscall.SIGQUIT: "QUIT", syscall.SIGTERM: "TERM",
}

func (w *watchdog) group() int { return w.cmd.Process.Pid }

// end kills the whole group. The group's id is the watchdog's pid, which nothing else can
// have before Wait reaps it.
func (w *watchdog) end() {
	if w.family { // it ends when the family has
		w.pipe.Close()
		_ = w.cmd.Wait()
		return
	}
	_ = syscall.Kill(-w.group(), syscall.SIGKILL)
	_ = w.cmd.Wait()
	w.pipe.Close()
}
