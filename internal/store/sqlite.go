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

// sqliteDisk is a disk that is a SQLite database: one connection writes, a few read.
type sqliteDisk struct {
	dir    string
	lock   *os.File
	writer *sql.DB
	reader *sql.DB

	put, remove, advance *sql.Stmt // on the writer
	number, one          *sql.Stmt // on the readers
	until, onwards       *sql.Stmt
}

// maxReaders is how many transactions may read from disk at once; the others wait. Cached reads need none.
const maxReaders = 4

func openSQLite(dir string, lock *os.File) (*sqliteDisk, error) {
	path := filepath.Join(dir, databaseFile)
	// SQLite gives its other files the mode of this one.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unwritable(dir, err)
	}
	if err := f.Close(); err != nil {
		return nil, unwritable(dir, err)
	}
	d := &sqliteDisk{dir: dir, lock: lock}
	if err := d.connect(path); err != nil {
		return nil, errors.Join(d.explain(err), d.closeDatabase())
	}
	return d, nil
}

func (d *sqliteDisk) connect(path string) (err error) {
	if d.writer, err = sql.Open("sqlite", dsn(path, "immediate")); err != nil {
		return err
	}
	d.writer.SetMaxOpenConns(1)
	if err := migrate(d.writer, d.dir); err != nil {
		return err
	}
	if d.reader, err = sql.Open("sqlite", dsn(path, "deferred")+"&_pragma=query_only(1)"); err != nil {
		return err
	}
	d.reader.SetMaxOpenConns(maxReaders)
	d.reader.SetMaxIdleConns(maxReaders)
	return d.prepare()
}

// dsn names the database. Synchronous=FULL in WAL mode syncs each commit before it returns.
func dsn(path, lock string) string {
	u := url.URL{Scheme: "file", OmitHost: true, Path: path}
	return u.String() + "?_txlock=" + lock +
		"&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=fullfsync(1)"
}

func (d *sqliteDisk) prepare() (err error) {
	for _, p := range []struct {
		stmt **sql.Stmt
		db   *sql.DB
		text string
	}{
		{&d.put, d.writer, "INSERT INTO entries (tbl, key, value) VALUES (?, ?, ?) ON CONFLICT (tbl, key) DO UPDATE SET value = excluded.value"},
		{&d.remove, d.writer, "DELETE FROM entries WHERE tbl = ? AND key = ?"},
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

// prove checks that the root key is the one that the database was made with, and returns the newest generation.
func (d *sqliteDisk) prove(sealer Sealer) (uint64, error) {
	var generation int64
	var proof []byte
	if err := d.writer.QueryRow("SELECT generation, proof FROM state").Scan(&generation, &proof); err != nil {
		return 0, d.explain(err)
	}
	text := []byte("aircon store 1")
	if proof == nil {
		_, err := d.writer.Exec("UPDATE state SET proof = ?", sealer.Seal(text, nil))
		return uint64(generation), d.explain(err)
	}
	if _, err := sealer.Open(proof, nil); err != nil {
		return 0, fmt.Errorf("%w: %s is not the key that %s was made with: put the right one back",
			ErrCorrupt, filepath.Join(d.dir, keyFile), databaseFile)
	}
	return uint64(generation), nil
}

// commit writes everything in one SQL transaction. Its COMMIT syncs.
func (d *sqliteDisk) commit(generation uint64, writes []write) error {
	tx, err := d.writer.Begin()
	if err != nil {
		return d.explain(err)
	}
	if err = d.apply(tx, generation, writes); err == nil {
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
	for _, w := range writes {
		var err error
		if w.raw == nil {
			_, err = remove.Exec(w.table, []byte(w.key))
		} else {
			_, err = put.Exec(w.table, []byte(w.key), w.raw)
		}
		if err != nil {
			return err
		}
	}
	_, err := tx.Stmt(d.advance).Exec(int64(generation))
	return err
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
		return fmt.Errorf("%w: nothing of this was saved in %s: free some space and try again (%w)", ErrFull, d.dir, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return unwritable(d.dir, err)
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("%w: %s: the disk fails, or allows no more: look at  df -h  and  ulimit -f, and try again (%w)", ErrUnwritable, d.dir, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %s: restore a backup, or move the directory away to start anew (%w)",
			ErrCorrupt, filepath.Join(d.dir, databaseFile), err)
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
	var raw []byte
	err := s.tx.Stmt(s.disk.one).QueryRow(table, []byte(key)).Scan(&raw)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return raw, s.disk.explain(err)
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
		var key, raw []byte
		if err := rows.Scan(&key, &raw); err != nil {
			return nil, s.disk.explain(err)
		}
		page = append(page, write{table, string(key), raw})
	}
	return page, s.disk.explain(rows.Err())
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
