package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// logged is a commit that was found in the log.
type logged struct {
	generation uint64
	writes     []write
	file       int
	end        int64 // of its frame
}

// replay returns the commits that follow a generation, the database's, in their order, and goes on writing behind the last of them.
//
// Each was synced before the next was begun, so a crash can leave the last one alone half-written; that was never acknowledged, and is
// left out. Where one is not to be found and a later one is, it was damaged, or the database is not the one that the log belongs to.
func (l *commitLog) replay(generation uint64) ([]logged, error) {
	var found []logged
	for i := range l.files {
		some, err := l.scan(i, generation)
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	slices.SortFunc(found, func(a, b logged) int { return int(a.generation) - int(b.generation) })
	for i, c := range found {
		if want := generation + 1 + uint64(i); c.generation != want {
			return nil, fmt.Errorf("%w: %s: commit %d was changed or is not there, and commit %d is: put back the files that belong together, or %s",
				ErrCorrupt, filepath.Join(l.dir, strings.Join(logFiles[:], ", ")), want, c.generation, startAnew(l.dir))
		}
		l.turn, l.at = c.file, c.end
	}
	return found, nil
}

// scan finds the whole frames of a file with a later generation, wherever they are.
func (l *commitLog) scan(file int, generation uint64) (found []logged, err error) {
	f := l.files[file]
	frame := make([]byte, frameHead)
	for at := int64(0); at+framePage <= f.size; {
		if _, err := f.ReadAt(frame[:frameHead], at); err != nil {
			return nil, l.unreadable(file, err)
		}
		c := logged{file: file, end: at + framePage}
		var size int64
		var ok bool
		if c.generation, size, ok = frameSize(frame); ok && c.generation > generation && at+size <= f.size {
			frame = slices.Grow(frame[:0], int(size))[:size]
			if c.writes, err = l.read(file, at, frame); err == nil {
				c.end = at + pages(size)
				found = append(found, c)
			} else if !errors.Is(err, ErrSealed) {
				return nil, err
			}
		}
		at = c.end
	}
	return found, nil
}

// read reads a frame into its bytes. The rows do not lie in them.
func (l *commitLog) read(file int, at int64, frame []byte) ([]write, error) {
	if _, err := l.files[file].ReadAt(frame, at); err != nil {
		return nil, l.unreadable(file, err)
	}
	writes, err := openFrame(l.frames.sealer, frame)
	if errors.Is(err, errFrame) {
		err = fmt.Errorf("%w: %s: %w: use the newer aircon, or %s", ErrNewer, filepath.Join(l.dir, logFiles[file]), err, startAnew(l.dir))
	}
	return writes, err
}

func (l *commitLog) unreadable(file int, err error) error {
	return fmt.Errorf("reading %s: %w", filepath.Join(l.dir, logFiles[file]), failing(l.dir, err))
}
