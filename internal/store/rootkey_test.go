package store

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
)

// newIdentity writes a new age identity into a file of its own.
func newIdentity(t *testing.T) (path string) {
	t.Helper()
	i, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(put(t, t.TempDir(), "identity", []byte("# created by a test\n"+i.String()+"\n")), "identity")
}

// TestIdentity keeps the root key under an age identity, from the start and from a key that lay in the clear, and
// expects that nothing else opens it.
func TestIdentity(t *testing.T) {
	for name, dir := range map[string]string{"new": filepath.Join(t.TempDir(), "new"), "converted": filled(t)} {
		own, other := newIdentity(t), newIdentity(t)
		for range 2 {
			s, err := Open(dir, Options{Identity: own}, schemas()...)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := s.Update(func(tx Tx) error { return notes.Put(tx, "b", &note{"sealed"}) }); err != nil {
				t.Error(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, keyFile)); err == nil {
			t.Errorf("%s: the root key lies in the clear", name)
		}
		none := filepath.Join(t.TempDir(), "none")
		for file, says := range map[string]string{
			"": "--identity", other: "another identity", none: "age-keygen -o", put(t, t.TempDir(), "x", rubbish) + "/x": "holds no age identity",
		} {
			if _, err := Open(dir, Options{Identity: file}, schemas()...); !errors.Is(err, ErrIdentity) || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: Open with identity %q = %v, want %q", name, file, err, says)
			}
		}
		sealed, err := os.ReadFile(filepath.Join(dir, agedKeyFile))
		if err != nil {
			t.Fatal(err)
		}
		for at := range sealed {
			changed := append([]byte(nil), sealed...)
			changed[at] ^= 1
			put(t, dir, agedKeyFile, changed)
			if _, err := Open(dir, Options{Identity: own}, schemas()...); !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrIdentity) {
				t.Fatalf("%s: Open = %v with byte %d of the key changed", name, err, at)
			}
		}
	}
}
