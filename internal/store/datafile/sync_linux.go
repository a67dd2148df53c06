package datafile

import (
	"os"
	"syscall"
)

// SyncData is fdatasync, the least that a commit can cost.
func SyncData(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
