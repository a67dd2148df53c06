package store

import (
	"os"
	"path/filepath"
	"testing"
)

// TestReplaceInterrupted stops a replacement of the state behind each step that it takes, twice in a row, and expects the old state until
// the new one counts, and the new one from then on.
func TestReplaceInterrupted(t *testing.T) {
	rows := []write{{table: notes.Name, key: "b", raw: []byte(`{"Text":"new"}`)}}
	for name, o := range map[string]Options{"key in the clear": {}, "under an identity": {Identity: newIdentity(t)}} {
		for crash := range len(taking("")) + 2 {
			dir := filled(t)
			want := "b=new"
			if crash == 0 {
				want = "a=kept"
				if err := os.CopyFS(filepath.Join(dir, preparingDir), os.DirFS(filled(t))); err != nil { // half of it
					t.Fatal(err)
				}
			} else {
				if err := o.prepare(dir, newRootKey(), 7, rows); err != nil {
					t.Fatal(err)
				}
				put(t, dir, databaseFile+"-wal", rubbish) // of a crash before
				for range 2 {
					for _, step := range taking(dir)[:crash-1] {
						if err := step(); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
			s, err := Open(dir, o, schemas()...)
			if err != nil {
				t.Errorf("%s, stopped behind step %d: %v", name, crash, err)
				continue
			}
			if got, err := notesSeen(s); got != want || err != nil {
				t.Errorf("%s, stopped behind step %d: the directory holds %q (%v), want %q", name, crash, got, err, want)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if found, err := exists(filepath.Join(dir, preparedDir)); found || err != nil {
				t.Errorf("%s, stopped behind step %d: something is left (%v)", name, crash, err)
			}
		}
	}
}
