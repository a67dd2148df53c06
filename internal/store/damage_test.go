package store

import (
	"bytes"
	"errors"
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

// TestDamage opens directories that are not as they should be, and expects an error that says so.
func TestDamage(t *testing.T) {
	for name, test := range map[string]struct {
		harm func(t *testing.T, dir string) (open string)
		want error
		says string
	}{
		"root key missing": {func(t *testing.T, dir string) string { return remove(t, dir, keyFile) }, ErrCorrupt, "root.key is missing"},
		"root key short":   {func(t *testing.T, dir string) string { return put(t, dir, keyFile, []byte("short")) }, ErrCorrupt, "holds 5 bytes and not 32"},
		"another root key": {func(t *testing.T, dir string) string { return put(t, dir, keyFile, newRootKey()) }, ErrCorrupt, "not the key"},
		"no database": {func(t *testing.T, dir string) string {
			return put(t, dir, databaseFile, []byte(strings.Repeat("rubbish ", 1000)))
		}, ErrCorrupt, "restore a backup"},
		"newer schema": {func(t *testing.T, dir string) string {
			s := mustOpen(t, dir)
			_, err := s.disk.(*sqliteDisk).writer.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)")
			if err := errors.Join(err, s.Close()); err != nil {
				t.Fatal(err)
			}
			return dir
		}, ErrNewer, "has schema 99"},
		"a file in the way": {func(t *testing.T, dir string) string {
			return filepath.Join(dir, keyFile, "sub")
		}, ErrUnwritable, "choose another directory"},
		"in use": {func(t *testing.T, dir string) string {
			s := mustOpen(t, dir)
			t.Cleanup(func() { _ = s.Close() })
			return dir
		}, ErrInUse, "process " + strconv.Itoa(os.Getpid())},
	} {
		dir := test.harm(t, filled(t))
		s, err := Open(dir, Options{}, schemas()...)
		if err == nil {
			t.Errorf("%s: Open succeeded", name)
			_ = s.Close()
		} else if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: Open = %v, want %v and %q", name, err, test.want, test.says)
		}
	}
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

// TestFull fills the database up to a limit, and expects that only writes fail, and that they succeed again afterwards.
func TestFull(t *testing.T) {
	s := mustOpen(t, filled(t))
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	writer := s.disk.(*sqliteDisk).writer
	if _, err := writer.Exec("PRAGMA max_page_count = 10"); err != nil {
		t.Fatal(err)
	}
	large := func(tx Tx) error { return notes.Put(tx, "large", &note{strings.Repeat("x", 1<<20)}) }
	if err := s.Update(large); !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "free some space") {
		t.Fatalf("Update = %v on a full disk", err)
	}
	if got, err := notesSeen(s); got != "a=kept" || err != nil {
		t.Errorf("after a failed write the table holds %s (%v)", got, err)
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

// TestPageDamage changes a page of the database, and expects reads of it to fail as damage.
func TestPageDamage(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir)
	err := s.Update(func(tx Tx) error {
		for i := range 200 {
			if err := notes.Put(tx, key(i+1000), &note{strings.Repeat("x", 200)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, databaseFile))
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; ; {
		found := bytes.Index(data[at:], []byte("notesk1")) // a row's table and key; its value is sealed
		if found < 0 {
			break
		}
		page := (at + found) / 4096 * 4096
		clear(data[page : page+8])
		at = page + 4096
	}
	s = mustOpen(t, put(t, dir, databaseFile, data))
	defer func() { _ = s.Close() }()
	if _, err := notesSeen(s); !errors.Is(err, ErrCorrupt) {
		t.Errorf("Scan = %v in a damaged database", err)
	}
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
