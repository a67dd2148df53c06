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
	start := p.starts[line-1]
	return Place{line, 1 + utf8.RuneCountInString(p.source[start:offset])}
}
