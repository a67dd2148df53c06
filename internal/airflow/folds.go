package airflow

import (
	"iter"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Rich folds what is wider than its console, its frames and the cells of Airflow's tables, and Airflow 3 shows tracebacks with it. A fold lies
// within a secret as blanks and, in a frame or table, what is in the cells and borders to the right, the end of the line, and the same to the left
// on the next one. The number of borders to the right is the same on both; to the left the guides of nested values stand on the first line only.

// YAML folds long texts too, by a backslash where these are in double quotation marks.

// reading is a text from where a secret may begin, as it is and unfolded.
type reading struct {
	text                   string
	cells, plain, escaping unfolding
}

func newReading(text string, last bool) reading {
	return reading{
		text, unfolding{whole: text, last: last}, unfolding{whole: text, last: last, plainly: true}, unfolding{whole: text, last: last, plainly: true, yaml: true},
	}
}

// spellAny returns the longest of the secrets that the text begins with, and is open where any is.
func (r *reading) spellAny(needles []string) (longest hit) {
	for _, needle := range needles {
		longest.or(r.spell(needle))
	}
	return longest
}

// spell returns what of the text's beginning spells a secret, be it folded or cut off.
func (r *reading) spell(needle string) hit {
	n, whole := spelled(needle, r.text)
	switch {
	case whole:
		return hit{parts: []span{{0, n}}, open: n == len(r.text) && strings.HasSuffix(needle, `\`)}
	case n < len(r.text) && !odd(r.text, n):
		return hit{}
	case cutOff(r.text, n):
		return hit{parts: []span{{0, n}}}
	case !folds(r.text, n):
		return hit{open: unsure(r.text, n)}
	}
	bare := strings.ReplaceAll(needle, " ", "") // a fold takes spaces, and adds some
	if len(bare) < shortest {
		return hit{open: unsure(r.text, n)}
	}
	var longest hit
	for u := range r.unfolded() {
		longest.or(u.spell(bare))
	}
	return longest
}

// unfolded yields the ways in which the text may be unfolded. Each is looked at before the next.
func (r *reading) unfolded() iter.Seq[*unfolding] {
	return func(yield func(*unfolding) bool) {
		if yield(&r.cells) && (!r.cells.bordered || yield(&r.plain)) && r.cells.escaped {
			yield(&r.escaping)
		}
	}
}

// second returns the bytes that come second where the text is folded after its first.
func (r *reading) second() (bytes []byte, open bool) {
	if !folds(r.text, 1) {
		return nil, false
	}
	for u := range r.unfolded() {
		for len(u.text) < 2 && u.grow() {
			continue
		}
		if len(u.text) > 1 {
			bytes = append(bytes, u.text[1])
		}
		open = open || u.unended()
	}
	return bytes, open
}

// odd reports whether a character that is not the secret's next may still belong to it.
func odd(text string, at int) bool {
	c := text[at]
	return c <= ' ' || c >= utf8.RuneSelf || c == '|' || c == '\\' || c == '\'' || c == '"' || at > 0 && text[at-1] == '\\'
}

// longestEscape is longer than what writes one character, without backslashes.
const longestEscape = 16

// unsure reports whether a secret that was spelled so far may go on after the text's end.
func unsure(text string, at int) bool {
	if at == len(text) {
		return true
	}
	written := strings.IndexByte("\\\x1b", text[at]) >= 0 || text[at] >= utf8.RuneSelf || at > 0 && text[at-1] == '\\'
	return written && len(text)-at < 1<<10 && len(strings.ReplaceAll(text[at:], `\`, "")) < longestEscape
}

const colour = `\x1b\[[0-9;]*m`

var (
	colours = regexp.MustCompile(colour)
	// cutMark is how Rich goes on after a value that it cut: 'the first 80 characters'+21, or an ellipsis.
	cutMark = regexp.MustCompile(strings.ReplaceAll(`^_*(?:…|['"]_*(?:…|\+_*[0-9…]))`, "_", "(?:"+colour+")"))
)

// cutOff reports whether a text is cut off where a secret was spelled so far.
func cutOff(text string, at int) bool {
	return at >= shortest && cutMark.MatchString(text[at:]) && len(colours.ReplaceAllString(text[:at], "")) >= shortest
}

// folds reports whether a text may be folded at a place, or within the escaped character there.
func folds(text string, at int) bool {
	rest := strings.TrimLeft(text[at:], `\`)
	if at+len(rest) < len(text) || at > 0 && text[at-1] == '\\' {
		rest = rest[max(0, strings.IndexAny(rest[:min(len(rest), longestEscape)], " \r\n\x1b")):]
	}
	for ; ; rest = rest[1:] {
		rest = rest[style(rest):]
		if rest == "" || rest[0] != ' ' && rest[0] != '\r' {
			return rest == "" || rest[0] == '\n' || border(rest) > 0 || unsure(rest, 0)
		}
	}
}

// border returns how long a border is that a text begins with.
func border(text string) int {
	for _, line := range []string{"│", "|"} {
		if after, ok := strings.CutPrefix(text, line); ok && (after == "" || strings.ContainsRune(" \r\n\x1b", rune(after[0]))) {
			return len(line)
		}
	}
	return 0
}

// unfolding is a text without its folds, as far as it was asked for: of each line the cell that has as many borders to its right as there are in the
// first line, or plainly all.
type unfolding struct {
	whole   string
	last    bool // nothing comes after it
	plainly bool
	yaml    bool // a backslash at the end of a line, and before the spaces of the next one, is the fold's
	next    int  // where the next line begins
	right   int

	bordered, escaped bool // whether any line has several cells, or ends with a backslash
	cell
}

// spell returns what of the beginning spells a secret.
func (u *unfolding) spell(bare string) hit {
	for {
		n, whole := spelled(bare, u.text)
		if whole || cutOff(u.text, n) {
			return hit{parts: u.parts(n, u.whole)}
		}
		if !unsure(u.text, n) {
			return hit{}
		}
		if !u.grow() {
			return hit{open: u.unended()}
		}
	}
}

// grow adds the next line, where there is one that goes on.
func (u *unfolding) grow() bool {
	if u.next >= len(u.whole) || u.unended() {
		return false
	}
	line, _, _ := strings.Cut(u.whole[u.next:], "\n")
	folded := strings.TrimSuffix(strings.TrimSuffix(line, "\r"), `\`)
	u.escaped = u.escaped || len(folded) < len(line)
	row := cells(line, u.next, u.plainly)
	if u.yaml {
		begin := len(folded) - len(strings.TrimLeft(folded, " "))
		if u.next > 0 && strings.HasPrefix(folded[begin:], `\ `) {
			begin++
		}
		row = cells(folded[begin:], u.next+begin, true)
	}
	if u.next == 0 {
		u.right = len(row) - 1
	}
	u.bordered = u.bordered || len(row) > 1
	i := len(row) - 1 - u.right
	if i < 0 || row[i].text == "" {
		return false
	}
	u.text += row[i].text
	u.from = append(u.from, row[i].from...)
	u.next += len(line) + 1
	return true
}

// unended reports whether more may come of the next line.
func (u *unfolding) unended() bool {
	return !u.last && !strings.Contains(u.whole[min(u.next, len(u.whole)):], "\n")
}

// cell is what stands in one of a line's cells, without blanks and colours, and where each byte of it stands in the whole text.
type cell struct {
	text string
	from []int
}

// cells returns a line's. The line that the whole text begins with begins within a cell.
func cells(line string, begin int, plainly bool) []cell {
	row := []cell{{}}
	blank := begin > 0
	text := make([]byte, 0, len(line))
	from := make([]int, 0, len(line))
	for at := 0; at < len(line); {
		switch c := line[at]; {
		case c == ' ' || c == '\r':
			at, blank = at+1, true
			continue
		case c == '\x1b' && style(line[at:]) > 0:
			at += style(line[at:])
			continue
		case !plainly && blank && (c == '|' || c == "│"[0]) && border(line[at:]) > 0:
			at += border(line[at:])
			row[len(row)-1] = cell{string(text), from}
			row = append(row, cell{})
			text, from = text[:0], from[len(from):]
			continue
		}
		text, from = append(text, line[at]), append(from, begin+at)
		at, blank = at+1, false
	}
	row[len(row)-1] = cell{string(text), from}
	return row
}

// parts are where the beginning of a cell stands in the lines of a text.
func (c cell) parts(n int, text string) []span {
	var parts []span
	for i, from := range c.from[:n] {
		if i == 0 || strings.Contains(text[c.from[i-1]:from], "\n") {
			parts = append(parts, span{from: from})
		}
		parts[len(parts)-1].to = from + 1
	}
	return parts
}
