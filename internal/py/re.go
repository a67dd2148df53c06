package py

import "errors"

// Pattern is a compiled expression of Python's module re with the flag IGNORECASE.
//
// It is parsed as CPython's re/_parser.py does, so that what Python refuses is refused, and matched by going back, as CPython's
// _sre.c does: look-behind, groups that do not give back, conditions and references behave as there. Two differences: of a character's
// names after \N, aliases are not known; and a match that would keep Python busy for minutes ends with [ErrSteps].
type Pattern struct {
	start  reMatcher
	groups int
}

// PatternError says why Python refuses an expression. It holds none of it.
type PatternError struct {
	Message string
	Offset  int // in characters, from 0
}

// Error returns the message.
func (e *PatternError) Error() string { return e.Message }

// maxSteps is how many steps a match may take: about a tenth of a second, and as much stack as Go allows. A pattern
// that names ids takes some hundreds.
const maxSteps = 1_000_000

// ErrSteps tells that a match takes too long. In Python the caller hangs.
var ErrSteps = errors.New("the expression goes back over this text too often")

// Compile is re.compile(text, re.IGNORECASE). The error is a [*PatternError].
func Compile(text string) (*Pattern, error) {
	p := newReParser(text)
	tree, err := p.parse()
	if err != nil {
		return nil, err
	}
	c := reCompiler{flags: p.flags | reIgnoreCase, widths: p.widths}
	start := c.sequence(tree)
	if c.err != nil {
		return nil, c.err
	}
	return &Pattern{start, p.groups}, nil
}

// Match is bool(re.match(…)): whether the text matches from its start on, to wherever. The only error is [ErrSteps].
func (p *Pattern) Match(text string) (bool, error) {
	run := &reRun{text: runes(text), groups: make([]reSpan, p.groups+1), left: maxSteps}
	matched := p.start(run, 0, func(int) bool { return true })
	if run.left <= 0 {
		return false, ErrSteps
	}
	return matched, nil
}
