//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"aircon"
	"aircon/internal/doctor"
	"aircon/lookup"
)

// TestExecMaskSignals sends signals to aircon, which passes them on and ends as the program does.
func TestExecMaskSignals(t *testing.T) {
	execSetup(t)
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		for script, want := range map[string]int{
			"echo ready; exec sleep 60": 128 + int(signal),
			`trap "exit 7" INT TERM HUP QUIT; echo ready; while :; do sleep 0.1; done`: 7,
		} {
			t.Run(fmt.Sprint(signal, want), func(t *testing.T) {
				var exit *exec.ExitError
				if err := signalled(t, signal, "exec", "--mask", "analytics", "--", "sh", "-c", script); !errors.As(err, &exit) || exit.ExitCode() != want {
					t.Errorf("it ended with %v, want %d", err, want)
				}
			})
		}
	}
}

// TestExecMaskKilled kills aircon: neither the program nor what it has started, in a session of its own too, lives on. All hold the pipe that is
// their standard input.
func TestExecMaskKilled(t *testing.T) {
	execSetup(t)
	held, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	c := exec.Command("aircon", "exec", "--mask", "analytics", "--", "sh", "-c", `exec 3<&0; setsid sleep 1000 <&3 & trap "" TERM; echo ready; while :; do sleep 1; done`)
	c.Stdin = held
	out, err := c.StdoutPipe()
	if err = errors.Join(err, c.Start(), held.Close()); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()                                  // killed
	unread := []unix.PollFd{{Fd: int32(in.Fd())}} // POLLERR is always asked for: nobody reads
	if n, err := unix.Poll(unread, int(time.Minute/time.Millisecond)); n != 1 || err != nil || unread[0].Revents&unix.POLLERR == 0 {
		t.Errorf("somebody still holds the pipe: %d, %v, %v", n, err, unread)
	}
}

// TestExecMaskBinary passes some MiB of anything, with secrets in it, through both streams at once.
func TestExecMaskBinary(t *testing.T) {
	execSetup(t)
	const secret = "c4n4ry-c4n4ry"
	t.Setenv("AIRFLOW_VAR_SECRET", secret)
	data := make([]byte, 8<<20)
	random := rand.NewChaCha8([32]byte{1})
	if _, err := random.Read(data); err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(data)-len(secret); at += 1 + int(random.Uint64()%(64<<10)) {
		copy(data[at:], secret)
	}
	file := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("aircon", "exec", "--mask", "--keep", "AIRFLOW_VAR_SECRET", "analytics", "--", "sh", "-c", `cat "$1" & cat "$1" >&2; wait`, "sh", file)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	want := bytes.ReplaceAll(data, []byte(secret), []byte("***"))
	for name, got := range map[string][]byte{"standard output": out.Bytes(), "standard error": errs.Bytes()} {
		if !bytes.Equal(got, want) {
			t.Errorf("%s has %d bytes that are not the %d wanted", name, len(got), len(want))
		}
	}
}

// TestExecMaskTerminal sits at a terminal: its keys come once, and the shell's job control holds for the program too.
func TestExecMaskTerminal(t *testing.T) {
	execSetup(t)
	term := openTerminal(t)
	term.awaits("$ ")
	term.types("aircon exec --mask analytics -- sh -c 'trap \"echo Ctrl_C\" INT; echo up; while test \"$line\" != end; do read -r line && echo got:$line; done; exit 5'\n", "\r\nup\r\n")
	term.types("hello\n", "got:hello")
	term.hearsOnce()
	term.controlsJobs("aircon exec --mask analytics -- cat")
}

// readable answers for secrets in the ways that AWS may.
type readable struct {
	mu            sync.Mutex
	batches, ones int
	batch         error            // of each batch
	each          map[string]error // of single secrets
}

// refused is an error with a code of AWS's.
type refused string

func (r refused) Error() string     { return string(r) }
func (r refused) ErrorCode() string { return string(r) }

func (r *readable) SecretValues(_ context.Context, names []string) (map[string]doctor.Value, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.batches++
	if r.batch != nil {
		return nil, r.batch
	}
	values := map[string]doctor.Value{}
	for _, name := range names {
		values[name] = doctor.Value{SecretValue: lookup.SecretValue{Text: aircon.NewSecret(name)}, Err: r.each[name]}
	}
	return values, nil
}

func (r *readable) GetSecretValue(_ context.Context, name string) (lookup.SecretValue, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ones++
	return lookup.SecretValue{Text: aircon.NewSecret(name)}, r.each[name]
}

// TestExecMaskReadsFew counts the calls by which secrets are read, and looks at what becomes of errors.
func TestExecMaskReadsFew(t *testing.T) {
	names := make([]string, 45)
	for i := range names {
		names[i] = fmt.Sprintf("airflow/connections/c%d", i)
	}
	for name, test := range map[string]*struct {
		from          readable
		batches, ones int
		fails         string
	}{
		"in batches":          {readable{}, 3, 0, ""},
		"one by one":          {readable{batch: refused("AccessDeniedException")}, 3, 45, ""},
		"not all":             {readable{each: map[string]error{names[3]: refused("AccessDeniedException"), names[4]: refused("ResourceNotFoundException")}}, 3, 0, ""},
		"no answer":           {readable{batch: io.ErrUnexpectedEOF}, 3, 0, "unexpected EOF"},
		"no answer to one":    {readable{each: map[string]error{names[3]: refused("InternalServiceError")}}, 3, 0, names[3] + ": InternalServiceError"},
		"no answer to a read": {readable{batch: refused("AccessDeniedException"), each: map[string]error{names[3]: io.ErrUnexpectedEOF}}, 3, 0, names[3] + ": unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			texts, err := readAll(t.Context(), &test.from, names)
			if test.fails != "" {
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Errorf("it fails with %v", err)
				}
				return
			}
			if err != nil || len(texts) != len(names) || test.from.batches != test.batches || test.from.ones != test.ones {
				t.Errorf("%d texts by %d batches and %d calls, %v", len(texts), test.from.batches, test.from.ones, err)
			}
		})
	}
}
