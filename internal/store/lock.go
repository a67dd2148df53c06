package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"aircon/internal/filelock"
)

// takeLock takes the file for this process and writes its id there. The lock goes with the process, however it ends.
func takeLock(path string) (*os.File, error) {
	f, err := filelock.Take(path)
	var unopened *os.PathError
	switch {
	case errors.Is(err, filelock.ErrHeld):
		holder, _ := os.ReadFile(path) // only to name it
		return nil, fmt.Errorf("%w: process %s has %s open: stop it, or choose another directory",
			ErrInUse, strings.TrimSpace(string(holder)), filepath.Dir(path))
	case errors.As(err, &unopened):
		return nil, unwritable(filepath.Dir(path), err)
	case err != nil:
		return nil, err
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
