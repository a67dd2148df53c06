package store

import (
	"errors"
	"os"
	"path/filepath"
)

// WriteFile writes a file of mode 0600 such that it is whole on disk, or not there at all.
func WriteFile(path string, data []byte) error {
	return CreateFile(path, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

// CreateFile does the same with what fill writes.
func CreateFile(path string, fill func(*os.File) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // of mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = fill(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncPath(filepath.Dir(path))
}

// syncPath syncs a file, or makes what was renamed in a directory last.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
