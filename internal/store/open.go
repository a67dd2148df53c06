package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// The files of a directory, all of mode 0600 in a directory of mode 0700; docs/storage.md tells more of them:
//
//	aircon.db       SQLite in WAL mode, with aircon.db-wal and aircon.db-shm beside it; its schema is in migrations/
//	commits.1       the commit log, whose rows are moved into aircon.db later; commits.2 is its other half (see commitlog.go)
//	root.key        32 random bytes; without them, nothing of the database can be read
//	root.key.age    the same, encrypted to an age identity, in the place of root.key
//	lock            held by the one process that has the directory open, with its process id
//	prepared        a directory with all of the above, that are to take the others' place (see prepare.go)
//
// entries(tbl, key, value) holds every table: value is the JSON of the Go type that the service registers for tbl, sealed by
// the root key with table and key as additional data. state holds the number of commits and a text sealed by the root key.
const (
	databaseFile = "aircon.db"
	keyFile      = "root.key"
	agedKeyFile  = "root.key.age"
	lockFile     = "lock"
)

// What can be wrong with a directory. Errors of Open and of transactions wrap them, and say what to do.
var (
	ErrInUse      = errors.New("the data directory is in use")
	ErrNewer      = errors.New("the state is of a newer version")
	ErrCorrupt    = errors.New("the data directory is damaged")
	ErrFull       = errors.New("the disk is full")
	ErrUnwritable = errors.New("the data directory cannot be written")
	ErrIdentity   = errors.New("the root key cannot be opened")
)

// startAnew says what helps where a database is lost.
func startAnew(dir string) string {
	if strings.ContainsAny(dir, " \t'\"$`\\*?&;<>|()") {
		dir = strconv.Quote(dir)
	}
	return fmt.Sprintf("restore a backup (aircon local restore FILE --directory %s) or start anew (aircon local reset --directory %s)", dir, dir)
}

// Options say how a directory is opened. The zero value is the usual way.
type Options struct {
	// Identity names a file of age identities: the root key lies in the directory encrypted to the first of them, and opens with
	// any. A key that lies there in the clear is encrypted at the first opening. "" means a key in a file of mode 0600.
	Identity string
}

// Open opens the store in a directory, which it makes if there is none.
func Open(dir string, o Options, schemas ...Schema) (Store, error) {
	lock, err := lockDirectory(dir)
	if err != nil {
		return nil, err
	}
	s, err := openLocked(dir, o, lock, schemas)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return s, nil
}

func lockDirectory(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unwritable(dir, err)
	}
	return takeLock(filepath.Join(dir, lockFile))
}

func openLocked(dir string, o Options, lock *os.File, schemas []Schema) (Store, error) {
	if err := takePrepared(dir); err != nil {
		return nil, err
	}
	key, err := o.readKey(dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, databaseFile)
	info, err := os.Stat(path)
	found := err == nil
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, unwritable(dir, err)
	case found && info.Size() == 0: // SQLite would begin anew in it
		return nil, fmt.Errorf("%w: %s is empty: put it back, or %s", ErrCorrupt, path, startAnew(filepath.Dir(path)))
	case key == nil && found:
		return nil, fmt.Errorf("%w: %s is missing, without which %s cannot be read: put it back, or %s",
			ErrCorrupt, filepath.Join(dir, keyFile), databaseFile, startAnew(dir))
	case key != nil && !found:
		return nil, fmt.Errorf("%w: %s is missing: put it back, or %s", ErrCorrupt, path, startAnew(filepath.Dir(path)))
	case key == nil:
		key = newRootKey()
		if err := o.replace(dir, key, 0, nil); err != nil {
			return nil, err
		}
	}
	database, err := openSQLite(dir, newSealer(key), lock)
	if err != nil {
		return nil, err
	}
	d, err := openLogDisk(database)
	if err != nil {
		return nil, errors.Join(err, database.closeDatabase())
	}
	s, err := startEngine(d, key, schemas)
	if err != nil {
		return nil, errors.Join(err, d.log.closeFiles(), database.closeDatabase())
	}
	return s, nil
}

// startEngine refuses a database with tables that nobody registered: another program wrote them, or their names were changed.
func startEngine(d *logDisk, key []byte, schemas []Schema) (*engine, error) {
	s := newEngine(d, key, d.newest, schemas)
	names, err := d.tables()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		t := s.cache.tables[name]
		if t == nil {
			return nil, fmt.Errorf("%w, or is damaged: %s holds table %q, which this program does not know: use the newer aircon, or %s",
				ErrNewer, filepath.Join(d.database.dir, databaseFile), name, startAnew(d.database.dir))
		}
		t.used.Store(true)
	}
	return s, nil
}

// exists reports whether there is a file.
func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// full and failing say what the disk did.
func full(dir string, err error) error {
	return fmt.Errorf("%w: nothing of this was saved in %s: free some space and try again (%w)", ErrFull, dir, err)
}

func failing(dir string, err error) error {
	return fmt.Errorf("%w: %s: the disk fails, or allows no more: look at  df -h  and  ulimit -f, and try again (%w)", ErrUnwritable, dir, err)
}

func unwritable(dir string, err error) error {
	return fmt.Errorf("%w: %s: %w: choose another directory or mend its permissions", ErrUnwritable, dir, err)
}
