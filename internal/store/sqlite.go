package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteDisk is a disk that is a SQLite database: one connection writes, a few read. Values lie in it sealed, bound to their table
// and key.
type sqliteDisk struct {
	dir    string
	lock   *os.File
	sealer sealer
	writer *sql.DB
	reader *sql.DB

	put, remove, empty, advance *sql.Stmt // on the writer
	number, one                 *sql.Stmt // on the readers
	until, onwards              *sql.Stmt
}

// maxReaders is how many transactions may read from disk at once; the others wait. Cached reads need none.
const maxReaders = 4

// openSQLite opens the database in dir, brings it to this program's schema, and checks that it was made with the sealer's key.
func openSQLite(dir string, sealer sealer, lock *os.File) (*sqliteDisk, error) {
	d := &sqliteDisk{dir: dir, sealer: sealer, lock: lock}
	if err := d.connect(filepath.Join(dir, databaseFile)); err != nil {
		return nil, errors.Join(d.explain(err), d.closeDatabase())
	}
	return d, nil
}

func (d *sqliteDisk) connect(path string) (err error) {
	if d.writer, err = openWriter(path, "FULL"); err != nil {
		return err
	}
	if err := d.ready(path); err != nil {
		return err
	}
	if d.reader, err = sql.Open("sqlite", dsn(path, "FULL", "deferred")+"&_pragma=query_only(1)"); err != nil {
		return err
	}
	d.reader.SetMaxOpenConns(maxReaders)
	d.reader.SetMaxIdleConns(maxReaders)
	return d.prepare()
}

// ready refuses a database that this program must not touch, and migrates one of a former schema.
func (d *sqliteDisk) ready(path string) error {
	version, err := schemaOf(d.writer)
	switch {
	case err != nil:
		return foreign(path, err)
	case version > newestSchema:
		return fmt.Errorf("%w: %s has schema %d, and this program knows up to %d: use the newer aircon, or another directory",
			ErrNewer, d.dir, version, newestSchema)
	}
	var proof []byte
	if err := d.writer.QueryRow("SELECT proof FROM state").Scan(&proof); err != nil {
		return foreign(path, err)
	}
	if _, err := d.sealer.Open(proof, nil); err != nil {
		return fmt.Errorf("%w: %s is not the key that %s was made with: put the right one back, or %s",
			ErrCorrupt, filepath.Join(d.dir, keyFile), databaseFile, startAnew(d.dir))
	}
	if version == newestSchema {
		return nil
	}
	return migrate(d.dir, d.writer, d.sealer)
}

// foreign says that a database is whole, and not aircon's.
func foreign(path string, err error) error {
	var code *sqlite.Error
	if errors.As(err, &code) && code.Code() != sqlite3.SQLITE_ERROR {
		return err
	}
	return fmt.Errorf("%w: %s is not a database of aircon's: move it away, or choose another directory (%w)", ErrCorrupt, path, err)
}

// openWriter opens a database for the one connection that writes. Its cache takes, at most, the pages that a full file of the commit log changes.
func openWriter(path, synchronous string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, synchronous, "immediate")+"&_pragma=cache_size(-8192)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

// vfs is SQLite's way to the disk; "" is its own. Tests put one in its place that fails.
var vfs string

// SQLite's pages are of 16 KiB, in which rows of up to 4 KB need no pages of their own: to write and to find those costs twice as much. A
// database keeps the page size that it was made with. Its log is moved into it at 4 MiB, which whoever opens it after a crash must read.
const pagePragmas = "&_pragma=page_size(16384)&_pragma=wal_autocheckpoint(256)"

// dsn names the database. Synchronous=FULL in WAL mode syncs each commit before it returns.
func dsn(path, synchronous, lock string) string {
	u := url.URL{Scheme: "file", OmitHost: true, Path: path}
	text := u.String() + "?_txlock=" + lock + pagePragmas +
		"&_pragma=busy_timeout(5000)&_journal_mode=WAL&_pragma=synchronous(" + synchronous + ")&_pragma=fullfsync(1)"
	if vfs != "" {
		text += "&vfs=" + vfs
	}
	return text
}

func (d *sqliteDisk) prepare() (err error) {
	for _, p := range []struct {
		stmt **sql.Stmt
		db   *sql.DB
		text string
	}{
		{&d.put, d.writer, "INSERT INTO entries (tbl, key, value) VALUES (?, ?, ?) ON CONFLICT (tbl, key) DO UPDATE SET value = excluded.value"},
		{&d.remove, d.writer, "DELETE FROM entries WHERE tbl = ? AND key = ?"},
		{&d.empty, d.writer, "DELETE FROM entries"},
		{&d.advance, d.writer, "UPDATE state SET generation = ?"},
		{&d.number, d.reader, "SELECT generation FROM state"},
		{&d.one, d.reader, "SELECT value FROM entries WHERE tbl = ? AND key = ?"},
		{&d.until, d.reader, "SELECT key, value FROM entries WHERE tbl = ? AND key >= ? AND key < ? ORDER BY key LIMIT ?"},
		{&d.onwards, d.reader, "SELECT key, value FROM entries WHERE tbl = ? AND key >= ? ORDER BY key LIMIT ?"},
	} {
		if *p.stmt, err = p.db.Prepare(p.text); err != nil {
			return err
		}
	}
	return nil
}

// tables lists the tables that have rows.
func (d *sqliteDisk) tables() (list []string, err error) {
	for last := ""; ; list = append(list, last) {
		err := d.writer.QueryRow("SELECT tbl FROM entries WHERE tbl > ? ORDER BY tbl LIMIT 1", last).Scan(&last)
		if errors.Is(err, sql.ErrNoRows) {
			return list, nil
		}
		if err != nil {
			return nil, d.explain(err)
		}
	}
}

// newest returns the number of the newest commit.
func (d *sqliteDisk) newest() (uint64, error) {
	s, err := d.begin()
	if err != nil {
		return 0, err
	}
	defer s.end()
	return s.generation(), nil
}

// commit writes everything in one SQL transaction. Its COMMIT syncs.
func (d *sqliteDisk) commit(generation uint64, writes []write) error {
	return d.transact(func(tx *sql.Tx) error { return d.apply(tx, generation, writes) })
}

// replace empties the table first, in the same SQL transaction.
func (d *sqliteDisk) replace(generation uint64, writes []write) error {
	return d.transact(func(tx *sql.Tx) error {
		if _, err := tx.Stmt(d.empty).Exec(); err != nil {
			return err
		}
		return d.apply(tx, generation, writes)
	})
}

func (d *sqliteDisk) transact(fn func(*sql.Tx) error) error {
	tx, err := d.writer.Begin()
	if err != nil {
		return d.explain(err)
	}
	if err = fn(tx); err == nil {
		err = tx.Commit()
	}
	if err == nil {
		return nil
	}
	_ = tx.Rollback() // SQLite may have rolled back itself, which the error says already
	return d.explain(err)
}

func (d *sqliteDisk) apply(tx *sql.Tx, generation uint64, writes []write) error {
	put, remove := tx.Stmt(d.put), tx.Stmt(d.remove)
	var sealed []byte // SQLite takes a copy
	for _, w := range writes {
		var err error
		if w.raw == nil {
			_, err = remove.Exec(w.table, []byte(w.key))
		} else {
			sealed = d.sealer.appendSeal(sealed[:0], w.raw, rowName(w.table, w.key))
			_, err = put.Exec(w.table, []byte(w.key), sealed)
		}
		if err != nil {
			return err
		}
	}
	_, err := tx.Stmt(d.advance).Exec(int64(generation))
	return err
}

// open opens the value of a row.
func (d *sqliteDisk) open(table, key string, sealed []byte) ([]byte, error) {
	raw, err := d.sealer.Open(sealed, rowName(table, key))
	if err != nil {
		return nil, fmt.Errorf("%w: a value in table %s of %s was changed: %s", ErrCorrupt, table, filepath.Join(d.dir, databaseFile), startAnew(d.dir))
	}
	return raw, nil
}

func (d *sqliteDisk) begin() (snapshot, error) {
	tx, err := d.reader.BeginTx(context.Background(), nil)
	if err != nil {
		return nil, d.explain(err)
	}
	s := &sqliteSnapshot{disk: d, tx: tx}
	var number int64
	if err := tx.Stmt(d.number).QueryRow().Scan(&number); err != nil {
		s.end()
		return nil, d.explain(err)
	}
	s.number = uint64(number)
	return s, nil
}

// close ends what open began. The last connection moves the log into the database.
func (d *sqliteDisk) close() error { return errors.Join(d.closeDatabase(), d.lock.Close()) }

func (d *sqliteDisk) closeDatabase() error {
	var err error
	for _, db := range []*sql.DB{d.reader, d.writer} {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return err
}

// explain adds to SQLite's error what it means for the directory and what to do.
func (d *sqliteDisk) explain(err error) error {
	var code *sqlite.Error
	if err == nil || !errors.As(err, &code) {
		return err
	}
	switch code.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return full(d.dir, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return unwritable(d.dir, err)
	case sqlite3.SQLITE_IOERR:
		return failing(d.dir, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %s: %s (%w)", ErrCorrupt, filepath.Join(d.dir, databaseFile), startAnew(d.dir), err)
	}
	return fmt.Errorf("the database in %s: %w", d.dir, err)
}

// sqliteSnapshot is a read transaction.
type sqliteSnapshot struct {
	disk   *sqliteDisk
	tx     *sql.Tx
	number uint64
}

func (s *sqliteSnapshot) generation() uint64 { return s.number }

func (s *sqliteSnapshot) get(table, key string) ([]byte, error) {
	var sealed []byte
	err := s.tx.Stmt(s.disk.one).QueryRow(table, []byte(key)).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.disk.explain(err)
	}
	return s.disk.open(table, key, sealed)
}

func (s *sqliteSnapshot) page(table, prefix, after string) ([]write, error) {
	start := prefix
	if after >= prefix {
		start = after + "\x00" // the next key that there can be
	}
	var rows *sql.Rows
	var err error
	if end := prefixEnd(prefix); end != nil {
		rows, err = s.tx.Stmt(s.disk.until).Query(table, []byte(start), end, pageSize)
	} else {
		rows, err = s.tx.Stmt(s.disk.onwards).Query(table, []byte(start), pageSize)
	}
	if err != nil {
		return nil, s.disk.explain(err)
	}
	defer rows.Close()
	var page []write
	for rows.Next() {
		var key, sealed []byte
		if err := rows.Scan(&key, &sealed); err != nil {
			return nil, s.disk.explain(err)
		}
		raw, err := s.disk.open(table, string(key), sealed)
		if err != nil {
			return nil, err
		}
		page = append(page, write{table: table, key: string(key), raw: raw})
	}
	return page, s.disk.explain(rows.Err())
}

// check finds rows that no table's scan does, as their keys or the way to them were changed.
func (s *sqliteSnapshot) check(rows int) error {
	var said string
	if err := s.tx.QueryRow("PRAGMA integrity_check(1)").Scan(&said); err != nil {
		return s.disk.explain(err)
	}
	var found int
	if err := s.tx.QueryRow("SELECT count(*) FROM entries").Scan(&found); err != nil {
		return s.disk.explain(err)
	}
	if said != "ok" || found != rows {
		return fmt.Errorf("%w: %s holds %d rows, of which %d can be found (SQLite says: %s): %s",
			ErrCorrupt, filepath.Join(s.disk.dir, databaseFile), found, rows, said, startAnew(s.disk.dir))
	}
	return nil
}

func (s *sqliteSnapshot) end() { _ = s.tx.Rollback() } // it only read

// prefixEnd returns the first key after all that start with prefix, or nil where there is none.
func prefixEnd(prefix string) []byte {
	end := []byte(prefix)
	for len(end) > 0 {
		last := len(end) - 1
		if end[last]++; end[last] != 0 {
			return end
		}
		end = end[:last]
	}
	return nil
}
