package store

import (
	"strings"
	"sync/atomic"

	"github.com/tidwall/btree"
)

// Memory returns an empty store that is gone with the process. It needs no Close.
func Memory(schemas ...Schema) Store {
	d := new(memory)
	d.state.Store(&memoryState{rows: new(btree.Map[string, []byte])})
	return newEngine(d, newRootKey(), 0, schemas)
}

// memory is a disk that is not one: each generation is a copy-on-write tree.
type memory struct{ state atomic.Pointer[memoryState] }

// memoryState is one generation. It never changes.
type memoryState struct {
	number uint64
	rows   *btree.Map[string, []byte] // by table and key, as overlayKey joins them
}

func (d *memory) begin() (snapshot, error) { return d.state.Load(), nil }

func (d *memory) commit(generation uint64, writes []write) error {
	return d.put(generation, d.state.Load().rows.Copy(), writes)
}

func (d *memory) replace(generation uint64, writes []write) error {
	return d.put(generation, new(btree.Map[string, []byte]), writes)
}

func (d *memory) put(generation uint64, rows *btree.Map[string, []byte], writes []write) error {
	for _, w := range writes {
		if w.raw == nil {
			rows.Delete(overlayKey(w.table, w.key))
		} else {
			rows.Set(overlayKey(w.table, w.key), w.raw)
		}
	}
	d.state.Store(&memoryState{generation, rows})
	return nil
}

func (d *memory) close() error { return nil }

func (s *memoryState) generation() uint64 { return s.number }

func (s *memoryState) get(table, key string) ([]byte, error) {
	raw, _ := s.rows.Get(overlayKey(table, key))
	return raw, nil
}

func (s *memoryState) page(table, prefix, after string) ([]write, error) {
	var page []write
	s.rows.Ascend(overlayKey(table, max(prefix, after)), func(k string, raw []byte) bool {
		if !strings.HasPrefix(k, overlayKey(table, prefix)) {
			return false
		}
		if key := k[len(table)+1:]; key > after {
			page = append(page, write{table: table, key: key, raw: raw})
		}
		return len(page) < pageSize
	})
	return page, nil
}

func (s *memoryState) check(int) error { return nil }

func (s *memoryState) end() {}
