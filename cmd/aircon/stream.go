package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// stream is standard output, which remembers that it failed: what prints a table or a line need not look each time, and a command whose
// output went nowhere does not end well. Its Fd is the file's, so that a terminal is still seen as one.
type stream struct {
	*os.File
	failed error // the first
}

// Write writes to the file. A reader that has gone, such as head, is no failure: what it does not want is dropped, and the command goes on to its
// end and its own status.
func (s *stream) Write(p []byte) (int, error) {
	n, err := s.File.Write(p)
	if errors.Is(err, syscall.EPIPE) {
		return len(p), nil
	}
	if err != nil && s.failed == nil {
		s.failed = fmt.Errorf("standard output: %w", err)
	}
	return n, err
}

// WriteString is Write: the file's own would not be noticed.
func (s *stream) WriteString(text string) (int, error) {
	return s.Write([]byte(text)) //nolint:gocritic // that would be this very method
}
