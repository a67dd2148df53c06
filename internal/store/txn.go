package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/tidwall/btree"
)

// tx is a running transaction.
type tx struct {
	engine     *engine
	generation uint64                     // the newest state that it sees, without what it writes
	since      uint64                     // the oldest that its snapshot of the disk may be of: what came after that lies in the overlay
	overlay    *btree.Map[string, *entry] // what it, its group and the one in flight wrote, by table and key; nil when it only reads
	snapshot   snapshot                   // of the disk, from the first miss on
	blank      bool                       // it began with nothing, whatever the disk and the cache hold
	stale      bool                       // it met a newer state and must run again
	ended      bool
}

// overlayKey is the key of the overlay: no table's name holds a zero byte.
func overlayKey(table, key string) string { return table + "\x00" + key }

// end lets go of the disk.
func (t *tx) end() {
	t.ended = true
	if t.snapshot != nil {
		t.snapshot.end()
		t.snapshot = nil
	}
}

// Get returns the value under key.
func (t *tx) Get(table, key string) (any, bool, error) {
	e, err := t.entry(table, key)
	if err != nil || e.size == 0 {
		return nil, false, err
	}
	v, err := t.value(key, &e)
	return v, err == nil, err
}

// value decodes an entry, and keeps the value for the next reader where the entry lies in the overlay or in the cache.
func (t *tx) value(key string, e *entry) (any, error) {
	if e.decoded != nil {
		return e.decoded, nil
	}
	v, err := e.decode()
	if err != nil {
		return nil, err
	}
	if own := t.own(e.table.schema.Name, key); own != nil {
		own.decoded = v // nobody else sees the overlay
	} else {
		t.engine.cache.decoded(key, e, v)
	}
	return v, nil
}

// own returns what the transaction and its group wrote, or nil.
func (t *tx) own(table, key string) *entry {
	if t.overlay == nil || t.overlay.Len() == 0 {
		return nil
	}
	e, _ := t.overlay.Get(overlayKey(table, key))
	return e
}

// entry finds what the transaction sees under key: its own write, the cache's, or the disk's.
func (t *tx) entry(table, key string) (entry, error) {
	if t.ended {
		return entry{}, ErrClosed
	}
	tbl, err := t.engine.table(table)
	if err != nil {
		return entry{}, err
	}
	if e := t.own(table, key); e != nil {
		return *e, nil
	}
	if e, ok := t.cached(tbl, key); ok {
		if e.generation > t.generation {
			t.stale = true
			return entry{}, errStale
		}
		return e, nil
	}
	if err := t.begin(); err != nil {
		return entry{}, err
	}
	raw, err := t.snapshot.get(table, key)
	if err != nil {
		return entry{}, err
	}
	e := newEntry(tbl, t.snapshot.generation(), raw)
	if !t.blank {
		t.engine.cache.offer(key, e)
	}
	return e, nil
}

// cached returns the cache's entry, if there is one that counts.
func (t *tx) cached(tbl *cachedTable, key string) (entry, bool) {
	if t.blank {
		return entry{}, false
	}
	return t.engine.cache.get(tbl, key)
}

// begin opens the disk's state, which must be of a generation that the transaction knows.
func (t *tx) begin() error {
	if t.snapshot != nil {
		return nil
	}
	snapshot, err := t.engine.disk.begin()
	if err != nil {
		return err
	}
	t.snapshot = snapshot
	if seen := snapshot.generation(); seen < t.since || seen > t.generation {
		t.stale = true
		return errStale
	}
	return nil
}

// Put sets the value under key.
func (t *tx) Put(table, key string, value any) error {
	if err := t.writable(); err != nil {
		return err
	}
	raw, err := t.engine.encode(value)
	if err != nil {
		return fmt.Errorf("a value for table %s cannot be written: %w", table, err)
	}
	return t.write(table, key, raw, settled(value))
}

// encode returns a value's JSON. One transaction at a time writes, so those that append need no room of their own to grow in.
func (s *engine) encode(value any) ([]byte, error) {
	a, ok := value.(Appender)
	if !ok {
		return json.Marshal(value)
	}
	text, err := a.AppendJSON(s.scratch[:0])
	if s.scratch = text; cap(text) > keptFrame {
		s.scratch = nil
	}
	return bytes.Clone(text), err
}

// Delete removes the value under key.
func (t *tx) Delete(table, key string) error { return t.write(table, key, nil, nil) }

// writable refuses what ended or only reads.
func (t *tx) writable() error {
	switch {
	case t.ended:
		return ErrClosed
	case t.overlay == nil:
		return ErrReadOnly
	}
	return nil
}

func (t *tx) write(table, key string, raw []byte, decoded any) error {
	if err := t.writable(); err != nil {
		return err
	}
	tbl, err := t.engine.table(table)
	if err != nil {
		return err
	}
	if key == "" {
		return fmt.Errorf("a key of table %s is empty", table)
	}
	e := newEntry(tbl, t.generation+1, raw)
	e.decoded = decoded
	t.overlay.Set(overlayKey(table, key), &e)
	return nil
}

// Scan yields a range of a table. Of what is written to the table while it is scanned, some may be seen.
func (t *tx) Scan(table, prefix, after string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		for more := true; more; {
			entries, last, err := t.page(table, prefix, after)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
			}
			more, after = last != "", last
		}
	}
}

// page returns the next entries of a scan and the key after which to go on, "" where nothing follows.
func (t *tx) page(table, prefix, after string) (entries []Entry, last string, err error) {
	if t.ended {
		return nil, "", ErrClosed
	}
	tbl, err := t.engine.table(table)
	if err != nil {
		return nil, "", err
	}
	rows, err := t.rows(tbl, prefix, after)
	if err != nil {
		return nil, "", err
	}
	if len(rows) == pageSize {
		last = rows[pageSize-1].key
	}
	for _, row := range t.merge(table, prefix, after, last, rows) {
		v, err := t.decode(tbl, row)
		if err != nil {
			return nil, "", err
		}
		entries = append(entries, Entry{row.key, v})
	}
	return entries, last, nil
}

// rows returns the disk's next rows. It need not be asked for a table that has none.
func (t *tx) rows(tbl *cachedTable, prefix, after string) ([]write, error) {
	if !tbl.used.Load() {
		return nil, nil
	}
	if err := t.begin(); err != nil {
		return nil, err
	}
	return t.snapshot.page(tbl.schema.Name, prefix, after)
}

// decode gives a row's value, from the overlay's or the cache's entry where it is the same.
func (t *tx) decode(tbl *cachedTable, row write) (any, error) {
	if e := t.own(row.table, row.key); e != nil {
		return t.value(row.key, e)
	}
	if e, ok := t.cached(tbl, row.key); ok && e.generation <= t.generation {
		return t.value(row.key, &e)
	}
	e := newEntry(tbl, t.generation, row.raw)
	return e.decode()
}

// merge lays the transaction's own writes over rows: those after "after" and up to last, or to the end if last is "".
func (t *tx) merge(table, prefix, after, last string, rows []write) []write {
	if t.overlay == nil {
		return rows
	}
	return merge(t.overlay, func(e *entry) []byte { return e.raw }, table, prefix, after, last, rows)
}

// merge does the same with rows by table and key, each of which has a value or goes.
func merge[T any](over *btree.Map[string, T], value func(T) []byte, table, prefix, after, last string, rows []write) []write {
	if over.Len() == 0 {
		return rows
	}
	var merged []write
	over.Ascend(overlayKey(table, max(prefix, after)), func(k string, row T) bool {
		if !strings.HasPrefix(k, overlayKey(table, prefix)) {
			return false
		}
		key := k[len(table)+1:]
		if key <= after {
			return true
		}
		if last != "" && key > last {
			return false
		}
		for len(rows) > 0 && rows[0].key <= key {
			if rows[0].key < key {
				merged = append(merged, rows[0])
			}
			rows = rows[1:]
		}
		if raw := value(row); raw != nil {
			merged = append(merged, write{table: table, key: key, raw: raw})
		}
		return true
	})
	return append(merged, rows...)
}
