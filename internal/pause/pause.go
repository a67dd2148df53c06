// Package pause waits, and can be told to stop waiting.
package pause

import (
	"context"
	"time"
)

// For waits for a time. Where the context ends before, it returns its error.
func For(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
