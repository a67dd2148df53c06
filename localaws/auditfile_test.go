package localaws

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// lines reads the whole of a log, oldest first.
func lines(t *testing.T, dir string) (all []string) {
	t.Helper()
	files, err := AuditFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v (%v)", name, info.Mode(), err)
		}
		for line := range strings.Lines(string(text)) {
			all = append(all, strings.TrimSuffix(line, "\n"))
		}
	}
	return all
}

// TestAuditFileIsBounded fills more files than are kept, and expects the newest events, whole and in order.
func TestAuditFileIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, dropped := t.TempDir(), new(counter)
		a := newAuditFile(dir, dropped, slog.New(slog.DiscardHandler))
		a.limit = 100
		for i := range 100 {
			a.record(fmt.Appendf(nil, "event %03d\n", i))
			if i%3 == 0 {
				time.Sleep(2 * auditLinger) // of the bubble's clock
			}
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		got := lines(t, dir)
		if len(got) < 3*7 || len(got) > 4*10 || !slices.IsSorted(got) || got[len(got)-1] != "event 099" || dropped.n.Load() > 0 {
			t.Errorf("%d events are kept, %d dropped: %v", len(got), dropped.n.Load(), got)
		}
		if files, err := AuditFiles(dir); err != nil || len(files) != 1+auditKept {
			t.Errorf("there are %v, %v", files, err)
		}
		a.record([]byte("late\n"))
		if dropped.n.Load() != 1 || a.Close() != nil {
			t.Error("an event after the end is not counted as dropped")
		}
	})
}

// TestAuditFileIsFlushed expects an event on disk soon after it happened, though nothing follows.
func TestAuditFileIsFlushed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		a := newAuditFile(dir, new(counter), slog.New(slog.DiscardHandler))
		a.record([]byte("one\n"))
		time.Sleep(2 * auditLinger)
		synctest.Wait()
		if got := lines(t, dir); !slices.Equal(got, []string{"one"}) {
			t.Errorf("the log holds %v", got)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestAuditFileOfABrokenDisk counts what cannot be written, says so once, and goes on where it can.
func TestAuditFileOfABrokenDisk(t *testing.T) {
	dir, dropped, log := filepath.Join(t.TempDir(), "later"), new(counter), new(bytes.Buffer)
	synctest.Test(t, func(t *testing.T) {
		a := newAuditFile(dir, dropped, slog.New(slog.NewTextHandler(log, nil)))
		for range 3 {
			a.record([]byte("one\n"))
			time.Sleep(2 * auditLinger)
		}
		a.record(bytes.Repeat([]byte("x"), auditPending+1))
		synctest.Wait()
		if dropped.n.Load() != 4 || strings.Count(log.String(), "events are dropped until it can") != 1 {
			t.Errorf("%d dropped; the server's log says %s", dropped.n.Load(), log)
		}
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		a.record([]byte("two\n"))
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	if got := lines(t, dir); !slices.Equal(got, []string{"two"}) {
		t.Errorf("the log holds %v", got)
	}
}

// TestAuditFileAfterAKill goes on after half a line.
func TestAuditFileAfterAKill(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, AuditFile), []byte("whole\nha"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := newAuditFile(dir, new(counter), slog.New(slog.DiscardHandler))
	a.record([]byte("next\n"))
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if got := lines(t, dir); !slices.Equal(got, []string{"whole", "ha", "next"}) {
		t.Errorf("the log holds %q", got)
	}
}

// TestServerKeepsItsLog calls a server with a directory, and reads the file after its end.
func TestServerKeepsItsLog(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		s, err := New(Options{Directory: dir})
		if err != nil {
			t.Fatal(err)
		}
		w := administer(t, s, s.Administrator(), "GET", "/_aircon/v1/faults", "")
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		got := lines(t, dir)
		if len(got) == 0 || !strings.Contains(got[len(got)-1], w.Header().Get("X-Amzn-Requestid")) {
			t.Errorf("the log holds %v", got)
		}
	}
	if got := lines(t, dir); len(got) != 2 {
		t.Errorf("the log holds %v", got)
	}
}
