package store

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"testing"
)

// TestSnapshots moves amounts between keys while readers add them up: the sum never changes, whichever of cache,
// disk and scan a reader gets each key from.
func TestSnapshots(t *testing.T) {
	for name, s := range both(t) {
		t.Run(name, func(t *testing.T) {
			const keys, moves = 20, 80
			seed(t, s, keys)
			var writers, readers sync.WaitGroup
			done := make(chan struct{})
			for w := range 3 {
				writers.Go(func() {
					for i := range moves {
						if err := move(s, (w+i)%keys, (w*7+i*3+1)%keys, i%5 == 0); err != nil && !errors.Is(err, errUndo) {
							t.Error(err)
						}
					}
				})
			}
			for r := range 4 {
				readers.Go(func() {
					for {
						select {
						case <-done:
							return
						default:
							if sum, err := total(s, keys, r%2 == 0); err != nil || sum != keys*100 {
								t.Errorf("a reader saw the sum %d (%v), want %d", sum, err, keys*100)
								return
							}
						}
					}
				})
			}
			writers.Wait()
			close(done)
			readers.Wait()
		})
	}
}

// TestReplacedAtOnce loads and resets while writers write and readers read. A state holds keys that all have the same amount: a
// reader that sees two amounts, or only some of the keys, has seen a mix of two states.
func TestReplacedAtOnce(t *testing.T) {
	for name, s := range both(t) {
		t.Run(name, func(t *testing.T) {
			const keys, rounds = 40, 25
			uniform := func(n int) func(Tx) error {
				return func(tx Tx) error {
					for i := range keys {
						if err := amounts.Put(tx, key(i), &amount{n}); err != nil {
							return err
						}
					}
					return nil
				}
			}
			if err := s.Update(uniform(1)); err != nil {
				t.Fatal(err)
			}
			var image bytes.Buffer
			if err := s.Save(&image); err != nil {
				t.Fatal(err)
			}
			var work, readers sync.WaitGroup
			done := make(chan struct{})
			for _, fn := range []func(int) error{
				func(int) error { return s.Load(bytes.NewReader(image.Bytes()), nil) },
				func(i int) error { return s.Reset(uniform(1000 + i)) },
				func(i int) error { return s.Update(uniform(2000 + i)) },
				func(int) error { return s.Save(io.Discard) },
			} {
				work.Go(func() {
					for i := range rounds {
						if err := fn(i); err != nil {
							t.Error(err)
						}
					}
				})
			}
			for r := range 4 {
				readers.Go(func() {
					for {
						select {
						case <-done:
							return
						default:
							if err := s.View(func(tx Tx) error { return uniformSeen(tx, keys, r%2 == 0) }); err != nil {
								t.Error(err)
								return
							}
						}
					}
				})
			}
			work.Wait()
			close(done)
			readers.Wait()
		})
	}
}

// uniformSeen expects all keys, with one amount.
func uniformSeen(tx Tx, keys int, scan bool) error {
	seen := map[int]int{}
	if scan {
		for row, err := range amounts.Scan(tx, "k", "") {
			if err != nil {
				return err
			}
			seen[row.Value.N]++
		}
	} else {
		for i := range keys {
			a, err := amounts.Get(tx, key(i))
			if err != nil {
				return err
			}
			if a != nil {
				seen[a.N]++
			}
		}
	}
	if len(seen) != 1 || slices.Max(slices.Collect(maps.Values(seen))) != keys {
		return fmt.Errorf("a reader saw %v, by amount: want %d keys of one", seen, keys)
	}
	return nil
}

type amount struct{ N int }

var amounts = Table[amount]{Name: "amounts"}

// both opens a store in memory and one on disk, with caches that hold a few keys.
func both(t *testing.T) map[string]Store {
	t.Helper()
	disk, err := Open(t.TempDir(), Options{}, amounts.Schema())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := disk.Close(); err != nil {
			t.Error(err)
		}
	})
	mem := Memory(amounts.Schema())
	for _, s := range []Store{disk, mem} {
		s.(*engine).cache.limit = 5 * entryCost
	}
	return map[string]Store{"disk": disk, "memory": mem}
}

func key(i int) string { return fmt.Sprintf("k%02d", i) }

func seed(t *testing.T, s Store, keys int) {
	t.Helper()
	err := s.Update(func(tx Tx) error {
		for i := range keys {
			if err := amounts.Put(tx, key(i), &amount{100}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func move(s Store, from, to int, undo bool) error {
	return s.Update(func(tx Tx) error {
		for _, change := range []struct{ key, by int }{{from, -1}, {to, +1}} {
			a, err := amounts.Get(tx, key(change.key))
			if err != nil {
				return err
			}
			if err := amounts.Put(tx, key(change.key), &amount{a.N + change.by}); err != nil {
				return err
			}
		}
		if undo {
			return errUndo
		}
		return nil
	})
}

func total(s Store, keys int, scan bool) (sum int, err error) {
	err = s.View(func(tx Tx) error {
		sum = 0
		if scan {
			for row, err := range amounts.Scan(tx, "k", "") {
				if err != nil {
					return err
				}
				sum += row.Value.N
			}
			return nil
		}
		for i := range keys {
			a, err := amounts.Get(tx, key(i))
			if err != nil {
				return err
			}
			sum += a.N
		}
		return nil
	})
	return sum, err
}

// TestGroup holds the first commit back until all others have run, and expects them to share the second.
func TestGroup(t *testing.T) {
	s := Memory(amounts.Schema()).(*engine)
	held := &heldDisk{disk: s.disk, release: make(chan struct{})}
	s.disk = held
	const writers = 16
	var all, ran sync.WaitGroup
	ran.Add(writers)
	for i := range writers {
		all.Go(func() {
			err := s.Update(func(tx Tx) error {
				defer ran.Done()
				return amounts.Put(tx, key(i), &amount{i})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	ran.Wait()
	close(held.release)
	all.Wait()
	if held.commits > 2 {
		t.Errorf("%d writers took %d commits", writers, held.commits)
	}
}

// heldDisk waits with each commit until released, and counts them. With an error it fails then.
type heldDisk struct {
	disk
	release chan struct{}
	err     error
	commits int // one at a time
}

func (d *heldDisk) commit(generation uint64, writes []write) error {
	d.commits++
	<-d.release
	if d.err != nil {
		return d.err
	}
	return d.disk.commit(generation, writes)
}

// TestOnTop has a second group run on what the first wrote while that is being committed. Where the first fails, so does the second, and
// even an update that only looked, as it saw what never was.
func TestOnTop(t *testing.T) {
	for _, fails := range []error{nil, ErrFull} {
		s := Memory(amounts.Schema()).(*engine)
		held := &heldDisk{disk: s.disk, release: make(chan struct{}), err: fails}
		s.disk = held
		put := func(n int, ran chan struct{}) error {
			return s.Update(func(tx Tx) error {
				defer close(ran)
				return amounts.Put(tx, key(0), &amount{n})
			})
		}
		var all sync.WaitGroup
		ran, ranToo := make(chan struct{}), make(chan struct{})
		all.Go(func() {
			if err := put(1, ran); !errors.Is(err, fails) {
				t.Errorf("the first ends with %v, want %v", err, fails)
			}
		})
		<-ran
		all.Go(func() {
			err := s.Update(func(tx Tx) error {
				defer close(ranToo)
				a, err := amounts.Get(tx, key(0))
				if err != nil || a == nil || a.N != 1 {
					t.Errorf("on top of the first the key holds %v (%v), want 1", a, err)
				}
				return errUndo
			})
			if want := cmp.Or(fails, errUndo); !errors.Is(err, want) {
				t.Errorf("the second ends with %v, want %v", err, want)
			}
		})
		<-ranToo
		if fails == nil {
			if err := s.View(func(tx Tx) error { return absent(tx, key(0)) }); err != nil {
				t.Error(err)
			}
		}
		close(held.release)
		all.Wait()
	}
}

// absent expects that a key has no value: what is not on disk is not to be seen.
func absent(tx Tx, key string) error {
	a, err := amounts.Get(tx, key)
	if a != nil {
		err = errors.Join(err, fmt.Errorf("%s holds %v before it is on disk", key, *a))
	}
	return err
}

// TestFailedCommit expects that nobody is acknowledged, and that nothing of the group is to be seen.
func TestFailedCommit(t *testing.T) {
	s := Memory(amounts.Schema()).(*engine)
	seed(t, s, 1)
	good := s.disk
	s.disk = failingDisk{good}
	if err := move(s, 0, 0, false); !errors.Is(err, ErrFull) {
		t.Errorf("Update = %v on a full disk", err)
	}
	if sum, err := total(s, 1, false); sum != 100 || err != nil {
		t.Errorf("after a failed commit the key holds %d (%v), want 100", sum, err)
	}
	s.disk = good
	if err := move(s, 0, 0, false); err != nil {
		t.Errorf("Update = %v after the disk recovered", err)
	}
}

type failingDisk struct{ disk }

func (failingDisk) commit(uint64, []write) error { return ErrFull }
