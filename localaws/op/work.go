package op

import (
	"context"
	"time"
)

// Work is what a service does by itself: after an answer, or when its time has come by the service's clock. Each piece has a key; what
// is to be done, and when, lies in the store, so that a process that was killed is followed by one that goes on.
//
// The frame does due pieces in the background, several at once, but each key once at a time.
type Work struct {
	// Due lists pieces that are due by c.Now, any number of them, and says when the first of the others will be; the zero time
	// stands for never. It reads only.
	Due func(c *Call) (keys []string, next time.Time, err error)

	// Do does a piece, outside of any transaction: it may take long. Afterwards the piece is not due any more, or Do returns an
	// error, which is a fault of the server: it is logged, and the piece waits. When ctx ends, Do returns soon and leaves the
	// rest to the next process.
	Do func(ctx context.Context, b Background, key string) error
}

// Background is what work without a request sees of the store. The calls that it hands out have the clock of the moment, no caller, no
// account and no region, and may do everything: they are the service itself.
type Background interface {
	// View runs fn on the state as of its beginning. It may run fn again, on a newer state.
	View(fn func(*Call) error) error
	// Update runs fn, and returns nil only when what it wrote is on disk. An error of fn undoes its writes.
	Update(fn func(*Call) error) error
}
