package store

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// filled returns a directory that holds a few notes.
func filled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s := mustOpen(t, dir)
	if err := s.Update(func(tx Tx) error { return notes.Put(tx, "a", &note{"kept"}) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func mustOpen(t *testing.T, dir string) *engine {
	t.Helper()
	s, err := Open(dir, Options{}, schemas()...)
	if err != nil {
		t.Fatal(err)
	}
	return s.(*engine)
}

// TestDamage opens directories that are not as they should be, and expects an error that says so, and what to do.
func TestDamage(t *testing.T) {
	const next = "restore a backup (aircon local restore FILE --directory "
	for name, test := range map[string]struct {
		harm func(t *testing.T, dir string) (open string)
		want error
		says string
	}{
		"root key missing":         {func(t *testing.T, dir string) string { return remove(t, dir, keyFile) }, ErrCorrupt, "root.key is missing"},
		"root key short":           {func(t *testing.T, dir string) string { return put(t, dir, keyFile, []byte("short")) }, ErrCorrupt, "holds 5 bytes and not 32"},
		"another root key":         {func(t *testing.T, dir string) string { return put(t, dir, keyFile, newRootKey()) }, ErrCorrupt, "not the key"},
		"root key open to others":  {func(t *testing.T, dir string) string { return mode(t, dir, keyFile, 0o640) }, ErrIdentity, "chmod 600"},
		"database missing":         {func(t *testing.T, dir string) string { return remove(t, dir, databaseFile) }, ErrCorrupt, "aircon.db is missing"},
		"database empty":           {func(t *testing.T, dir string) string { return put(t, dir, databaseFile, nil) }, ErrCorrupt, "is empty"},
		"log missing":              {func(t *testing.T, dir string) string { return remove(t, dir, logFiles[1]) }, ErrCorrupt, "commits.2 is missing"},
		"database cut off":         {func(t *testing.T, dir string) string { return cut(t, dir, databaseFile, 2) }, ErrCorrupt, next},
		"no database":              {func(t *testing.T, dir string) string { return put(t, dir, databaseFile, rubbish) }, ErrCorrupt, next},
		"another program's":        {func(t *testing.T, dir string) string { return execute(t, dir, "DROP TABLE goose_db_version") }, ErrCorrupt, "not a database of aircon's"},
		"newer schema":             {func(t *testing.T, dir string) string { return execute(t, dir, newer) }, ErrNewer, "has schema 99"},
		"a table of a newer":       {func(t *testing.T, dir string) string { return execute(t, dir, "UPDATE entries SET tbl = 'new'") }, ErrNewer, `holds table "new"`},
		"a value of another row":   {func(t *testing.T, dir string) string { return execute(t, dir, "UPDATE entries SET key = x'62'") }, ErrCorrupt, "a value in table notes"},
		"a file in the way":        {func(t *testing.T, dir string) string { return filepath.Join(dir, keyFile, "sub") }, ErrUnwritable, "choose another directory"},
		"in use":                   {inUse, ErrInUse, "process " + strconv.Itoa(os.Getpid())},
		"an age key, no identity":  {aged, ErrIdentity, "--identity"},
		"an age key that is wrong": {func(t *testing.T, dir string) string { return put(t, aged(t, dir), agedKeyFile, rubbish) }, ErrIdentity, "--identity"},
	} {
		dir := test.harm(t, filled(t))
		s, err := Open(dir, Options{}, schemas()...)
		if err == nil {
			_, err = notesSeen(s)
			_ = s.Close()
		}
		if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want %v and %q", name, err, test.want, test.says)
		}
	}
}

const newer = "INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)"

var rubbish = []byte(strings.Repeat("rubbish ", 1000))

func mode(t *testing.T, dir, name string, mode os.FileMode) string {
	if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
		t.Fatal(err)
	}
	return dir
}

// cut leaves the first part of a file, one of so many.
func cut(t *testing.T, dir, name string, parts int64) string {
	path := filepath.Join(dir, name)
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, info.Size()/parts)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func execute(t *testing.T, dir, statement string) string {
	s := mustOpen(t, dir)
	_, err := s.disk.(*logDisk).database.writer.Exec(statement)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func inUse(t *testing.T, dir string) string {
	s := mustOpen(t, dir)
	t.Cleanup(func() { _ = s.Close() })
	return dir
}

// aged encrypts a directory's root key to an identity.
func aged(t *testing.T, dir string) string {
	s, err := Open(dir, Options{Identity: newIdentity(t)}, schemas()...)
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestChangedByte changes one byte of the database at a time, and expects that it is found at once, or by a backup, or shows nowhere.
func TestChangedByte(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	err := s.Update(func(tx Tx) error {
		for i := range 60 {
			if err := notes.Put(tx, key(i+10), &note{strings.Repeat("x", 200)}); err != nil {
				return err
			}
		}
		return nil
	})
	want, seen := notesSeen(s)
	if err = errors.Join(err, seen, s.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(dir, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for at := 3; at < len(whole); at += 61 {
		changed := bytes.Clone(whole)
		changed[at] ^= 0x20
		s, err := Open(put(t, dir, databaseFile, changed), Options{}, schemas()...)
		if err == nil {
			var got string
			if got, err = notesSeen(s); err == nil && got != want {
				if err = s.Save(io.Discard); err == nil {
					t.Errorf("byte %d: nobody says that the database was changed", at)
				}
			}
			_ = s.Close()
		}
		if err != nil {
			found++
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNewer) {
				t.Errorf("byte %d: %v", at, err)
			}
		}
	}
	t.Logf("%d of %d changes were found, the others show nowhere", found, len(whole)/61)
}

func remove(t *testing.T, dir, name string) string {
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func put(t *testing.T, dir, name string, data []byte) string {
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestFull fills the database up to a limit, and expects that writes fail once the log has no room for them, and nothing else, and that they
// succeed again afterwards.
func TestFull(t *testing.T) {
	s := openTurning(t, filled(t), framePage)
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	writer := s.disk.(*logDisk).database.writer
	if _, err := writer.Exec("PRAGMA max_page_count = 10"); err != nil {
		t.Fatal(err)
	}
	large := func(tx Tx) error { return notes.Put(tx, "large", &note{strings.Repeat("x", 1<<20)}) }
	for range 2 { // one for each file of the log
		if err := s.Update(large); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		err := s.Update(func(tx Tx) error { return notes.Put(tx, "a", &note{"refused"}) })
		if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "free some space") {
			t.Fatalf("Update = %v on a full disk", err)
		}
		if got, err := notesSeen(s); !strings.HasPrefix(got, "a=keptlarge=xxx") || err != nil {
			t.Errorf("after a failed write the table holds %.20s (%v)", got, err)
		}
	}
	if _, err := writer.Exec("PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(large); err != nil {
		t.Errorf("Update = %v with room again", err)
	}
}

func notesSeen(s Store) (seen string, err error) {
	err = s.View(func(tx Tx) error {
		seen = ""
		for row, err := range notes.Scan(tx, "", "") {
			if err != nil {
				return err
			}
			seen += row.Key + "=" + row.Value.Text
		}
		return nil
	})
	return seen, err
}

func TestClosed(t *testing.T) {
	s := mustOpen(t, t.TempDir())
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	nothing := func(Tx) error { return nil }
	if err := s.View(nothing); !errors.Is(err, ErrClosed) {
		t.Errorf("View = %v", err)
	}
	if err := s.Update(nothing); !errors.Is(err, ErrClosed) {
		t.Errorf("Update = %v", err)
	}
}

func TestSealer(t *testing.T) {
	s := NewSealer(newRootKey())
	sealed := s.Seal([]byte("plain"), []byte("purpose"))
	if bytes.Contains(sealed, []byte("plain")) || bytes.Equal(sealed, s.Seal([]byte("plain"), []byte("purpose"))) {
		t.Error("the text shows, or two seals are the same")
	}
	if got, err := s.Open(sealed, []byte("purpose")); string(got) != "plain" || err != nil {
		t.Errorf("Open = %q, %v", got, err)
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := s.Open(changed, []byte("purpose")); !errors.Is(err, ErrSealed) {
			t.Errorf("Open took a text whose byte %d was changed", i)
		}
	}
	if _, err := s.Open(sealed, []byte("other")); !errors.Is(err, ErrSealed) {
		t.Error("Open took other additional data")
	}
}
