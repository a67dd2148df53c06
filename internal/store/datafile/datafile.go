// Package datafile opens files that are read and written in place, and synced. A test can lay itself between, to make the disk fail: see
// package faultydisk.
package datafile

import (
	"errors"
	"io"
	"os"
)

// File is such a file. WriteAt may lengthen it.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Sync returns once what was written would outlast a loss of power: the data, and of the rest what finds them again.
	Sync() error
}

// Between takes the place of each file that is opened, where it is not nil. It is set before the first.
var Between func(File) File

// Open opens a file that is there, and returns its size in bytes.
func Open(path string) (File, int64, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	if Between != nil {
		return Between(file{f}), info.Size(), nil
	}
	return file{f}, info.Size(), nil
}

type file struct{ *os.File }

// Sync leaves out what a reader does not need, such as the time of the last change, where the system can.
func (f file) Sync() error { return SyncData(f.File) }
