package py

import (
	"time"

	"github.com/dlclark/regexp2/v2"
)

// MatchTimeout is how long one match may take. Python has no such limit: there the lookup hangs.
const MatchTimeout = time.Second

// Pattern is a compiled expression of Python's module re with the flag IGNORECASE.
//
// Python's syntax is parsed here, as CPython's re/_parser.py does, so that what Python refuses is refused; what it means is
// written out for regexp2, which matches it: each letter as the set of letters that Python takes for the same, \w and its like as
// explicit sets, groups by number.
type Pattern struct {
	compiled *regexp2.Regexp
}

// PatternError says why Python refuses an expression. It holds none of it.
type PatternError struct {
	Message string
	Offset  int // in characters, from 0
}

func (e *PatternError) Error() string { return e.Message }

// Compile is re.compile(text, re.IGNORECASE). The error is a [*PatternError].
func Compile(text string) (*Pattern, error) {
	p := newReParser(text)
	tree, err := p.parse()
	if err != nil {
		return nil, err
	}
	w := reWriter{flags: p.flags | reIgnoreCase, groups: p.groups}
	source, err := w.write(tree)
	if err != nil {
		return nil, err
	}
	compiled, err := regexp2.Compile(`\A(?:` + source + `)`)
	if err != nil {
		return nil, &PatternError{Message: "the expression is too much for the matcher"}
	}
	if w.repeats > 2 || w.nestedRepeat {
		// Only such expressions can take long on an id. The timeout needs a clock that runs beside.
		compiled.MatchTimeout = MatchTimeout
	}
	return &Pattern{compiled}, nil
}

// Match is bool(re.match(…)): whether the text matches from its start on, to wherever. The error is regexp2's, for a match that
// takes longer than [MatchTimeout].
func (p *Pattern) Match(text string) (bool, error) { return p.compiled.MatchRunes(runes(text)) }
