package syncrate

import (
	"os"
	"syscall"
)

// syncData is fdatasync, the least that a commit can cost.
func syncData(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
