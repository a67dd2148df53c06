package store

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isFull reports whether an error of a file's says that the disk, or what the user may take of it, is used up.
func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}
