package spec

import (
	"fmt"
	"strings"
)

// Problem is one mistake in a spec. Its text never holds a value that may be secret.
type Problem struct {
	File string
	Pos
	ID    string // of the finding that says more, such as AC008; may be empty
	What  string // what was seen and why it matters, lower case
	Hint  string // what to write instead; may be empty
	Quote string // the offending line, with what may be secret blanked; may be empty
	caret int    // column of the caret in Quote, which blanks may have moved
}

// Problems are all mistakes of a spec, in the order of the file.
type Problems []Problem

// Error gives one problem, with its line and a caret beneath. A problem of no file in particular begins with its place.
func (p Problem) Error() string {
	var b strings.Builder
	for _, part := range []string{p.File, p.Pos.String()} {
		if part != "" {
			b.WriteString(part + ":")
		}
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	if p.ID != "" {
		b.WriteString(p.ID + ": ")
	}
	b.WriteString(p.What)
	if p.Quote != "" {
		number := fmt.Sprint(p.Line)
		fmt.Fprintf(&b, "\n  %s | %s\n  %s | %s^", number, p.Quote, strings.Repeat(" ", len(number)), caretPad(p.Quote, p.caret))
	}
	if p.Hint != "" {
		fmt.Fprintf(&b, "\n  %s", p.Hint)
	}
	return b.String()
}

// Error gives all problems, each with its line and a caret beneath.
func (p Problems) Error() string {
	texts := make([]string, len(p))
	for i := range p {
		texts[i] = p[i].Error()
	}
	return strings.Join(texts, "\n")
}

// caretPad is the space before a caret under the column: tabs stay tabs, so that the caret lines up.
func caretPad(line string, column int) string {
	var b strings.Builder
	for i, r := range []rune(line) {
		if i+1 >= column {
			break
		}
		if r == '\t' {
			b.WriteRune('\t')
		} else {
			b.WriteByte(' ')
		}
	}
	return b.String()
}
