package store

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/tidwall/btree"
)

// logDisk is a disk that is a commit log in front of a database. A commit is on disk when it is in the log. Its rows are kept in memory, for
// readers, until they are in the database too: the rows of one file of the log are moved there in one transaction, each once however often
// it was written, while commits go on in the other file.
type logDisk struct {
	database *sqliteDisk
	log      *commitLog

	mu     sync.Mutex
	newest uint64 // the last commit's generation
	recent *rows  // those of the file that is written
	moving *batch // those of the other, on their way into the database; nil: all are there

	behind bool // whether recent holds rows of both files: a process ended before it had moved those of one

	moves sync.Mutex     // held while rows are moved
	mover sync.WaitGroup // moves them while commits go on
}

// rows are written rows, by table and key as overlayKey joins them; nil stands for one that goes.
type rows = btree.Map[string, []byte]

// batch is rows that make the state of a generation, on top of what is in the database.
type batch struct {
	generation uint64
	rows       *rows
}

// openLogDisk takes the database, and what the log holds beyond it.
func openLogDisk(database *sqliteDisk) (*logDisk, error) {
	at, err := database.newest()
	if err != nil {
		return nil, err
	}
	log, err := openLog(database.dir, database.sealer)
	if err != nil {
		return nil, err
	}
	d := &logDisk{database: database, log: log, newest: at, recent: new(rows)}
	commits, err := log.replay(at)
	if err != nil {
		return nil, errors.Join(err, log.closeFiles())
	}
	for _, c := range commits {
		d.keep(c.generation, c.writes)
		d.behind = d.behind || c.file != log.turn
	}
	return d, nil
}

// keep shows a commit's rows to readers.
func (d *logDisk) keep(generation uint64, writes []write) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.newest = generation
	for _, w := range writes {
		d.recent.Set(overlayKey(w.table, w.key), w.raw)
	}
}

func (d *logDisk) commit(generation uint64, writes []write) error {
	if d.log.full() {
		if err := d.next(); err != nil {
			return err
		}
	}
	if err := d.log.append(generation, writes); err != nil {
		return err
	}
	d.keep(generation, writes)
	return nil
}

// next goes on in the other file of the log. The rows of that one must be in the database; if moving them failed, it is tried again here,
// and as long as it fails so do commits.
func (d *logDisk) next() error {
	if d.behind {
		d.behind = false
		d.setOut()
	}
	if err := d.move(); err != nil {
		return err
	}
	d.log.next()
	d.moveSoon()
	return nil
}

// moveSoon sends the recent rows on their way.
func (d *logDisk) moveSoon() {
	d.setOut()
	d.mover.Go(func() { _ = d.move() }) // where it fails, next or close tries again, and says so
}

// setOut makes the recent rows the moving ones. There must be none of those.
func (d *logDisk) setOut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.moving, d.recent = &batch{d.newest, d.recent}, new(rows)
}

// move puts what is on its way into the database, or waits until another has.
func (d *logDisk) move() error {
	d.moves.Lock()
	defer d.moves.Unlock()
	d.mu.Lock()
	b := d.moving
	d.mu.Unlock()
	if b == nil {
		return nil
	}
	if err := d.database.commit(b.generation, writesIn(b.rows)); err != nil {
		return err
	}
	d.mu.Lock()
	d.moving = nil
	d.mu.Unlock()
	return nil
}

// writesIn lists rows in the order of table and key.
func writesIn(r *rows) []write {
	list := make([]write, 0, r.Len())
	r.Scan(func(name string, raw []byte) bool {
		table, key, _ := strings.Cut(name, "\x00")
		list = append(list, write{table: table, key: key, raw: raw})
		return true
	})
	return list
}

// replace goes to the database at once: what the log holds is of no use any more.
func (d *logDisk) replace(generation uint64, writes []write) error {
	d.moves.Lock()
	defer d.moves.Unlock()
	if err := d.database.replace(generation, writes); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.newest, d.recent, d.moving, d.behind = generation, new(rows), nil, false
	return nil
}

// tables lists the tables that have rows.
func (d *logDisk) tables() ([]string, error) {
	list, err := d.database.tables()
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	for _, name := range list {
		found[name] = true
	}
	for _, w := range writesIn(d.recent) {
		found[w.table] = true
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// close moves all rows into the database. Where that fails they are in the log still.
func (d *logDisk) close() error {
	d.mover.Wait()
	err := d.move()
	if err == nil && d.recent.Len() > 0 {
		d.setOut()
		err = d.move()
	}
	return errors.Join(err, d.log.close(), d.database.close())
}
