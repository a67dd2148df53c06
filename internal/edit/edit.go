// Package edit changes pieces of a text and leaves every other byte as it is. What finds a fault hands out [Edit]s, whoever mends it
// calls [Apply], and [Place] says where something stands.
package edit

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Edit puts Text in the place of the bytes From up to and without To. From and To are equal where something is put in.
type Edit struct {
	From, To int
	Text     string
}

// Apply carries out the edits, in the order of their places. Of edits that overlap the first alone is carried out, and of two equal ones
// one: applied counts what was. Edits outside of the text are left out.
func Apply(text string, edits []Edit) (changed string, applied int) {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b Edit) int { return cmp.Or(a.From-b.From, a.To-b.To) })
	var b strings.Builder
	done := 0
	var last Edit
	for i, e := range sorted {
		if e.From < done || e.To < e.From || e.To > len(text) || i > 0 && e == last {
			continue
		}
		b.WriteString(text[done:e.From])
		b.WriteString(e.Text)
		done, last = e.To, e
		applied++
	}
	return b.String() + text[done:], applied
}

// Place turns an offset in bytes into line and column, both from 1; the column counts characters.
func Place(text string, at int) (line, column int) {
	before := text[:min(max(at, 0), len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	return strings.Count(before, "\n") + 1, utf8.RuneCountInString(before[start:]) + 1
}

// Offset is the inverse of [Place]: the byte at a line and column, and false where the text has no such place.
func Offset(text string, line, column int) (at int, ok bool) {
	for ; line > 1; line-- {
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			return 0, false
		}
		at += end + 1
	}
	for ; column > 1; column-- {
		if at >= len(text) || text[at] == '\n' {
			return 0, false
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at, column == 1
}
