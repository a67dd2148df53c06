package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"aircon/internal/pause"
	"aircon/internal/term"
	"aircon/localaws"
)

// eventFilter says which events are shown. The zero value shows all.
type eventFilter struct {
	errors    bool
	service   string
	operation string
	principal string
}

func newLocalLogs(w world, f *localFlags) *cobra.Command {
	var out output
	var which eventFilter
	var follow bool
	c := &cobra.Command{
		Use:   "logs",
		Short: "show who asked local AWS for what, and how it ended",
		Long: `logs reads the audit log in the data directory, whether local AWS runs or not: a line each call, with the time (UTC), who called, the action, what it
was on, and OK or the error, whose message follows. No secret stands in it. --output json prints the events as CloudTrail has them, one a line.`,
		Example: `  aircon local logs --errors
  aircon local logs --follow --service secretsmanager --principal analytics-execution
  aircon local logs --operation GetSecretValue --output json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := errors.Join(out.check(), which.check()); err != nil {
				return usageError{err}
			}
			show := func(line []byte) error { return which.show(w, &out, line) }
			return readAudit(c.Context(), f.directory, follow, show)
		},
	}
	flags := c.Flags()
	flags.BoolVarP(&follow, "follow", "f", false, "wait for more until interrupted")
	flags.BoolVar(&which.errors, "errors", false, "calls that were refused alone")
	flags.StringVar(&which.service, "service", "", "of this service alone: iam, kms, mwaa, secretsmanager or sts")
	flags.StringVar(&which.operation, "operation", "", "of operations like this, such as GetSecretValue or 'Get*'")
	flags.StringVar(&which.principal, "principal", "", "of callers whose ARN holds this text")
	out.flag(c)
	return c
}

// check refuses what no event could fit.
func (e *eventFilter) check() error {
	if _, known := wireServices[e.service]; e.service != "" && !known && e.service != "airflow" {
		return fmt.Errorf("--service %q: local AWS has iam, kms, mwaa, secretsmanager and sts", e.service)
	}
	if e.service == "mwaa" {
		e.service = "airflow"
	}
	_, err := path.Match(e.operation, "")
	return err
}

func (e *eventFilter) fits(event *localaws.Event) bool {
	operation, _ := path.Match(e.operation, event.EventName)
	return (!e.errors || failed(event)) && (e.service == "" || e.service == serviceOf(event)) && (e.operation == "" || operation) &&
		strings.Contains(event.UserIdentity.ARN, e.principal)
}

// failed reports whether an event tells of an error. What a service did by itself has no code for it.
func failed(event *localaws.Event) bool { return event.ErrorCode != "" || event.ErrorMessage != "" }

func serviceOf(event *localaws.Event) string {
	service, _, _ := strings.Cut(event.EventSource, ".")
	return service
}

// show prints an event that fits.
func (e *eventFilter) show(w world, out *output, line []byte) error {
	var event localaws.Event
	if err := json.Unmarshal(line, &event); err != nil || !e.fits(&event) {
		return nil //nolint:nilerr // half a line, which a kill left
	}
	if out.json() {
		_, err := w.out.Write(append(line, '\n'))
		return err
	}
	t := w.terminal()
	result := t.Paint(term.Good, "OK")
	if failed(&event) {
		result = t.Paint(term.Bad, cmp.Or(event.ErrorCode, "failed"))
	}
	action := serviceOf(&event) + ":" + cmp.Or(event.EventName, "?")
	text := term.Clean(fmt.Sprintf("%s  %-30s  %-36s  %-32s  ", event.EventTime, caller(&event), action, subject(&event))) + result + "\n"
	if event.ErrorMessage != "" {
		text += "    " + term.Clean(event.ErrorMessage) + "\n"
	}
	_, err := io.WriteString(w.out, text)
	return err
}

// caller is the principal without what all ARNs begin with, and its account where that is not the default one.
func caller(event *localaws.Event) string {
	id := &event.UserIdentity
	if id.ARN == "" {
		return cmp.Or(id.InvokedBy, "nobody")
	}
	parts := strings.SplitN(id.ARN, ":", 6)
	name := parts[len(parts)-1]
	if id.AccountID != localaws.DefaultAccount {
		name = id.AccountID + ":" + name
	}
	return name
}

// subject is what the call was on: the first resource that it asked permission for, without what all ARNs begin with, or the secret that Secrets
// Manager did something with.
func subject(event *localaws.Event) string {
	var own struct{ SecretId string }
	_ = json.Unmarshal(event.AdditionalEventData, &own) // most events have none
	for _, r := range append(event.Resources, localaws.EventResource{ARN: own.SecretId}) {
		if parts := strings.SplitN(r.ARN, ":", 6); len(parts) == 6 {
			return parts[5]
		}
	}
	return "-"
}

// auditPause is how long following waits before it looks again.
const auditPause = 100 * time.Millisecond

// readAudit hands each line of a directory's audit log to show, oldest first; with follow, those that come until the context ends.
func readAudit(ctx context.Context, dir string, follow bool, show func([]byte) error) error {
	files, err := localaws.AuditFiles(dir)
	if err != nil {
		return err
	}
	if len(files) == 0 && !follow {
		return fmt.Errorf("there is no audit log in %s: local AWS writes one from its first call on; start it with: aircon local --directory %s", dir, shellQuote(dir))
	}
	newest := filepath.Join(dir, localaws.AuditFile)
	for _, name := range files {
		if name == newest {
			break
		}
		if err := readLog(name, show); err != nil {
			return err
		}
	}
	tail := logTail{path: newest, show: show}
	defer tail.close()
	for {
		if err := tail.read(); err != nil || !follow {
			return err
		}
		if pause.For(ctx, auditPause) != nil {
			return nil
		}
	}
}

func readLog(name string, show func([]byte) error) error {
	tail := logTail{path: name, show: show}
	defer tail.close()
	return tail.read()
}

// logTail reads a file that grows, and its successor when it has got another name.
type logTail struct {
	path string
	show func([]byte) error
	file *os.File
	text *bufio.Reader
	part []byte // of a line whose end is not there yet
}

// read shows the lines that have come since the last time.
func (l *logTail) read() error {
	for {
		if err := l.open(); l.file == nil || err != nil {
			return err
		}
		if err := l.lines(); err != nil {
			return err
		}
		now, err := os.Stat(l.path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // being renamed
		}
		was, failed := l.file.Stat()
		if err = errors.Join(err, failed); err != nil || os.SameFile(now, was) {
			return err
		}
		if err := l.lines(); err != nil { // what came between reading and renaming
			return err
		}
		l.close()
	}
}

func (l *logTail) open() error {
	if l.file != nil {
		return nil
	}
	file, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		l.file, l.text = file, bufio.NewReader(file)
	}
	return err
}

func (l *logTail) lines() error {
	for {
		text, err := l.text.ReadBytes('\n')
		l.part = append(l.part, text...)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := l.show(l.part[:len(l.part)-1]); err != nil {
			return err
		}
		l.part = l.part[:0]
	}
}

func (l *logTail) close() {
	if l.file != nil {
		_ = l.file.Close() // it was only read
	}
	l.file, l.part = nil, nil
}
