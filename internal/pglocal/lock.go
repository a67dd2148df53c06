//go:build unix

package pglocal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lock claims a server directory for this process, before anything in it is rewritten. The kernel gives it back when
// the process ends.
func (l *layout) lock() error {
	file, err := os.OpenFile(filepath.Join(l.root, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil { //nolint:gosec // a descriptor fits
		file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("%s is in use: another process runs a server there", l.root)
		}
		return err
	}
	l.locked = file
	return nil
}
