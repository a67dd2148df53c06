package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// A new state takes the place of a directory's in two steps, so that a crash leaves the old one or the new one. It is made
// whole and synced in preparingDir, which is renamed to preparedDir; from then on it counts. Then its files
// are moved to where they belong, which whoever opens the directory next finishes.
const (
	preparingDir = "preparing"
	preparedDir  = "prepared"
)

// prepare puts a database with these rows and its key in the place of what the directory holds.
func (o Options) prepare(dir string, key []byte, generation uint64, rows []write) error {
	temporary := filepath.Join(dir, preparingDir)
	if err := os.RemoveAll(temporary); err != nil {
		return unwritable(dir, err)
	}
	if err := os.Mkdir(temporary, 0o700); err != nil {
		return unwritable(dir, err)
	}
	err := makeDatabase(temporary, NewSealer(key), generation, rows)
	if err == nil {
		err = o.writeKey(temporary, key) // it syncs the directory too
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(temporary))
	}
	if err := os.Rename(temporary, filepath.Join(dir, preparedDir)); err != nil {
		return unwritable(dir, err)
	}
	if err := syncPath(dir); err != nil {
		return unwritable(dir, err)
	}
	return takePrepared(dir)
}

// makeDatabase makes a database of the newest schema. Nothing is synced but the whole, at the end.
func makeDatabase(dir string, sealer Sealer, generation uint64, rows []write) (err error) {
	path := filepath.Join(dir, databaseFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600) // SQLite gives its other files the mode of this one
	if err != nil {
		return unwritable(dir, err)
	}
	defer func() {
		if err == nil {
			err = f.Sync()
		}
		err = errors.Join(err, f.Close())
	}()
	d := &sqliteDisk{dir: dir, sealer: sealer}
	if d.writer, err = openWriter(path, "OFF"); err != nil {
		return err
	}
	d.reader = d.writer
	defer func() { err = errors.Join(d.explain(err), d.writer.Close()) }()
	if err := migrate(d.writer, sealer); err != nil {
		return err
	}
	if _, err := d.writer.ExecContext(context.Background(), "UPDATE state SET proof = ?", sealer.Seal(proofText, nil)); err != nil {
		return err
	}
	if err := d.prepare(); err != nil {
		return err
	}
	return d.replace(generation, rows)
}

// takePrepared moves the files of a state that was prepared to where they belong, if there is one. The old database's log and the
// old key in its other form go first; the database is the last to move, so that it says whether there is still something to do.
func takePrepared(dir string) error {
	prepared := filepath.Join(dir, preparedDir)
	found, err := exists(prepared)
	if err != nil || !found {
		return err
	}
	whole, err := exists(filepath.Join(prepared, databaseFile))
	if err != nil {
		return unwritable(dir, err)
	}
	if whole {
		if err := moveIn(dir, prepared); err != nil {
			return fmt.Errorf("taking the state in %s: %w", prepared, unwritable(dir, err))
		}
	}
	if err := os.RemoveAll(prepared); err != nil {
		return unwritable(dir, err)
	}
	return nil
}

func moveIn(dir, prepared string) error {
	for _, name := range []string{databaseFile + "-wal", databaseFile + "-shm"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	for name, other := range map[string]string{keyFile: agedKeyFile, agedKeyFile: keyFile} {
		found, err := exists(filepath.Join(prepared, name))
		if err != nil {
			return err
		}
		if !found {
			continue
		}
		if err := os.Rename(filepath.Join(prepared, name), filepath.Join(dir, name)); err != nil {
			return err
		}
		if err := os.RemoveAll(filepath.Join(dir, other)); err != nil {
			return err
		}
	}
	if err := os.Rename(filepath.Join(prepared, databaseFile), filepath.Join(dir, databaseFile)); err != nil {
		return err
	}
	return syncPath(dir)
}
