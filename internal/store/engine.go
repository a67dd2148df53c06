package store

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
)

// The errors that a transaction can end with, besides those of its function and of the disk.
var (
	ErrClosed   = errors.New("the store is closed")
	ErrReadOnly = errors.New("a transaction that only reads cannot write")
	errStale    = errors.New("the state has moved on; the transaction runs again")
)

// disk holds the committed state.
type disk interface {
	// begin opens a view of the state as it is now.
	begin() (snapshot, error)
	// commit makes the writes durable, as generation. After an error nothing of them is to be seen.
	commit(generation uint64, writes []write) error
	// replace does the same and removes all that is not in writes.
	replace(generation uint64, writes []write) error
	close() error
}

// snapshot is the committed state of one generation.
type snapshot interface {
	generation() uint64
	// get returns nil where there is no such key.
	get(table, key string) ([]byte, error)
	// page returns the first keys after "after" that start with prefix, pageSize of them or fewer if there are no more.
	page(table, prefix, after string) ([]write, error)
	// check looks through all of the state for damage that reading rows does not show, and expects so many rows.
	check(rows int) error
	end()
}

// pageSize is how many rows a scan takes from the disk at once.
const pageSize = 128

// write is one key's new value, as JSON; nil deletes it.
type write struct {
	table, key string
	raw        []byte
	decoded    any // what raw decodes to, or nil where that is not known
}

// engine is a Store on any disk.
type engine struct {
	disk   disk
	key    []byte // the root key
	sealer Sealer // seals with it
	cache  *cache

	generation atomic.Uint64 // the newest that readers may see
	running    sync.Mutex    // held while a group runs, until its commit begins
	scratch    []byte        // where a running update's values are written; guarded by running
	committing sync.Mutex    // held while a group is committed and becomes visible; taken after running
	open       sync.RWMutex  // held for reading by each transaction
	closed     bool          // guarded by open

	mu       sync.Mutex
	queue    []*job     // updates that wait for the next group
	leading  bool       // whether an update's goroutine is running a group
	inflight *group     // the one that is being committed, if any
	landed   *sync.Cond // on mu: a job came, or nothing is in flight any more
}

func newEngine(d disk, key []byte, generation uint64, schemas []Schema) *engine {
	s := &engine{disk: d, key: key, sealer: NewSealer(key), cache: newCache(schemas, generation)}
	s.generation.Store(generation)
	s.landed = sync.NewCond(&s.mu)
	return s
}

// Sealer seals with the store's root key.
func (s *engine) Sealer() Sealer { return s.sealer }

// Schemas lists the tables, by name.
func (s *engine) Schemas() []Schema {
	var list []Schema
	for _, name := range s.cache.names() {
		list = append(list, s.cache.tables[name].schema)
	}
	return list
}

// Close waits for running transactions and closes the disk.
func (s *engine) Close() error {
	s.open.Lock()
	defer s.open.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	return s.disk.close()
}

// maxTries is how often a reader starts over before it asks writers to wait for it.
const maxTries = 16

// View runs fn on the committed state.
func (s *engine) View(fn func(Tx) error) error {
	s.open.RLock()
	defer s.open.RUnlock()
	if s.closed {
		return ErrClosed
	}
	for range maxTries {
		stale, err := s.view(fn)
		if !stale {
			return err
		}
		runtime.Gosched()
	}
	s.committing.Lock()
	defer s.committing.Unlock()
	_, err := s.view(fn)
	return err
}

func (s *engine) view(fn func(Tx) error) (stale bool, err error) {
	now := s.generation.Load()
	t := tx{engine: s, generation: now, since: now}
	defer t.end()
	err = fn(&t)
	return t.stale, err
}

// table finds a registered table.
func (s *engine) table(name string) (*cachedTable, error) {
	t := s.cache.tables[name]
	if t == nil {
		return nil, fmt.Errorf("table %q is not registered", name)
	}
	return t, nil
}
