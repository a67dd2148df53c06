package localaws

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// Bounds of the audit log: on disk (auditKept files besides the newest) and of what waits to be written.
const (
	auditSize    = 16 << 20
	auditKept    = 3
	auditPending = 4 << 20
	auditChunk   = 64 << 10 // written at once
	auditSpare   = 8        // chunks kept for later events
)

// auditLinger is how long an event may wait for others to be written with it.
const auditLinger = 5 * time.Millisecond

// auditFile writes events to a file in a goroutine of its own, so that no request waits for the disk. What the disk does not take, or not
// fast enough, is dropped and counted.
type auditFile struct {
	path    string
	limit   int64 // bytes of a file
	dropped *counter
	log     *slog.Logger

	mu      sync.Mutex
	pending [][]byte // chunks of whole events
	waiting int      // bytes of them all
	spare   [][]byte // empty chunks
	closed  bool
	wake    chan struct{} // one is in it as soon as something is pending
	stop    chan struct{}
	done    chan struct{}

	file    *os.File // of the goroutine, as all below
	size    int64
	failing bool
}

func newAuditFile(dir string, dropped *counter, log *slog.Logger) *auditFile {
	a := &auditFile{
		path: filepath.Join(dir, AuditFile), limit: auditSize, dropped: dropped, log: log,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	go a.run()
	return a
}

// record takes an event, or drops it where too many wait.
func (a *auditFile) record(line []byte) {
	a.mu.Lock()
	full, first := a.closed || a.waiting+len(line) > auditPending, a.waiting == 0
	if !full {
		a.add(line)
	}
	a.mu.Unlock()
	switch {
	case full:
		a.dropped.add(1)
	case first: // the others find the goroutine awake
		select {
		case a.wake <- struct{}{}:
		default:
		}
	}
}

// add copies an event to the last chunk that has room for it. What is pending is not copied again.
func (a *auditFile) add(line []byte) {
	last := len(a.pending) - 1
	if last < 0 || len(a.pending[last])+len(line) > cap(a.pending[last]) {
		var chunk []byte
		if n := len(a.spare) - 1; n >= 0 && len(line) <= auditChunk {
			chunk, a.spare = a.spare[n], a.spare[:n]
		} else {
			chunk = make([]byte, 0, max(auditChunk, len(line)))
		}
		a.pending = append(a.pending, chunk)
		last++
	}
	a.pending[last] = append(a.pending[last], line...)
	a.waiting += len(line)
}

// take returns what is pending, in room for the chunks of later events.
func (a *auditFile) take(room [][]byte) [][]byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	taken := a.pending
	a.pending, a.waiting = room, 0
	return taken
}

// giveBack keeps a few written chunks for later events.
func (a *auditFile) giveBack(chunks [][]byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, chunk := range chunks {
		if len(a.spare) < auditSpare && cap(chunk) == auditChunk {
			a.spare = append(a.spare, chunk[:0])
		}
	}
}

// run writes what is pending until the log is closed, and then the rest.
func (a *auditFile) run() {
	defer close(a.done)
	var room [][]byte
	linger := time.NewTimer(0)
	defer linger.Stop()
	for open := true; open; {
		select {
		case <-a.wake:
			linger.Reset(auditLinger)
			select {
			case <-linger.C:
			case <-a.stop:
			}
		case <-a.stop:
			open = false
		}
		taken := a.take(room)
		for _, chunk := range taken {
			a.keep(chunk)
		}
		a.giveBack(taken)
		clear(taken)
		room = taken[:0]
	}
}

// Close writes what is pending and closes the file. It returns what the disk says last.
func (a *auditFile) Close() error {
	a.mu.Lock()
	first := !a.closed
	a.closed = true
	a.mu.Unlock()
	if first {
		close(a.stop)
	}
	<-a.done
	if !first || a.file == nil {
		return nil
	}
	return a.file.Close()
}

// keep writes a chunk of events. One that cannot be written is dropped whole, and the first of a row of failures is said in the server's log.
func (a *auditFile) keep(batch []byte) {
	err := a.append(batch)
	if err != nil {
		a.dropped.add(uint64(bytes.Count(batch, []byte("\n"))))
		if !a.failing {
			a.log.Error("the audit log cannot be written: events are dropped until it can", "file", a.path, "error", err)
		}
	}
	a.failing = err != nil
}

func (a *auditFile) append(batch []byte) (err error) {
	if a.file != nil && a.size > 0 && a.size+int64(len(batch)) > a.limit {
		if err := a.rotate(); err != nil {
			return err
		}
	}
	if a.file == nil {
		if err := a.open(); err != nil {
			return err
		}
	}
	n, err := a.file.Write(batch)
	if err == nil {
		a.size += int64(n)
		return nil
	}
	if n > 0 { // half an event must not stay
		err = errors.Join(err, a.file.Truncate(a.size))
	}
	return err
}

func (a *auditFile) open() error {
	f, err := os.OpenFile(a.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil && size > 0 {
		size, err = endLine(f, size)
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	a.file, a.size = f, size
	return nil
}

// endLine ends the line that a killed process may have left half written, and returns the file's size.
func endLine(f *os.File, size int64) (int64, error) {
	var last [1]byte
	if _, err := f.ReadAt(last[:], size-1); err != nil || last[0] == '\n' {
		return size, err
	}
	n, err := f.WriteString("\n")
	return size + int64(n), err
}

// rotate gives the file the next name, and those before it the next, the oldest of which goes.
func (a *auditFile) rotate() error {
	err := a.file.Close()
	a.file = nil
	if err != nil {
		return err
	}
	for n := auditKept; n > 0; n-- {
		err := os.Rename(auditName(a.path, n-1), auditName(a.path, n))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("make room in the audit log: %w", err)
		}
	}
	return nil
}

// auditName is the name of the n-th file, from the newest on.
func auditName(path string, n int) string {
	if n == 0 {
		return path
	}
	return path + "." + strconv.Itoa(n)
}

// AuditFiles lists the files of a data directory's audit log, oldest first.
func AuditFiles(dir string) ([]string, error) {
	var found []string
	for n := auditKept; n >= 0; n-- {
		path := auditName(filepath.Join(dir, AuditFile), n)
		if _, err := os.Stat(path); err == nil {
			found = append(found, path)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return found, nil
}
