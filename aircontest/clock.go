package aircontest

import (
	"sync"
	"time"
)

// Clock is a clock that stands still until it is told to move. Its methods may be called from several goroutines.
//
// The zero value stands at the zero time; [NewClock] gives one that stands somewhere in particular.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that stands at a time.
func NewClock(at time.Time) *Clock { return &Clock{now: at} }

// Now returns where the clock stands. The method value clock.Now replaces time.Now.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock, backwards too, and returns where it stands then.
func (c *Clock) Advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}
