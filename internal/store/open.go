package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The files of a directory, all of mode 0600 in a directory of mode 0700:
//
//	aircon.db       SQLite in WAL mode, with aircon.db-wal and aircon.db-shm beside it; its schema is in migrations/
//	root.key        32 random bytes; without them, what was sealed cannot be opened again
//	lock            held by the one process that has the directory open, with its process id
//
// entries(tbl, key, value) holds every table: value is the JSON of the Go type that the service registers for tbl.
// state holds the number of commits and a text sealed by the root key.
const (
	databaseFile = "aircon.db"
	keyFile      = "root.key"
	lockFile     = "lock"
)

// What can be wrong with a directory. Errors of Open and of transactions wrap them, and say what to do.
var (
	ErrInUse      = errors.New("the data directory is in use")
	ErrNewer      = errors.New("the data directory is of a newer version")
	ErrCorrupt    = errors.New("the data directory is damaged")
	ErrFull       = errors.New("the disk is full")
	ErrUnwritable = errors.New("the data directory cannot be written")
)

// Open opens the store in a directory, which it makes if there is none.
func Open(dir string, schemas ...Schema) (Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unwritable(dir, err)
	}
	lock, err := takeLock(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, err
	}
	s, err := openLocked(dir, lock, schemas)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

func openLocked(dir string, lock *os.File, schemas []Schema) (Store, error) {
	key, err := rootKey(dir)
	if err != nil {
		return nil, err
	}
	sealer := NewSealer(key)
	d, err := openSQLite(dir, lock)
	if err != nil {
		return nil, err
	}
	generation, err := d.prove(sealer)
	if err != nil {
		return nil, errors.Join(err, d.closeDatabase())
	}
	return newEngine(d, sealer, generation, schemas), nil
}

// rootKey reads the directory's root key, and makes one where there is no database yet.
func rootKey(dir string) ([]byte, error) {
	path := filepath.Join(dir, keyFile)
	key, err := os.ReadFile(path)
	switch {
	case err == nil && len(key) == rootKeySize:
		return key, nil
	case err == nil:
		return nil, fmt.Errorf("%w: %s holds %d bytes and not %d: put the file back that belongs to it", ErrCorrupt, path, len(key), rootKeySize)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("reading the root key: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, databaseFile)); err == nil {
		return nil, fmt.Errorf("%w: %s is missing, without which %s cannot be read: put it back", ErrCorrupt, path, databaseFile)
	}
	key = newRootKey()
	if err := WriteFile(path, key); err != nil {
		return nil, unwritable(dir, err)
	}
	return key, nil
}

// WriteFile writes a file of mode 0600 such that it is whole on disk, or not there at all.
func WriteFile(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // of mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = bytes.NewReader(data).WriteTo(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes what was renamed in a directory last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func unwritable(dir string, err error) error {
	return fmt.Errorf("%w: %s: %w: choose another directory or mend its permissions", ErrUnwritable, dir, err)
}
