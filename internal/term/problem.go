package term

import (
	"errors"
	"fmt"
	"strings"
)

// Problem is an error for the person at the terminal. Any error becomes as helpful by having a method Hint() string; this type is for those
// who have none of their own. Its texts are lower case and without a full stop.
type Problem struct {
	What  string // what was seen
	Where string // file:line:column, an ARN, a step; "" where there is none
	Why   string // why it matters or how it came to be; "" where What says it
	Next  string // what to type or write next; "" where nobody can tell
	Err   error  // the cause, for errors.Is; its text is shown only as far as Why has it
}

// Error returns where, what and why, divided by colons.
func (p *Problem) Error() string {
	var parts []string
	for _, part := range []string{p.Where, p.What, p.Why} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ": ")
}

// Hint returns what to do next.
func (p *Problem) Hint() string { return p.Next }

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// Hinter is an error that knows what to do next.
type Hinter interface {
	error
	Hint() string // one line or several; "" means nothing
}

// Fail prints an error to Err, as every command does:
//
//	aircon: what: why
//	  hint: what to type next
//
// Of joined errors each is printed. The hints are those of the error and of what it wraps, each once, the outermost first.
func (t *Terminal) Fail(err error) {
	for _, one := range split(err) {
		fmt.Fprintf(t.Err, "%s %s\n", paint(t.ErrColour, Bad, "aircon:"), Clean(one.Error()))
		for _, hint := range hints(one) {
			fmt.Fprintf(t.Err, "  %s %s\n", paint(t.ErrColour, Note, "hint:"), strings.ReplaceAll(Clean(hint), "\n", "\n        "))
		}
	}
}

// Warn prints one line to Err that is no error.
func (t *Terminal) Warn(format string, args ...any) {
	fmt.Fprintf(t.Err, "%s %s\n", paint(t.ErrColour, Warn, "aircon: warning:"), Clean(fmt.Sprintf(format, args...)))
}

// split returns the errors that were joined, for an error that says no more than their texts, line by line.
func split(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error }) // not errors.As: an error that wraps a join has words of its own
	if !ok {
		return []error{err}
	}
	var all []error
	var texts []string
	for _, one := range joined.Unwrap() {
		all = append(all, split(one)...)
		texts = append(texts, one.Error())
	}
	if err.Error() != strings.Join(texts, "\n") {
		return []error{err}
	}
	return all
}

// hints returns the hints along an error's chain.
func hints(err error) []string {
	var found []string
	seen := map[string]bool{}
	for err != nil {
		var h Hinter
		if !errors.As(err, &h) {
			break
		}
		if hint := h.Hint(); hint != "" && !seen[hint] {
			seen[hint] = true
			found = append(found, hint)
		}
		err = errors.Unwrap(h)
	}
	return found
}
