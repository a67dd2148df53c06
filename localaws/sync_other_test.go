//go:build unix && !linux

package localaws

import "os"

func syncData(f *os.File) error { return f.Sync() }
