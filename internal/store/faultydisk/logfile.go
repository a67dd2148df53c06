package faultydisk

import (
	"syscall"

	"aircon/internal/store/datafile"
)

// sector is what a disk writes wholly or not at all, in bytes.
const sector = 512

// logFile is a file of the commit log.
type logFile struct{ datafile.File }

// WriteAt writes the first half of the sectors where it is to fail.
func (f logFile) WriteAt(data []byte, at int64) (int, error) {
	if code := failing(Write); code != 0 {
		n, err := f.File.WriteAt(data[:len(data)/2/sector*sector], at)
		if err != nil {
			return n, err
		}
		return n, Code(code).errno()
	}
	return f.File.WriteAt(data, at)
}

func (f logFile) ReadAt(data []byte, at int64) (int, error) {
	if code := failing(Read); code != 0 {
		return 0, Code(code).errno()
	}
	return f.File.ReadAt(data, at)
}

func (f logFile) Sync() error {
	if code := failing(Sync); code != 0 {
		return Code(code).errno()
	}
	return f.File.Sync()
}

// errno is what the system says in the place of SQLite's code.
func (c Code) errno() error {
	if c == Full {
		return syscall.ENOSPC
	}
	return syscall.EIO
}
