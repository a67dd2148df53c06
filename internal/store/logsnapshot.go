package store

import "strings"

// begin opens a view of the rows in memory and of the database behind them. The rows are taken first: if the database is of a newer commit
// then, they have been moved there meanwhile, and others may be missing.
func (d *logDisk) begin() (snapshot, error) {
	for {
		s := d.inMemory()
		behind, err := d.database.begin()
		if err != nil {
			return nil, err
		}
		if behind.generation() <= s.number {
			s.database = behind
			return s, nil
		}
		behind.end()
	}
}

func (d *logDisk) inMemory() *logSnapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := &logSnapshot{number: d.newest}
	if d.moving != nil {
		s.layers = append(s.layers, d.moving.rows)
	}
	s.layers = append(s.layers, d.recent.Copy())
	return s
}

// logSnapshot is the state of one generation: rows that were in the log, over those of the database.
type logSnapshot struct {
	number   uint64
	layers   []*rows // a later one lies over those before
	database snapshot
}

func (s *logSnapshot) generation() uint64 { return s.number }

func (s *logSnapshot) get(table, key string) ([]byte, error) {
	for i := len(s.layers) - 1; i >= 0; i-- {
		if raw, ok := s.layers[i].Get(overlayKey(table, key)); ok {
			return raw, nil
		}
	}
	return s.database.get(table, key)
}

func (s *logSnapshot) page(table, prefix, after string) (page []write, err error) {
	for more := true; more && len(page) < pageSize; {
		found, err := s.database.page(table, prefix, after)
		if err != nil {
			return nil, err
		}
		last := ""
		if more = len(found) == pageSize; more {
			last = found[pageSize-1].key
		}
		for _, layer := range s.layers {
			found = merge(layer, asIs, table, prefix, after, last, found)
		}
		page, after = append(page, found...), last
	}
	return page[:min(len(page), pageSize)], nil
}

func asIs(raw []byte) []byte { return raw }

// check works out how many rows the database must have.
func (s *logSnapshot) check(found int) error {
	inLog := map[string]bool{} // whether the row is there
	for _, layer := range s.layers {
		layer.Scan(func(name string, raw []byte) bool {
			inLog[name] = raw != nil
			return true
		})
	}
	for name, there := range inLog {
		table, key, _ := strings.Cut(name, "\x00")
		below, err := s.database.get(table, key)
		if err != nil {
			return err
		}
		switch {
		case there && below == nil:
			found--
		case !there && below != nil:
			found++
		}
	}
	return s.database.check(found)
}

func (s *logSnapshot) end() { s.database.end() }
