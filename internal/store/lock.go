package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// takeLock takes the file for this process and writes its id there. The lock goes with the process, however it ends.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unwritable(filepath.Dir(path), err)
	}
	if err := lockFileNow(f); err != nil {
		holder, _ := io.ReadAll(io.LimitReader(f, 32)) // only to name it
		_ = f.Close()
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		return nil, fmt.Errorf("%w: process %s has %s open: stop it, or choose another directory",
			ErrInUse, strings.TrimSpace(string(holder)), filepath.Dir(path))
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		return nil, errors.Join(unwritable(filepath.Dir(path), err), f.Close())
	}
	return f, nil
}

// errLocked says that another process holds the lock.
var errLocked = errors.New("locked by another process")
