package textfix

import (
	"cmp"
	"slices"
	"strings"
)

// edit is one change of a text: the bytes from start to end become text.
type edit struct {
	start, end int
	text       string
	id         string // of the finding that it mends
	what       string // what was done, without any of the text but keys and names of options
}

// apply returns the text with all edits carried out. They must not overlap; of those at one place the first comes first.
func apply(text string, edits []edit) string {
	edits = sorted(edits)
	var b strings.Builder
	at := 0
	for _, e := range edits {
		b.WriteString(text[at:e.start])
		b.WriteString(e.text)
		at = e.end
	}
	b.WriteString(text[at:])
	return b.String()
}

func sorted(edits []edit) []edit {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	return edits
}

// origin returns where in a text the place at of the edited text comes from.
func origin(edits []edit, at int) int {
	shift := 0 // how much longer the text has become up to here
	for _, e := range sorted(edits) {
		start := e.start + shift
		if at < start {
			break
		}
		if at < start+len(e.text) || at == start {
			return e.start
		}
		shift += len(e.text) - (e.end - e.start)
	}
	return at - shift
}
