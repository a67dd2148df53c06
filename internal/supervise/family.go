//go:build unix

package supervise

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
)

// gateScript keeps a child from starting before the watchdog knows it: it reads a line, and where the pipe ends first, as its parent died,
// there is no child. Its own process becomes the child.
const gateScript = `IFS= read -r _ <&3 || exit 1; exec 3<&-; exec "$@"`

// behindGate makes cmd wait for the returned pipe's line. The read end is the child's.
func behindGate(cmd *exec.Cmd, gate []string) (read, write *os.File, err error) {
	if cmd.Err != nil {
		return nil, nil, cmd.Err
	}
	if len(cmd.ExtraFiles) > 0 {
		return nil, nil, errors.New("a child whose family is guarded takes no further files")
	}
	if info, err := os.Stat(cmd.Path); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
		return nil, nil, errors.Join(fmt.Errorf("%s is no program", cmd.Path), err)
	}
	if read, write, err = os.Pipe(); err != nil {
		return nil, nil, err
	}
	if gate != nil {
		cmd.Args = slices.Concat(gate, []string{cmd.Path}, cmd.Args)
	} else {
		gate = []string{"/bin/sh"}
		cmd.Args = append([]string{"/bin/sh", "-c", gateScript, "aircon-gate", cmd.Path}, cmd.Args[1:]...)
	}
	cmd.Path = gate[0]
	cmd.ExtraFiles = []*os.File{read}
	return read, write, nil
}

// startFamily starts cmd as the leader of a session of its own, under a watchdog that ends all that descends from it.
func startFamily(cmd *exec.Cmd, opts Options) (*Process, error) {
	program := cmd.Path
	read, write, err := behindGate(cmd, opts.Gate)
	if err != nil {
		return nil, err
	}
	defer read.Close()
	defer write.Close()
	guard, err := startWatchdog(familyScript, opts)
	if err != nil {
		return nil, fmt.Errorf("watchdog for %s: %w", program, err)
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Setsid = true
	if err := cmd.Start(); err != nil {
		guard.end()
		return nil, err
	}
	p := &Process{cmd: cmd, guard: guard, opts: opts, done: make(chan struct{})}
	// Without a watchdog that knows it the gate stays shut, and the child ends.
	if _, err := fmt.Fprintln(guard.pipe, cmd.Process.Pid); err == nil {
		_, err = fmt.Fprintln(write)
		if err != nil {
			_ = cmd.Process.Kill()
		}
	}
	go p.wait()
	return p, nil
}

// familyScript ends a family: the child, and all that is in a session of a member or has a member as its
// parent. It is gathered before the signal and until nothing of it is left, as what a member started is nobody's once that has ended.
//
// The fields of /proc/PID/stat (proc(5)) are read after the last parenthesis, as a program's name may hold anything. Where there is no
// /proc, ps tells, with the process group in place of the session.
const familyScript = heed + `
family=" $pid " sessions=" $pid "
list() {
	if [ -r /proc/self/stat ]; then
		for f in /proc/[0-9]*/stat; do
			IFS= read -r line <"$f" || continue
			set -- "${line%% *}" ${line##*) }
			[ "$2" = Z ] || echo "$1 $3 $5"
		done 2>/dev/null
	else
		ps -A -o pid=,ppid=,pgid=
	fi
}
gather() {
	all=$(list) found= again=1
	while [ -n "$again" ]; do
		again=
		while read -r p parent session; do
			case "$family|$sessions" in
			*" $parent "*"|"* | *"|"*" $session "* | *" $p "*"|"*) ;;
			*) continue ;;
			esac
			case " $found" in *" $p "*) continue ;; esac
			found="$found$p " again=1
			case $family in *" $p "*) ;; *) family="$family$p " ;; esac
			case $sessions in *" $session "*) ;; *) sessions="$sessions$session " ;; esac
		done <<END
$all
END
	done
}
[ -n "$pid" ] || exit
gather
kill -s "$signal" "$pid" 2>/dev/null
grant gather
rounds=50
while gather && [ -n "$found" ] && [ "$rounds" -gt 0 ]; do
	kill -s KILL $found 2>/dev/null
	rounds=$((rounds - 1))
	pause
done
[ $# -eq 0 ] || rm -rf -- "$@"
`

// stopFamily lets the watchdog do what it would do if this process died.
func (p *Process) stopFamily(ctx context.Context) error {
	p.guard.pipe.Close()
	return p.endBy(ctx)
}
