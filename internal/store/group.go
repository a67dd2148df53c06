package store

import (
	"runtime"

	"github.com/tidwall/btree"
)

// Updates that wait at the same time form a group and share one commit. While a group is being committed the next one already runs, on top
// of it, and takes in whoever comes meanwhile: so the processor and the disk work side by side. One group is in flight at most, and
// none is told before it and all before it are on disk.

// job is an update that waits for its group.
type job struct {
	fn    func(Tx) error
	err   error
	panic any
	turn  chan bool // true: it is done; false: it is to lead the next group
}

// group is a number of updates that become one generation.
type group struct {
	base       *group                     // in flight when this one began; nil: none was
	generation uint64                     // that it becomes
	overlay    *btree.Map[string, *entry] // what it wrote, and its base
	jobs       []*job
	writes     []write // what it alone wrote, once it has run
	err        error   // why it is not on disk
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
	s.landed.Signal()
	first := !s.leading
	s.leading = true
	return first
}

// lead runs a group of all that wait, commits it, and tells them. Whoever comes once the commit has begun leads the next.
func (s *engine) lead() {
	s.running.Lock()
	s.gather()
	g := s.newGroup()
	for last := false; !last; {
		var jobs []*job
		jobs, last = s.take()
		g.run(s, jobs)
	}
	g.writes = g.own()
	s.committing.Lock()
	s.handOver(g)
	s.running.Unlock()
	s.commit(g)
	s.land()
	s.committing.Unlock()
	for _, j := range g.jobs {
		j.turn <- true
	}
}

// gather lets goroutines run that are about to bring an update, as long as that brings some: a commit of many costs little more than one of few.
// Where the processors have nothing else to do it takes no time.
func (s *engine) gather() {
	for before, now := 0, 1; now > before; {
		runtime.Gosched()
		s.mu.Lock()
		before, now = now, len(s.queue)
		s.mu.Unlock()
	}
}

// newGroup begins a group on top of the one in flight.
func (s *engine) newGroup() *group {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &group{base: s.inflight, generation: s.generation.Load() + 1, overlay: new(btree.Map[string, *entry])}
	if g.base != nil {
		g.generation = g.base.generation + 1
		g.base.overlay.Scan(func(name string, e *entry) bool {
			if e.generation == g.base.generation {
				g.overlay.Load(name, e)
			}
			return true
		})
	}
	return g
}

// take returns the updates that wait. With a group in flight it waits for some; without, they are the last of this group.
func (s *engine) take() (jobs []*job, last bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) == 0 && s.inflight != nil {
		s.landed.Wait()
	}
	jobs, s.queue = s.queue, nil
	return jobs, s.inflight == nil
}

// handOver puts g in flight, and lets the first who waits lead the next group.
func (s *engine) handOver(g *group) {
	if g.base != nil && g.base.err != nil {
		g.err = g.base.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if g.err == nil && len(g.writes) > 0 {
		s.inflight = g
	}
	g.base = nil
	if len(s.queue) > 0 {
		s.queue[0].turn <- false
	} else {
		s.leading = false
	}
}

// land says that nothing is in flight any more.
func (s *engine) land() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inflight = nil
	s.landed.Signal()
}

// commit puts what g wrote on disk and shows it to readers. Where that fails, or failed for the group that it stands on, all of its
// updates fail, whatever they came to: they saw a state that never was.
func (s *engine) commit(g *group) {
	if g.err == nil && len(g.writes) > 0 {
		g.err = s.disk.commit(g.generation, g.writes)
		if g.err == nil {
			s.cache.publish(g.generation, g.writes)
			s.generation.Store(g.generation)
		}
	}
	if g.err == nil {
		return
	}
	for _, j := range g.jobs {
		j.err = g.err
	}
}

// run runs jobs one after the other, each on top of those that succeeded.
func (g *group) run(s *engine, jobs []*job) {
	for _, j := range jobs {
		t := tx{engine: s, generation: g.generation - 1, since: g.generation - 1, overlay: g.overlay.Copy()}
		if g.base != nil {
			t.since--
		}
		j.run(&t)
		if j.err == nil && j.panic == nil {
			g.overlay = t.overlay
		}
	}
	g.jobs = append(g.jobs, jobs...)
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

// own lists what g wrote itself.
func (g *group) own() []write { return writesOf(g.overlay, g.generation) }

// writesOf lists the overlay's entries that were written for a generation, in the order of table and key.
func writesOf(overlay *btree.Map[string, *entry], generation uint64) []write {
	list := make([]write, 0, overlay.Len())
	overlay.Scan(func(key string, e *entry) bool {
		if e.generation == generation {
			list = append(list, write{e.table.schema.Name, key[len(e.table.schema.Name)+1:], e.raw, e.decoded})
		}
		return true
	})
	return list
}
