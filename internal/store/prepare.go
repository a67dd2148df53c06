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

// replace puts a database with these rows and its key in the place of what the directory holds.
func (o Options) replace(dir string, key []byte, generation uint64, rows []write) error {
	if err := o.prepare(dir, key, generation, rows); err != nil {
		return err
	}
	return takePrepared(dir)
}

// prepare makes the new state and makes it count.
func (o Options) prepare(dir string, key []byte, generation uint64, rows []write) error {
	temporary := filepath.Join(dir, preparingDir)
	if err := os.RemoveAll(temporary); err != nil {
		return unwritable(dir, err)
	}
	if err := os.Mkdir(temporary, 0o700); err != nil {
		return unwritable(dir, err)
	}
	err := makeDatabase(temporary, newSealer(key), generation, rows)
	if err == nil {
		err = o.writeKey(temporary, key) // it syncs the directory too
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(temporary))
	}
	if err := os.Rename(temporary, filepath.Join(dir, preparedDir)); err != nil {
		return unwritable(dir, err)
	}
	return writable(dir, syncPath(dir))
}

// makeDatabase makes a database of the newest schema. Nothing is synced but the whole, at the end.
func makeDatabase(dir string, sealer sealer, generation uint64, rows []write) (err error) {
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
	if err := migrate(dir, d.writer, sealer); err != nil {
		return err
	}
	if _, err := d.writer.ExecContext(context.Background(), "UPDATE state SET proof = ?", sealer.Seal(proofText, nil)); err != nil {
		return err
	}
	if err := d.prepare(); err != nil {
		return err
	}
	if err := d.replace(generation, rows); err != nil {
		return err
	}
	return d.foldLog()
}

// foldLog moves all of the log into the database. Closing would do it too, and say nothing of an error.
func (d *sqliteDisk) foldLog() error {
	var busy, left, moved int
	if err := d.writer.QueryRow("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &left, &moved); err != nil {
		return err
	}
	if busy != 0 || left != moved {
		return fmt.Errorf("%w: %s: %d pages of the log could not be moved into the database", ErrUnwritable, d.dir, left-moved)
	}
	return nil
}

// takePrepared moves the files of a state that was prepared to where they belong, if there is one.
func takePrepared(dir string) error {
	found, err := exists(filepath.Join(dir, preparedDir))
	if err != nil || !found {
		return writable(dir, err)
	}
	for _, step := range taking(dir) {
		if err := step(); err != nil {
			return fmt.Errorf("taking the state in %s: %w", filepath.Join(dir, preparedDir), unwritable(dir, err))
		}
	}
	return nil
}

// taking lists the steps. Each may be done again after a crash: a file that was moved already is not moved again. The old database's
// log goes before the new database comes, as SQLite would take it for its own.
func taking(dir string) []func() error {
	in, prepared := func(name string) string { return filepath.Join(dir, name) }, filepath.Join(dir, preparedDir)
	take := func(name string, instead ...string) func() error {
		return func() error {
			found, err := exists(filepath.Join(prepared, name))
			if err != nil || !found {
				return err
			}
			for _, old := range instead {
				if err := os.RemoveAll(in(old)); err != nil {
					return err
				}
			}
			return os.Rename(filepath.Join(prepared, name), in(name))
		}
	}
	return []func() error{
		take(keyFile, agedKeyFile),
		take(agedKeyFile, keyFile),
		take(logFiles[0]),
		take(logFiles[1]),
		take(databaseFile, databaseFile+"-wal", databaseFile+"-shm"),
		func() error { return syncPath(dir) },
		func() error { return os.RemoveAll(prepared) },
	}
}
