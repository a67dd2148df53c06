//go:build !linux

package syncrate

import "os"

func syncData(f *os.File) error { return f.Sync() }
