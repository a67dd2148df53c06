//go:build !unix

package attend

import "errors"

// Start says that there are no attendants here.
func Start([]string, any, any) (*Attendant, error) {
	return nil, errors.New("a program can be run as a task would be on Linux and macOS only")
}

// Dismiss does nothing.
func (a *Attendant) Dismiss() error { return nil }

// Become says that a process cannot become another here.
func Become(Program, *Attendant) error {
	return errors.New("a program can be run as a task would be on Linux and macOS only")
}
