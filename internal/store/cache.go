package store

import (
	"encoding/json"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// cacheLimit is how many bytes the cache may take, as far as entries' costs tell. Beyond it, entries go at random.
const cacheLimit = 160 << 20

// entryCost is what an entry takes besides its value, in bytes.
const entryCost = 200

// entry is the value that a key has from a generation on, until a newer entry takes its place. Readers get a copy: entries lie in the cache's
// maps themselves, and the first that reads a value puts an entry with what it decoded in the place of the one with its JSON, as one of the two is enough.
type entry struct {
	table      *cachedTable
	generation uint64
	size       int    // of the JSON, in bytes; 0 where the key has no value
	raw        []byte // the JSON; nil in the cache where decoded has the value
	decoded    any
}

// newEntry returns the entry of a value that is not decoded yet; nil JSON stands for none.
func newEntry(t *cachedTable, generation uint64, raw []byte) entry {
	return entry{table: t, generation: generation, size: len(raw), raw: raw}
}

// decode returns what the JSON says.
func (e *entry) decode() (any, error) {
	v := e.table.schema.New()
	if err := json.Unmarshal(e.raw, v); err != nil {
		return nil, fmt.Errorf("a value in table %s cannot be read: %w", e.table.schema.Name, err)
	}
	if small := settled(v); small != nil {
		return small, nil
	}
	return v, nil
}

// with returns the entry of the same value, decoded and without its JSON.
func (e *entry) with(v any) entry {
	return entry{table: e.table, generation: e.generation, size: e.size, decoded: v}
}

// Appender is a value that appends its JSON to dst itself, as that costs a fraction of what encoding/json needs. It must be what that decodes to the value.
type Appender interface {
	AppendJSON(dst []byte) ([]byte, error)
}

// Settler is a value that has a smaller form than the one that it is decoded to, with the same meaning. Settled returns that: of a value that was put
// it must be the same as of what its JSON decodes to, and is read then without a decoding between. Nil says that it has none.
type Settler interface{ Settled() any }

// settled returns a value's smaller form, or nil.
func settled(v any) any {
	if s, ok := v.(Settler); ok {
		return s.Settled()
	}
	return nil
}

// cache holds entries of the newest state. An entry is never stale: a commit replaces what it changes before its
// generation becomes visible, and what a reader brings from disk is taken only while no newer commit was announced.
type cache struct {
	tables    map[string]*cachedTable
	seeds     [2]maphash.Seed
	limit     int64
	size      atomic.Int64
	announced atomic.Uint64 // the newest generation, set before its entries are
}

const shards = 16

type cachedTable struct {
	schema Schema
	used   atomic.Bool // false: it has no row yet, in any generation that readers may see
	shards [shards]shard
}

type shard struct {
	mu      sync.RWMutex
	entries map[mark]entry
}

// mark stands for a key in the cache: two hashes of it, with seeds of this process. To compare a key itself would cost a look at another place in
// memory with each read, and to keep it one more piece for the collector to follow. That two of a million keys have one mark happens once in 10^26 processes.
type mark [2]uint64

func newCache(schemas []Schema, generation uint64) *cache {
	c := &cache{tables: make(map[string]*cachedTable, len(schemas)), seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, limit: cacheLimit}
	c.announced.Store(generation)
	for _, s := range schemas {
		c.tables[s.Name] = &cachedTable{schema: s}
	}
	return c
}

// place finds where a key's entry lies, and under what.
func (c *cache) place(t *cachedTable, key string) (*shard, mark) {
	m := mark{maphash.String(c.seeds[0], key), maphash.String(c.seeds[1], key)}
	return &t.shards[m[0]%shards], m
}

// get returns a key's entry, if the cache has it.
func (c *cache) get(t *cachedTable, key string) (e entry, found bool) {
	s, m := c.place(t, key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	e, found = s.entries[m]
	return e, found
}

// offer keeps an entry that was read from disk in e.generation, unless a newer commit was announced meanwhile.
func (c *cache) offer(key string, e entry) {
	s, m := c.place(e.table, key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.announced.Load() == e.generation {
		c.set(s, m, e)
	}
}

// decoded puts an entry with a decoded value in the place of the one that it was decoded from, if that is still there.
func (c *cache) decoded(key string, old *entry, v any) {
	s, m := c.place(old.table, key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if now, ok := s.entries[m]; ok && now.generation == old.generation && now.decoded == nil {
		s.entries[m] = old.with(v)
	}
}

// publish puts what a commit wrote in the place of what was there.
func (c *cache) publish(generation uint64, writes []write) {
	c.announced.Store(generation)
	for _, w := range writes {
		t := c.tables[w.table]
		t.used.Store(true)
		e := entry{table: t, generation: generation, size: len(w.raw), decoded: w.decoded}
		if e.decoded == nil {
			e.raw = w.raw
		}
		s, m := c.place(t, w.key)
		s.mu.Lock()
		c.set(s, m, e)
		s.mu.Unlock()
	}
}

// clear drops all entries, as another state took the place of theirs. What readers bring from the old one is not taken any more.
func (c *cache) clear(generation uint64) {
	c.announced.Store(generation)
	for _, t := range c.tables {
		t.used.Store(true)
		for i := range t.shards {
			s := &t.shards[i]
			s.mu.Lock()
			for _, e := range s.entries {
				c.size.Add(-cost(e))
			}
			s.entries = nil
			s.mu.Unlock()
		}
	}
}

// names returns the tables' names in order.
func (c *cache) names() []string { return slices.Sorted(maps.Keys(c.tables)) }

// set stores an entry and makes room for it. The shard is locked.
func (c *cache) set(s *shard, m mark, e entry) {
	if s.entries == nil {
		s.entries = map[mark]entry{}
	}
	if old, ok := s.entries[m]; ok {
		c.size.Add(-cost(old))
	}
	s.entries[m] = e
	if c.size.Add(cost(e)) <= c.limit {
		return
	}
	for other, old := range s.entries {
		if other == m {
			continue
		}
		delete(s.entries, other)
		if c.size.Add(-cost(old)) <= c.limit {
			return
		}
	}
}

// cost is about what an entry takes. It does not depend on whether the value is decoded.
func cost(e entry) int64 { return int64(entryCost + e.size) }
