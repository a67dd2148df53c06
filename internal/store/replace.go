package store

import (
	"io"

	"github.com/tidwall/btree"
)

// Save writes an image of the state as it is at one moment. Transactions go on meanwhile.
func (s *engine) Save(w io.Writer) error { return s.save(w, nil) }

// save writes the image, with key in its head where it is not nil.
func (s *engine) save(w io.Writer, key []byte) error {
	s.open.RLock()
	defer s.open.RUnlock()
	if s.closed {
		return ErrClosed
	}
	state, err := s.disk.begin()
	if err != nil {
		return err
	}
	defer state.end()
	image, err := newImageWriter(w, imageHead{newestSchema, state.generation(), s.sealer.Seal(proofText, nil), key})
	if err != nil {
		return err
	}
	saved := 0
	for _, table := range s.cache.names() {
		n, err := s.saveTable(image, state, table)
		if err != nil {
			return err
		}
		saved += n
	}
	if err := state.check(saved); err != nil {
		return err
	}
	return image.end()
}

func (s *engine) saveTable(image *imageWriter, state snapshot, table string) (saved int, err error) {
	for after := ""; ; {
		rows, err := state.page(table, "", after)
		if err != nil {
			return 0, err
		}
		for _, row := range rows {
			if err := image.row(table, row.key, s.sealer.Seal(row.raw, rowName(table, row.key))); err != nil {
				return 0, err
			}
		}
		saved += len(rows)
		if len(rows) < pageSize {
			return saved, nil
		}
		after = rows[pageSize-1].key
	}
}

// Load reads an image to its end, and puts it in the place of all that the store holds.
func (s *engine) Load(r io.Reader, then func(Tx) error) error {
	image, err := newImageReader(r)
	if err != nil {
		return err
	}
	rows, err := image.rows(s.sealer)
	if err != nil {
		return err
	}
	if err := verify(rows, s.cache); err != nil {
		return err
	}
	return s.replace(func(t *tx) error {
		for _, row := range rows {
			if err := t.write(row.table, row.key, row.raw, nil); err != nil {
				return err
			}
		}
		return also(then, t)
	})
}

// Reset removes all that the store holds.
func (s *engine) Reset(then func(Tx) error) error {
	return s.replace(func(t *tx) error { return also(then, t) })
}

// also runs fn, if there is one.
func also(fn func(Tx) error, t *tx) error {
	if fn == nil {
		return nil
	}
	return fn(t)
}

// replace runs fn on an empty state and puts what it wrote in the place of all that there is. Writers wait meanwhile; readers see
// what was there until the new state is on disk, and start over then.
func (s *engine) replace(fn func(*tx) error) error {
	s.open.RLock()
	defer s.open.RUnlock()
	if s.closed {
		return ErrClosed
	}
	s.running.Lock()
	defer s.running.Unlock()
	s.committing.Lock()
	defer s.committing.Unlock()
	generation := s.generation.Load()
	t := tx{engine: s, generation: generation, since: generation, overlay: new(btree.Map[string, *entry]), blank: true, snapshot: nothing(generation)}
	err := fn(&t)
	t.end()
	if err != nil {
		return err
	}
	if err := s.disk.replace(generation+1, writesOf(t.overlay, generation+1)); err != nil {
		return err
	}
	s.cache.clear(generation + 1)
	s.generation.Store(generation + 1)
	return nil
}

// nothing is an empty state of a generation.
type nothing uint64

func (n nothing) generation() uint64                 { return uint64(n) }
func (nothing) get(_, _ string) ([]byte, error)      { return nil, nil }
func (nothing) page(_, _, _ string) ([]write, error) { return nil, nil }
func (nothing) check(int) error                      { return nil }
func (nothing) end()                                 {}
