package aircontest_test

import (
	"sync"
	"testing"
	"time"

	"aircon/aircontest"
)

func TestClock(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	clock := aircontest.NewClock(start)
	if now := clock.Now(); !now.Equal(start) {
		t.Errorf("starts at %v", now)
	}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() { clock.Advance(time.Minute) })
	}
	all.Wait()
	if now := clock.Advance(-time.Second); !now.Equal(start.Add(10*time.Minute-time.Second)) || !now.Equal(clock.Now()) {
		t.Errorf("after ten minutes less a second: %v", now)
	}
}
