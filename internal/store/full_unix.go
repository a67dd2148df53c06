//go:build unix

package store

import (
	"errors"
	"syscall"
)

// isFull reports whether an error of a file's says that the disk, or what the user may take of it, is used up.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
