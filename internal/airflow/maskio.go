package airflow

import (
	"bufio"
	"bytes"
	"io"
	"sync"
)

// Writer returns what masks each line before it goes to w. Flush writes a line that has not ended.
func (m *Mask) Writer(w io.Writer) *MaskedWriter { return &MaskedWriter{mask: m, to: w} }

// MaskedWriter masks what is written to it.
type MaskedWriter struct {
	mask *Mask
	to   io.Writer
	mu   sync.Mutex
	part []byte
}

// longestLine is how much of a line is held back at most.
const longestLine = 1 << 20

// Write takes bytes that may end within a line.
func (w *MaskedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.part = append(w.part, p...)
	end := bytes.LastIndexByte(w.part, '\n') + 1
	if end == 0 && len(w.part) < longestLine {
		return len(p), nil
	}
	if end == 0 {
		end = len(w.part)
	}
	err := w.pass(w.part[:end])
	w.part = append(w.part[:0], w.part[end:]...)
	return len(p), err
}

// Flush writes what is held back.
func (w *MaskedWriter) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	err := w.pass(w.part)
	w.part = nil
	return err
}

func (w *MaskedWriter) pass(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	_, err := io.WriteString(w.to, w.mask.Text(string(text)))
	return err
}

// reader returns what masks each line that comes from r.
func (m *Mask) reader(r io.ReadCloser) io.ReadCloser {
	return &maskedReader{mask: m, from: bufio.NewReaderSize(r, longestLine), Closer: r}
}

// maskedReader masks what is read from it.
type maskedReader struct {
	mask *Mask
	from *bufio.Reader
	rest string // masked, and not read yet
	io.Closer
}

// Read reads the next line, or what has come of it.
func (r *maskedReader) Read(p []byte) (int, error) {
	for r.rest == "" {
		line, err := r.from.ReadSlice('\n')
		if len(line) == 0 {
			return 0, err
		}
		r.rest = r.mask.Text(string(line)) // a line that is too long comes in parts; an error comes again
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}
