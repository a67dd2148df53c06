package dags

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// places turns offsets into lines and columns.
type places struct {
	source string
	starts []int // of the lines
	offset int   // of the place that was asked for last, on whose line the next one often is
	last   Place
}

func newPlaces(source string) *places {
	p := &places{source: source, starts: []int{0}}
	for at := 0; ; {
		i := strings.IndexByte(source[at:], '\n')
		if i < 0 {
			return p
		}
		at += i + 1
		p.starts = append(p.starts, at)
	}
}

func (p *places) at(offset int32) Place {
	line := sort.SearchInts(p.starts, int(offset)+1)
	from, column := p.starts[line-1], 1
	if p.last.Line == line && p.offset <= int(offset) {
		from, column = p.offset, p.last.Column
	}
	p.offset, p.last = int(offset), Place{line, column + utf8.RuneCountInString(p.source[from:offset])}
	return p.last
}
