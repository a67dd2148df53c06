package localaws

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
)

// worker does what the services do by themselves (op.Work), in the background: it looks when it is woken, which each write does, and when
// the next piece is due by the services' clock.
type worker struct {
	server *Server
	work   []*op.Work
	wake   chan struct{} // holds at most one
	ctx    context.Context
	stop   context.CancelFunc
	loop   sync.WaitGroup // the goroutine that looks, and those that do

	mu      sync.Mutex
	ended   *sync.Cond // broadcast when a piece ends
	running map[piece]bool
	failed  map[piece]failedPiece
}

// piece names a piece of a service's work.
type piece struct {
	work *op.Work
	key  string
}

// failedPiece is a piece that ended in a fault of the server.
type failedPiece struct {
	err   error
	until time.Time // by the wall's clock
}

const (
	maxPieces  = 16               // that are done at once
	faultPause = 10 * time.Second // after a fault of the server
	maxWait    = time.Minute      // after which the worker looks at the clock again, whatever it said
)

func newWorker(s *Server) *worker {
	w := &worker{server: s, wake: make(chan struct{}, 1), running: map[piece]bool{}, failed: map[piece]failedPiece{}}
	w.ended = sync.NewCond(&w.mu)
	w.ctx, w.stop = context.WithCancel(context.Background())
	for _, svc := range s.services {
		if svc.Work != nil {
			w.work = append(w.work, svc.Work)
		}
	}
	return w
}

// start begins the background work, which a process before may have left.
func (w *worker) start() {
	if len(w.work) == 0 {
		return
	}
	w.kick()
	w.loop.Go(w.run)
}

// kick makes the worker look. It never waits.
func (w *worker) kick() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// close waits for the pieces that are being done, after telling them to end.
func (w *worker) close() {
	w.stop()
	w.loop.Wait()
}

func (w *worker) run() {
	timer := time.NewTimer(maxWait)
	defer timer.Stop()
	for {
		_, wait, err := w.begin()
		if err != nil && !errors.Is(err, store.ErrClosed) {
			w.server.options.Log.Error("background work", "error", err)
		}
		timer.Reset(wait)
		select {
		case <-w.ctx.Done():
			return
		case <-w.wake:
		case <-timer.C:
		}
	}
}

// begin starts all pieces that are due, and returns how many are under way and how long nothing else is due.
func (w *worker) begin() (under int, wait time.Duration, err error) {
	wait = maxWait
	for _, work := range w.work {
		var keys []string
		var next time.Time
		err := background{w.server}.View(func(c *op.Call) (err error) {
			keys, next, err = work.Due(c)
			return err
		})
		if err != nil {
			return 0, faultPause, err
		}
		for _, key := range keys {
			if until := w.claim(piece{work, key}); until > 0 {
				wait = min(wait, until)
			}
		}
		if !next.IsZero() {
			wait = min(wait, max(0, next.Sub(w.server.options.Clock())))
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.running), wait, nil
}

// claim does a piece in a goroutine of its own, unless it is being done, must wait, or too many are. It returns how long it must wait.
func (w *worker) claim(p piece) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx.Err() != nil || w.running[p] || len(w.running) >= maxPieces {
		return 0 // the end of a piece wakes the worker
	}
	if f, ok := w.failed[p]; ok {
		if left := f.until.Sub(w.server.options.Wall()); left > 0 {
			return left
		}
	}
	w.running[p] = true
	w.loop.Go(func() { w.do(p) })
	return 0
}

func (w *worker) do(p piece) {
	err := w.guarded(p)
	w.mu.Lock()
	delete(w.running, p)
	if delete(w.failed, p); err != nil && w.ctx.Err() == nil {
		w.failed[p] = failedPiece{err, w.server.options.Wall().Add(faultPause)}
		w.server.options.Log.Error("background work", "error", err)
	}
	w.ended.Broadcast()
	w.mu.Unlock()
	w.kick()
}

// guarded does a piece; a panic is an error without its text, which may be a secret.
func (w *worker) guarded(p piece) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("a piece of background work panicked")
		}
	}()
	return p.work.Do(w.ctx, background{w.server}, p.key)
}

// RunDue does what is due by the services' clock, such as rotations, and waits until nothing is: what begins meanwhile is waited for too. It is
// for tests that drive the clock; the same happens in the background by itself, soon after the clock has moved.
func (s *Server) RunDue(ctx context.Context) error {
	w := s.worker
	cancel := context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.ended.Broadcast()
	})
	defer cancel()
	w.mu.Lock()
	clear(w.failed) // no pause for whoever asks
	w.mu.Unlock()
	for {
		under, _, err := w.begin()
		if err != nil {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		w.mu.Lock()
		if under > 0 && len(w.running) == under {
			w.ended.Wait()
		}
		idle := under == 0
		for _, f := range w.failed {
			err = errors.Join(err, f.err)
		}
		w.mu.Unlock()
		if err != nil {
			return fmt.Errorf("background work: %w", err)
		}
		if idle {
			return nil
		}
	}
}

// background is a server as its own work sees it.
type background struct{ server *Server }

func (b background) View(fn func(*op.Call) error) error {
	return b.server.view(func(tx store.Tx) error { return fn(b.call(tx)) })
}

func (b background) Update(fn func(*op.Call) error) error {
	var list []op.Happening
	err := b.server.update(func(tx store.Tx) error {
		list = nil // of a run before, which was undone
		c := b.call(tx)
		c.Reporter = func(h op.Happening) { list = append(list, h) }
		return fn(c)
	})
	if err == nil {
		b.server.recordHappenings(list, b.server.options.Wall())
	}
	return err
}

// call is a call of nobody, whom nobody refuses.
func (b background) call(tx store.Tx) *op.Call {
	s := b.server
	return &op.Call{
		Tx: tx, Sealer: s.store.Sealer(), Partition: partition, Now: s.options.Clock(), Wall: s.options.Wall(), RequestID: newRequestID(),
		Authorizer: func(*op.Call, *op.Need) error { return nil },
	}
}
