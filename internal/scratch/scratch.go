// Package scratch makes directories for the time of a process. One that was killed leaves its own, which the next process removes.
package scratch

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"aircon/internal/filelock"
)

// Dir is a directory that is there for this process.
type Dir struct {
	Path string
	lock *os.File
}

// suffix ends the name of the file beside a directory that its process holds locked.
const suffix = ".lock"

// New makes a directory with a name that begins with prefix, in the system's directory for temporary files, after it has removed those of
// processes that have ended without doing so.
func New(prefix string) (*Dir, error) {
	root := os.TempDir()
	if err := sweep(root, prefix); err != nil {
		return nil, err
	}
	d := &Dir{Path: filepath.Join(root, prefix+rand.Text()[:10])}
	var err error
	if d.lock, err = filelock.Take(d.Path + suffix); err != nil { // before the directory is there, so that nobody takes it for left
		return nil, err
	}
	if err := os.Mkdir(d.Path, 0o700); err != nil {
		return nil, errors.Join(err, d.unlock())
	}
	return d, nil
}

// Remove removes the directory and what is in it.
func (d *Dir) Remove() error { return errors.Join(os.RemoveAll(d.Path), d.unlock()) }

func (d *Dir) unlock() error {
	return errors.Join(os.Remove(d.Path+suffix), d.lock.Close())
}

// sweep removes the directories that nobody holds. One that cannot be removed, as another user's, is left.
func sweep(root, prefix string) error {
	entries, err := os.ReadDir(root)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, is := strings.CutSuffix(e.Name(), suffix)
		if !is || !strings.HasPrefix(name, prefix) || !e.Type().IsRegular() {
			continue
		}
		left := &Dir{Path: filepath.Join(root, name)}
		if left.lock, err = filelock.Take(left.Path + suffix); err != nil {
			continue // it is held, or another user's
		}
		if os.RemoveAll(left.Path) == nil {
			_ = left.unlock()
		} else {
			_ = left.lock.Close() // the next process tries again
		}
	}
	return nil
}
