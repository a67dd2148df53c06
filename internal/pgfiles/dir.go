package pgfiles

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"aircon/internal/filelock"
)

// What the directories are called, and the file in each by whose lock its holder keeps it.
const (
	dirPrefix = "aircon-pg-"
	lockName  = "lock"
)

// NewDir makes a directory for Write, which only this user can enter.
func NewDir() (string, error) { return os.MkdirTemp("", dirPrefix) } // of mode 0700

// Hold keeps a directory from Sweep until it is closed or this process ends. Nothing secret may be in a directory that nobody holds.
func Hold(dir string) (io.Closer, error) { return filelock.Take(filepath.Join(dir, lockName)) }

// Sweep removes this user's directories whose holder is no more, as it was killed together with the program that it served.
func Sweep() error {
	entries, err := os.ReadDir(os.TempDir())
	if err != nil {
		return err
	}
	var all error
	for _, e := range entries {
		if dir := filepath.Join(os.TempDir(), e.Name()); strings.HasPrefix(e.Name(), dirPrefix) && isOwn(dir) {
			all = errors.Join(all, removeAbandoned(dir))
		}
	}
	return all
}

func removeAbandoned(dir string) error {
	path := filepath.Join(dir, lockName)
	_, err := os.Lstat(path) // Take would make it
	var lock *os.File
	if err == nil {
		lock, err = filelock.Take(path)
	}
	switch {
	case errors.Is(err, filelock.ErrHeld), errors.Is(err, os.ErrNotExist): // in use, just being made and empty, or removed meanwhile
		return nil
	case err != nil:
		return err
	}
	return errors.Join(os.RemoveAll(dir), lock.Close())
}
