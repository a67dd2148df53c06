package airflow

import (
	"errors"
	"io"
	"strings"
	"sync"
	"time"
)

// Writer returns what masks a text before it goes to w. Flush writes what is held back, as a secret may begin there.
func (m *Mask) Writer(w io.Writer) *MaskedWriter { return &MaskedWriter{mask: m, to: w} }

// MaskedWriter masks what is written to it.
type MaskedWriter struct {
	mask *Mask
	to   io.Writer

	mu    sync.Mutex
	held  string
	err   error       // of a write that nobody waited for
	timer *time.Timer // while the end of a line is held back
}

// longestHeld is how much is held back at most.
const longestHeld = 1 << 20

// patience is for how long the end of a line is held back. Whoever folds lines writes them at once, and whoever reads lines may wait for this one.
const patience = time.Second

// Write takes bytes that may end within a secret.
func (w *MaskedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held += string(p)
	return len(p), w.pass(len(w.held) > longestHeld)
}

// Flush writes what is held back.
func (w *MaskedWriter) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.pass(true)
}

func (w *MaskedWriter) pass(last bool) error {
	if w.timer != nil {
		w.timer.Stop()
	}
	err := w.err
	var shown string
	shown, w.held = w.mask.pass(w.held, last)
	if shown != "" {
		_, failed := io.WriteString(w.to, shown)
		err = errors.Join(err, failed)
	}
	if strings.Contains(w.held, "\n") {
		w.timer = time.AfterFunc(patience, w.give)
	}
	w.err = nil
	return err
}

// give passes on what nothing has followed.
func (w *MaskedWriter) give() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = w.pass(true)
}

// reader returns what masks the text that comes from r.
func (m *Mask) reader(r io.ReadCloser) io.ReadCloser {
	return &maskedReader{mask: m, from: r, Closer: r}
}

// maskedReader masks what is read from it.
type maskedReader struct {
	mask        *Mask
	from        io.Reader
	shown, held string
	err         error
	buffer      [32 << 10]byte
	io.Closer
}

// Read reads what has come of the text, or the next of it.
func (r *maskedReader) Read(p []byte) (int, error) {
	for r.shown == "" && r.err == nil {
		var n int
		n, r.err = r.from.Read(r.buffer[:])
		r.shown, r.held = r.mask.pass(r.held+string(r.buffer[:n]), r.err != nil || len(r.held) > longestHeld)
	}
	n := copy(p, r.shown)
	if r.shown = r.shown[n:]; n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, r.err
}
