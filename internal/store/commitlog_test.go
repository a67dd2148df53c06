package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openTurning opens a directory with a log that goes on in its other file after so many bytes.
func openTurning(t *testing.T, dir string, limit int64) *engine {
	t.Helper()
	s := mustOpen(t, dir)
	s.disk.(*logDisk).log.limit = limit
	return s
}

// crashed copies what a kill of the process would leave of a store's directory, once no rows are on their way into the database.
func crashed(t *testing.T, s *engine) (dir string) {
	t.Helper()
	d := s.disk.(*logDisk)
	d.mover.Wait()
	dir = t.TempDir()
	putAll(t, dir, filesOf(t, d.database.dir))
	return dir
}

// filesOf reads the files that hold a state; putAll writes them.
func filesOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{databaseFile, databaseFile + "-wal", keyFile, logFiles[0], logFiles[1]} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = data
	}
	return files
}

func putAll(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		put(t, dir, name, data)
	}
}

// fill puts notes into a store, each in an update of its own.
func fill(t *testing.T, s Store, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := s.Update(func(tx Tx) error { return notes.Put(tx, key(i), &note{fmt.Sprint("n", i, " ")}) }); err != nil {
			t.Fatal(err)
		}
	}
}

// filledTo is what a store holds then.
func filledTo(n int) (seen string) {
	for i := range n {
		seen += key(i) + "=" + fmt.Sprint("n", i, " ")
	}
	return seen
}

// holds expects a directory to hold just so many notes, then writes one more, closes, and expects that too.
func holds(t *testing.T, what, dir string, n int) {
	t.Helper()
	for range 2 {
		s := mustOpen(t, dir)
		if got, err := notesSeen(s); got != filledTo(n) || err != nil {
			t.Errorf("%s: the directory holds %q (%v), want %q", what, got, err, filledTo(n))
		}
		fill(t, s, n, n+1)
		n++
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestKilled opens what a kill leaves after each of some updates, for logs that go on in their other file after each, some, and none of them: so the
// log holds rows that are in the database, too, or not, in one file or in both, and files of former turns.
func TestKilled(t *testing.T) {
	for _, limit := range []int64{framePage, 3 * framePage, logLimit} {
		s := openTurning(t, t.TempDir(), limit)
		for n := range 12 {
			holds(t, fmt.Sprintf("limit %d, after %d updates", limit, n), crashed(t, s), n)
			fill(t, s, n, n+1)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestKilledAgain lets each process but the last end without closing: each goes on behind what is left of those before.
func TestKilledAgain(t *testing.T) {
	dir := t.TempDir()
	for n := range 10 {
		s := openTurning(t, dir, 3*framePage)
		if got, err := notesSeen(s); got != filledTo(2*n) || err != nil {
			t.Fatalf("process %d finds %q (%v)", n, got, err)
		}
		fill(t, s, 2*n, 2*n+2)
		next := crashed(t, s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		dir = next
	}
	holds(t, "the last", dir, 20)
}

// TestKilledWhileMoving opens a directory whose log holds rows in both files that the database does not, and writes on while it takes none: no
// file is written over before its rows are in the database.
func TestKilledWhileMoving(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	fill(t, s, 0, 3)
	s.disk.(*logDisk).log.next() // without moving anything
	fill(t, s, 3, 6)
	dir := crashed(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	s = openTurning(t, dir, 4*framePage)
	readOnly := func(on int) {
		if _, err := s.disk.(*logDisk).database.writer.Exec(fmt.Sprint("PRAGMA query_only = ", on)); err != nil {
			t.Fatal(err)
		}
	}
	readOnly(1)
	fill(t, s, 6, 7) // there is room in the second file
	for range 3 {
		if err := s.Update(func(tx Tx) error { return notes.Put(tx, "refused", &note{}) }); !errors.Is(err, ErrUnwritable) {
			t.Errorf("Update = %v while the database takes nothing and the log is full", err)
		}
		holds(t, "full", crashed(t, s), 7)
	}
	readOnly(0)
	for n := 7; n < 20; n++ {
		fill(t, s, n, n+1)
		holds(t, fmt.Sprintf("after %d updates", n+1), crashed(t, s), n+1)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestMoved has the database hold what the log does, as after a kill between the two: nothing is done twice.
func TestMoved(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	fill(t, s, 0, 5)
	before := crashed(t, s)
	d := s.disk.(*logDisk)
	d.setOut()
	if err := d.move(); err != nil {
		t.Fatal(err)
	}
	holds(t, "moved", crashed(t, s), 5)
	fill(t, s, 5, 7)
	after := crashed(t, s)
	lost, files := filesOf(t, before), filesOf(t, after)
	holds(t, "moved, and written on", after, 7)
	// A database that lost what was moved there is mended from the log, and refused where the log has been written over.
	files[databaseFile], files[databaseFile+"-wal"] = lost[databaseFile], lost[databaseFile+"-wal"]
	putAll(t, after, files)
	holds(t, "the database of before", after, 7)
	clear(files[logFiles[0]][:frameHead])
	putAll(t, after, files)
	refused(t, "the database of before, and a log without its first commit", after, "commit 1 was changed or is not there, and commit 2 is")
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// refused expects that a directory does not open, and that the error says so.
func refused(t *testing.T, what, dir, says string) {
	t.Helper()
	s, err := Open(dir, Options{}, schemas()...)
	if err == nil {
		_ = s.Close()
	}
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "aircon local restore") {
		t.Errorf("%s: Open = %v, want %q", what, err, says)
	}
}

// TestTornLog cuts the log everywhere in its last frame, and leaves rubbish there, as a crash may: what was acknowledged before is there.
func TestTornLog(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	fill(t, s, 0, 4)
	last := s.disk.(*logDisk).log.at
	fill(t, s, 4, 5)
	dir := crashed(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	files := filesOf(t, dir)
	whole := files[logFiles[0]]
	_, size, _ := frameSize(whole[last:])
	for at := last; at < last+size; at += 7 {
		for name, torn := range map[string][]byte{
			"cut":    whole[:at],
			"zeros":  append(bytes.Clone(whole[:at]), make([]byte, framePage)...),
			"former": append(bytes.Clone(whole[:at]), (&frames{sealer: s.sealer.(sealer)}).next(0, nil)...), // of a former turn
		} {
			putAll(t, dir, files)
			put(t, dir, logFiles[0], torn)
			s := mustOpen(t, dir)
			if got, err := notesSeen(s); got != filledTo(4) || err != nil {
				t.Fatalf("%s at byte %d: the directory holds %q (%v)", name, at-last, got, err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestChangedLog changes the log a kill left, a byte at a time: of what was acknowledged, no more than the last update may be lost without a
// word, as that may be what a crash left half-written.
func TestChangedLog(t *testing.T) {
	const updates = 9
	s := mustOpen(t, t.TempDir())
	fill(t, s, 0, updates/2)
	s.disk.(*logDisk).log.next() // while the database has none of the rows
	fill(t, s, updates/2, updates)
	dir := crashed(t, s)
	want, err := notesSeen(s)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	files := filesOf(t, dir)
	for _, log := range append(logFiles[:], databaseFile+"-wal") {
		found := 0
		for at := 0; at < min(len(files[log]), 10*framePage); at += 11 {
			if at%framePage > 130 {
				continue // zeros, and pages of SQLite's that are in several commits
			}
			putAll(t, dir, files)
			changed := bytes.Clone(files[log])
			changed[at] ^= 1
			s, err := Open(put(t, dir, log, changed), Options{}, schemas()...)
			if err == nil {
				got, _ := notesSeen(s)
				_ = s.Close()
				if !strings.HasPrefix(want, got) || strings.Count(want, "=")-strings.Count(got, "=") > 1 {
					t.Errorf("%s, byte %d: nobody says that it was changed, and %d updates of %d are left", log, at, strings.Count(got, "="), updates)
				}
			} else if found++; !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s, byte %d: %v", log, at, err)
			}
		}
		t.Logf("%s: %d changes were found", log, found)
		if found == 0 && log != databaseFile+"-wal" {
			t.Errorf("%s: no change was found", log)
		}
	}
}

// TestSavedFromLog saves a state whose rows are in the log alone, some of them over the database's and some in the place of none, and expects
// the image to hold them.
func TestSavedFromLog(t *testing.T) {
	dir := filled(t)
	s := mustOpen(t, dir)
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for i := range 3 * pageSize { // rows in the database, more than a scan takes at once
		if err := s.Update(func(tx Tx) error { return notes.Put(tx, fmt.Sprintf("m%03d", i), &note{"old"}) }); err != nil {
			t.Fatal(err)
		}
	}
	d := s.disk.(*logDisk)
	d.setOut()
	if err := d.move(); err != nil {
		t.Fatal(err)
	}
	err := s.Update(func(tx Tx) error {
		for i := range 2 * pageSize {
			if err := notes.Delete(tx, fmt.Sprintf("m%03d", i)); err != nil {
				return err
			}
		}
		return errors.Join(notes.Put(tx, "m300", &note{"new"}), notes.Put(tx, "z", &note{"added"}), notes.Delete(tx, "none"))
	})
	if err != nil {
		t.Fatal(err)
	}
	want, err := notesSeen(s)
	if err != nil || !strings.HasPrefix(want, "a=keptm256=old") || !strings.Contains(want, "m300=newm301=old") || !strings.HasSuffix(want, "z=added") {
		t.Errorf("the store holds %q (%v)", want, err)
	}
	var image bytes.Buffer
	if err := s.Backup(&image, BackupOptions{IncludeKey: true}); err != nil {
		t.Fatal(err)
	}
	restored := t.TempDir()
	if err := Restore(restored, &image, RestoreOptions{}, schemas()...); err != nil {
		t.Fatal(err)
	}
	other := mustOpen(t, restored)
	if got, err := notesSeen(other); got != want || err != nil {
		t.Errorf("the backup holds %q (%v), want %q", got, err, want)
	}
	if err := other.Close(); err != nil {
		t.Error(err)
	}
}

// TestReplacedUnderLog resets a store whose log holds rows, and writes on: what was reset does not come back.
func TestReplacedUnderLog(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	fill(t, s, 10, 15)
	if err := s.Reset(nil); err != nil {
		t.Fatal(err)
	}
	holds(t, "reset", crashed(t, s), 0)
	fill(t, s, 0, 3)
	holds(t, "reset, and written on", crashed(t, s), 3)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// TestFormerSchema opens a directory as it was before there was a log, and one whose migration was stopped before it counted.
func TestFormerSchema(t *testing.T) {
	for _, log := range [][]byte{nil, rubbish} {
		dir := execute(t, filled(t), "DELETE FROM goose_db_version WHERE version_id = 3")
		for _, name := range logFiles {
			remove(t, dir, name)
			if log != nil {
				put(t, dir, name, log)
			}
		}
		for range 2 {
			s := mustOpen(t, dir)
			if got, err := notesSeen(s); got != "a=kept" || err != nil {
				t.Errorf("the directory holds %q (%v)", got, err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
