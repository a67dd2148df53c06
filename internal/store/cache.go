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

// cacheLimit is how many bytes of values, as JSON, the cache keeps. Beyond it, entries go at random.
const cacheLimit = 128 << 20

// entryCost is what an entry takes besides its key and value, in bytes.
const entryCost = 200

// entry is the value that a key has from a generation on, until a newer entry takes its place.
type entry struct {
	table      *cachedTable
	generation uint64
	raw        []byte       // JSON; nil where the key has no value
	decoded    atomic.Value // what raw decodes to, from the first read on
}

// value decodes the entry, once.
func (e *entry) value() (any, error) {
	if v := e.decoded.Load(); v != nil {
		return v, nil
	}
	v := e.table.schema.New()
	if err := json.Unmarshal(e.raw, v); err != nil {
		return nil, fmt.Errorf("a value in table %s cannot be read: %w", e.table.schema.Name, err)
	}
	e.decoded.Store(v)
	return v, nil
}

// cache holds entries of the newest state. An entry is never stale: a commit replaces what it changes before its
// generation becomes visible, and what a reader brings from disk is taken only while no newer commit was announced.
type cache struct {
	tables    map[string]*cachedTable
	seed      maphash.Seed
	limit     int64
	size      atomic.Int64
	announced atomic.Uint64 // the newest generation, set before its entries are
}

const shards = 16

type cachedTable struct {
	schema Schema
	shards [shards]shard
}

type shard struct {
	mu      sync.RWMutex
	entries map[string]*entry
}

func newCache(schemas []Schema, generation uint64) *cache {
	c := &cache{tables: make(map[string]*cachedTable, len(schemas)), seed: maphash.MakeSeed(), limit: cacheLimit}
	c.announced.Store(generation)
	for _, s := range schemas {
		c.tables[s.Name] = &cachedTable{schema: s}
	}
	return c
}

// shard finds where a key's entry lies.
func (c *cache) shard(t *cachedTable, key string) *shard {
	return &t.shards[maphash.String(c.seed, key)%shards]
}

// get returns a key's entry, or nil where the cache has none.
func (c *cache) get(t *cachedTable, key string) *entry {
	s := c.shard(t, key)
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.entries[key]
}

// offer keeps an entry that was read from disk in e.generation, unless a newer commit was announced meanwhile.
func (c *cache) offer(key string, e *entry) {
	s := c.shard(e.table, key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.announced.Load() == e.generation {
		c.set(s, key, e)
	}
}

// publish puts what a commit wrote in the place of what was there.
func (c *cache) publish(generation uint64, writes []write) {
	c.announced.Store(generation)
	for _, w := range writes {
		t := c.tables[w.table]
		s := c.shard(t, w.key)
		s.mu.Lock()
		c.set(s, w.key, &entry{table: t, generation: generation, raw: w.raw})
		s.mu.Unlock()
	}
}

// clear drops all entries, as another state took the place of theirs. What readers bring from the old one is not taken any more.
func (c *cache) clear(generation uint64) {
	c.announced.Store(generation)
	for _, t := range c.tables {
		for i := range t.shards {
			s := &t.shards[i]
			s.mu.Lock()
			for key, e := range s.entries {
				c.size.Add(-cost(key, e))
			}
			s.entries = nil
			s.mu.Unlock()
		}
	}
}

// names returns the tables' names in order.
func (c *cache) names() []string { return slices.Sorted(maps.Keys(c.tables)) }

// set stores an entry and makes room for it. The shard is locked.
func (c *cache) set(s *shard, key string, e *entry) {
	if s.entries == nil {
		s.entries = map[string]*entry{}
	}
	if old := s.entries[key]; old != nil {
		c.size.Add(-cost(key, old))
	}
	s.entries[key] = e
	if c.size.Add(cost(key, e)) <= c.limit {
		return
	}
	for k, old := range s.entries {
		if k == key {
			continue
		}
		delete(s.entries, k)
		if c.size.Add(-cost(k, old)) <= c.limit {
			return
		}
	}
}

func cost(key string, e *entry) int64 { return int64(entryCost + len(key) + 2*len(e.raw)) }
