package store

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tidwall/btree"
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
	committing sync.Mutex    // held while a group runs, commits and becomes visible
	open       sync.RWMutex  // held for reading by each transaction
	closed     bool          // guarded by open

	mu      sync.Mutex
	queue   []*job // updates that wait for the next group
	leading bool   // whether an update's goroutine is running a group
}

func newEngine(d disk, key []byte, generation uint64, schemas []Schema) *engine {
	s := &engine{disk: d, key: key, sealer: NewSealer(key), cache: newCache(schemas, generation)}
	s.generation.Store(generation)
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
	t := tx{engine: s, generation: s.generation.Load()}
	defer t.end()
	err = fn(&t)
	return t.stale, err
}

// job is an update that waits for its group.
type job struct {
	fn    func(Tx) error
	err   error
	panic any
	turn  chan bool // true: it is done; false: it is to lead the next group
}

// Update runs fn in the next group and waits until the group is on disk.
func (s *engine) Update(fn func(Tx) error) error {
	s.open.RLock()
	defer s.open.RUnlock()
	if s.closed {
		return ErrClosed
	}
	j := &job{fn: fn, turn: make(chan bool, 1)}
	if s.enqueue(j) || !<-j.turn {
		s.lead()
	}
	if j.panic != nil {
		panic(j.panic)
	}
	return j.err
}

// enqueue adds j to the next group and reports whether j is to lead it.
func (s *engine) enqueue(j *job) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue = append(s.queue, j)
	first := !s.leading
	s.leading = true
	return first
}

// lead runs all that wait as one group, tells them, and hands the lead to the first who came meanwhile.
// The leader's own job is in the group.
func (s *engine) lead() {
	s.committing.Lock()
	s.mu.Lock()
	group := s.queue
	s.queue = nil
	s.mu.Unlock()
	s.run(group)
	s.committing.Unlock()

	s.mu.Lock()
	if len(s.queue) > 0 {
		s.queue[0].turn <- false
	} else {
		s.leading = false
	}
	s.mu.Unlock()
	for _, j := range group {
		j.turn <- true
	}
}

// run runs the jobs one after the other, each on top of those that succeeded, commits, and shows the result to readers.
func (s *engine) run(group []*job) {
	overlay := new(btree.Map[string, *entry])
	generation := s.generation.Load()
	for _, j := range group {
		t := tx{engine: s, generation: generation, overlay: overlay.Copy()}
		j.run(&t)
		if j.err == nil && j.panic == nil {
			overlay = t.overlay
		}
	}
	writes := s.writes(overlay)
	if len(writes) == 0 {
		return
	}
	if err := s.disk.commit(generation+1, writes); err != nil {
		for _, j := range group {
			if j.err == nil {
				j.err = err
			}
		}
		return
	}
	s.cache.publish(generation+1, writes)
	s.generation.Store(generation + 1)
}

// run runs the job's function and keeps its error or panic.
func (j *job) run(t *tx) {
	defer t.end()
	defer func() {
		if p := recover(); p != nil {
			j.panic = p
		}
	}()
	j.err = j.fn(t)
}

// writes lists the overlay's entries in the order of table and key.
func (s *engine) writes(overlay *btree.Map[string, *entry]) []write {
	list := make([]write, 0, overlay.Len())
	overlay.Scan(func(key string, e *entry) bool {
		list = append(list, write{e.table.schema.Name, key[len(e.table.schema.Name)+1:], e.raw, e.decoded})
		return true
	})
	return list
}

// table finds a registered table.
func (s *engine) table(name string) (*cachedTable, error) {
	t := s.cache.tables[name]
	if t == nil {
		return nil, fmt.Errorf("table %q is not registered", name)
	}
	return t, nil
}
