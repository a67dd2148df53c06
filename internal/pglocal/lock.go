//go:build unix

package pglocal

import (
	"errors"
	"fmt"
	"path/filepath"

	"aircon/internal/filelock"
)

// lock claims a server directory for this process, before anything in it is rewritten. The kernel gives it back when
// the process ends.
func (l *layout) lock() error {
	file, err := filelock.Take(filepath.Join(l.root, "lock"))
	if errors.Is(err, filelock.ErrHeld) {
		return fmt.Errorf("%s is in use: another process runs a server there", l.root)
	}
	if err != nil {
		return err
	}
	l.locked = file
	return nil
}
