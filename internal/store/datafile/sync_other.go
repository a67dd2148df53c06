//go:build !linux

package datafile

import "os"

// SyncData syncs a file.
func SyncData(f *os.File) error { return f.Sync() }
