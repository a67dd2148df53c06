package pglocal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"aircon"
	"aircon/internal/supervise"
)

// initialize runs initdb where there is no database cluster yet, and returns the superuser's password.
func initialize(ctx context.Context, bin string, l *layout) (aircon.Secret, error) {
	if has, err := os.ReadFile(filepath.Join(l.data(), "PG_VERSION")); err == nil {
		if err := sameVersion(ctx, bin, strings.TrimSpace(string(has)), l.root); err != nil {
			return aircon.Secret{}, err
		}
		return l.readPassword()
	}
	password := newPassword()
	if err := os.WriteFile(l.superuser(), []byte(password.Reveal()), 0o600); err != nil {
		return aircon.Secret{}, err
	}
	if err := l.makeOwned(l.data(), 0o700); err != nil {
		return aircon.Secret{}, err
	}
	pwfile := filepath.Join(l.tls(), "initdb")
	if err := l.writeOwned(pwfile, []byte(password.Reveal()), 0o600); err != nil {
		return aircon.Secret{}, err
	}
	defer os.Remove(pwfile)
	cmd := l.command(ctx, filepath.Join(bin, "initdb"), "--pgdata", l.data(), "--username", Superuser, "--pwfile", pwfile,
		"--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return aircon.Secret{}, fmt.Errorf("initdb: %w\n%s", err, bytes.TrimSpace(out))
	}
	return password, nil
}

// sameVersion refuses a directory that another major version of PostgreSQL wrote, before the server does so in its log.
func sameVersion(ctx context.Context, bin, has, root string) error {
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return fmt.Errorf("%s/postgres --version: %w", bin, err)
	}
	fields := strings.Fields(string(out)) // postgres (PostgreSQL) 15.18 (Debian …)
	if len(fields) < 3 || strings.HasPrefix(fields[2], has+".") || fields[2] == has {
		return nil
	}
	return fmt.Errorf("%s was made by PostgreSQL %s, and %s holds %s: use a version %s (%s=…), or another directory",
		root, has, bin, fields[2], has, BinEnv)
}

// command runs one of PostgreSQL's programs as the server's user, with nothing of this process's environment but PATH.
func (l *layout) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = l.data()
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	cmd.SysProcAttr = l.owner.attributes()
	return cmd
}

// errPortTaken says that someone else listens on the port.
var errPortTaken = errors.New("the port is taken")

// launch starts the postmaster and waits until it takes connections.
func launch(ctx context.Context, bin string, l *layout) (*supervise.Process, error) {
	log, err := os.OpenFile(l.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	start, err := log.Seek(0, 2)
	if err != nil {
		return nil, err
	}
	cmd := l.command(context.Background(), filepath.Join(bin, "postgres"), "-D", l.data())
	cmd.Stdout, cmd.Stderr = log, log
	process, err := supervise.Start(cmd, supervise.Options{
		Signal: l.stopSignal(), Grace: 10 * time.Second, Remove: l.temporaryPaths(),
	})
	if err != nil {
		return nil, err
	}
	if err := l.waitReady(ctx, process); err != nil {
		_ = process.Stop(context.Background())
		return nil, l.explain(err, start)
	}
	return process, nil
}

// stopSignal asks for PostgreSQL's immediate shutdown where the data is not kept, and for its fast one where it is.
func (l *layout) stopSignal() syscall.Signal {
	if l.temporary {
		return syscall.SIGQUIT
	}
	return syscall.SIGINT
}

// readyStates are what postmaster.pid says once the server listens and answers; standby is for one that takes no sessions (hot_standby off).
var readyStates = []string{"ready", "standby"}

// waitReady waits for the status line of postmaster.pid, as pg_ctl does. The pid in its first line tells it from an older file.
func (l *layout) waitReady(ctx context.Context, process *supervise.Process) error {
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w", ctx.Err())
		case <-process.Done():
			return errors.New("it ended at once")
		case <-poll.C:
			text, _ := os.ReadFile(filepath.Join(l.data(), "postmaster.pid")) // not there at first
			lines := strings.Split(string(text), "\n")
			if len(lines) >= 8 && lines[0] == strconv.Itoa(process.Pid()) && slices.Contains(readyStates, strings.TrimSpace(lines[7])) {
				return nil
			}
		}
	}
}

// explain adds what the server wrote to its log from an offset on.
func (l *layout) explain(err error, offset int64) error {
	text, readErr := os.ReadFile(l.log())
	if readErr != nil || int64(len(text)) < offset {
		return fmt.Errorf("PostgreSQL did not start: %w", err)
	}
	said := strings.TrimSpace(string(text[offset:]))
	if strings.Contains(said, "Address already in use") {
		err = fmt.Errorf("%w: %w", errPortTaken, err)
	}
	return fmt.Errorf("PostgreSQL did not start: %w; its log says:\n%s", err, said)
}
