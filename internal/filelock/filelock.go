// Package filelock keeps other processes out by the lock of a file. The lock goes with the process that has it, however it ends.
package filelock

import (
	"errors"
	"fmt"
	"os"
)

// ErrHeld says that another process has the lock.
var ErrHeld = errors.New("locked by another process")

// Take opens a file, which it makes with mode 0600 where there is none, and locks it without waiting. Closing the file gives the lock back.
func Take(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		_ = f.Close() // nothing was written
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return f, nil
}
