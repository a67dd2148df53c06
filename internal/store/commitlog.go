package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"aircon/internal/store/datafile"
)

// The commit log takes each commit before the database does, which it reaches later, together with others. It is two files, written in
// turn: while the rows of one are moved into the database, commits go to the other. A file is written from its beginning again once all
// that it holds is in the database, so what lies there of a former turn shows by its generation.
const (
	logLimit = 2 << 20   // bytes, from which on a file has no room for another commit
	logStep  = 256 << 10 // bytes that a file grows by: to write in what is there costs the disk less than to lengthen a file
)

// logFiles are the names of the two.
var logFiles = [2]string{"commits.1", "commits.2"}

// commitLog is the log of a directory. One goroutine at a time may use it.
type commitLog struct {
	dir    string
	frames frames
	limit  int64
	files  [2]logFile
	turn   int   // the file that is written
	at     int64 // where its next frame begins
	failed bool  // whether the last append did
}

type logFile struct {
	datafile.File
	size int64
}

// createLog makes an empty log, and whatever was made in the directory before outlast a crash.
func createLog(dir string) error {
	for _, name := range logFiles {
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			return unwritable(dir, err)
		}
	}
	return writable(dir, syncPath(dir))
}

// openLog opens the log of a directory.
func openLog(dir string, sealer sealer) (*commitLog, error) {
	l := &commitLog{dir: dir, frames: frames{sealer: sealer}, limit: logLimit}
	for i, name := range logFiles {
		path := filepath.Join(dir, name)
		f, size, err := datafile.Open(path)
		if err != nil {
			err = unwritable(dir, err)
			if errors.Is(err, fs.ErrNotExist) {
				err = fmt.Errorf("%w: %s is missing, with what was written last: put it back, or %s", ErrCorrupt, path, startAnew(dir))
			}
			return nil, errors.Join(err, l.closeFiles())
		}
		l.files[i] = logFile{f, size}
	}
	return l, nil
}

// full reports whether the log must go on in the other file.
func (l *commitLog) full() bool { return l.at >= l.limit }

// next goes on in the other file, all of whose rows must be in the database.
func (l *commitLog) next() { l.turn, l.at = 1-l.turn, 0 }

// append writes a commit and returns once it would outlast a loss of power. Where it fails, the next takes its place.
func (l *commitLog) append(generation uint64, writes []write) error {
	frame := l.frames.next(generation, writes)
	err := l.write(frame)
	if err == nil {
		err = l.files[l.turn].Sync()
	}
	l.failed = err != nil
	if err != nil {
		_ = l.wipe() // close does it again and says why it fails: it may have been written whole, and was refused
		return l.explain(err)
	}
	l.at += int64(len(frame))
	return nil
}

// write writes a frame, and as many zeros behind it as the file grows by.
func (l *commitLog) write(frame []byte) error {
	f := &l.files[l.turn]
	if end := l.at + int64(len(frame)); end > f.size {
		grown := (end + logStep - 1) / logStep * logStep
		frame = append(frame, make([]byte, grown-end)...)
	}
	n, err := f.WriteAt(frame, l.at)
	f.size = max(f.size, l.at+int64(n))
	return err
}

// wipe removes the mark of the frame whose append failed.
func (l *commitLog) wipe() error {
	if l.at >= l.files[l.turn].size {
		return nil // nothing of it was written
	}
	_, err := l.files[l.turn].WriteAt(make([]byte, frameHead), l.at)
	return err
}

// close closes the files.
func (l *commitLog) close() error {
	var err error
	if l.failed {
		if err = l.wipe(); err == nil {
			err = l.files[l.turn].Sync()
		}
	}
	return errors.Join(l.explain(err), l.closeFiles())
}

func (l *commitLog) closeFiles() error {
	var err error
	for _, f := range l.files {
		if f.File != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}

// explain adds to an error what it means for the directory and what to do.
func (l *commitLog) explain(err error) error {
	switch {
	case err == nil:
		return nil
	case isFull(err):
		return full(l.dir, err)
	}
	return failing(l.dir, err)
}
