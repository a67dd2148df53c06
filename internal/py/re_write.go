package py

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// reWriter writes a parsed expression for regexp2, with nothing left for its options to decide.
type reWriter struct {
	b            strings.Builder
	flags        reFlags
	groups       int
	repeats      int
	depth        int // of repeats
	nestedRepeat bool
}

func (w *reWriter) write(tree reSequence) (string, error) {
	if err := w.sequence(tree); err != nil {
		return "", err
	}
	return w.b.String(), nil
}

func (w *reWriter) sequence(s reSequence) error {
	for i := range s {
		if err := w.node(&s[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *reWriter) node(n *reNode) error {
	switch n.op {
	case reLiteral:
		w.class(runeSet{{n.char, n.char}}, true, false)
	case reSet:
		w.set(n)
	case reAny:
		w.b.WriteString(map[bool]string{false: `[^\n]`, true: `[\s\S]`}[w.flags&reDotAll != 0])
	case reAt:
		w.place(n.char)
	case reBranch:
		return w.wrapped("(?:", n.subs...)
	case reGroup:
		return w.group(n)
	case reAtomic:
		return w.wrapped("(?>", n.subs...)
	case reLook:
		return w.wrapped("(?"+map[bool]string{true: "<"}[n.behind]+map[bool]string{true: "!", false: "="}[n.negate], n.subs...)
	case reReference:
		w.b.WriteString(map[bool]string{true: "(?i:", false: "(?:"}[w.flags&reIgnoreCase != 0] + `\k<` + strconv.Itoa(n.group) + ">)")
	case reCondition:
		return w.wrapped("(?("+strconv.Itoa(n.group)+")", n.subs...)
	case reRepeat:
		return w.repeat(n)
	}
	return nil
}

// wrapped writes branches between an opening and a parenthesis.
func (w *reWriter) wrapped(open string, branches ...reSequence) error {
	w.b.WriteString(open)
	for i, branch := range branches {
		if i > 0 {
			w.b.WriteByte('|')
		}
		if err := w.sequence(branch); err != nil {
			return err
		}
	}
	w.b.WriteByte(')')
	return nil
}

func (w *reWriter) group(n *reNode) error {
	before := w.flags
	if n.add&(reASCII|reUnicode) != 0 {
		w.flags &^= reASCII | reUnicode
	}
	w.flags = (w.flags | n.add) &^ n.del
	open := "(?:"
	if n.group > 0 {
		open = "(?<" + strconv.Itoa(n.group) + ">"
	}
	err := w.wrapped(open, n.subs...)
	w.flags = before
	return err
}

func (w *reWriter) repeat(n *reNode) error {
	if w.flags&reTemplate != 0 {
		return &PatternError{Message: "internal: unsupported template operator"}
	}
	w.repeats++
	w.depth++
	w.nestedRepeat = w.nestedRepeat || w.depth > 1
	if n.mode == '+' {
		w.b.WriteString("(?>")
	}
	if err := w.wrapped("(?:", n.subs...); err != nil {
		return err
	}
	const most = 1<<31 - 1 // regexp2's infinity; no text is longer
	switch {
	case n.max >= most:
		fmt.Fprintf(&w.b, "{%d,}", min(n.min, most-1))
	default:
		fmt.Fprintf(&w.b, "{%d,%d}", n.min, n.max)
	}
	switch n.mode {
	case '?':
		w.b.WriteByte('?')
	case '+':
		w.b.WriteByte(')')
	}
	w.depth--
	return nil
}

func (w *reWriter) place(char rune) {
	multiline := w.flags&reMultiline != 0
	switch {
	case char == '^' && multiline:
		w.b.WriteString(`(?<![^\n])`)
	case char == '$' && multiline:
		w.b.WriteString(`(?![^\n])`)
	case char == '$':
		w.b.WriteString(`(?=\n?\z)`)
	case char == 'Z':
		w.b.WriteString(`\z`)
	case char == 'b' || char == 'B':
		w.boundary(char == 'B')
	default:
		w.b.WriteString(`\A`)
	}
}

// boundary writes \b or \B. Neither is in an empty text.
func (w *reWriter) boundary(negate bool) {
	word := category('w', w.flags&reASCII != 0)
	look := func(open string) {
		w.b.WriteString(open)
		w.class(word, false, false)
		w.b.WriteByte(')')
	}
	if negate {
		w.b.WriteString(`(?!\A\z)`)
	}
	w.b.WriteString("(?:")
	look("(?<=")
	look(map[bool]string{false: "(?!", true: "(?="}[negate])
	w.b.WriteByte('|')
	look("(?<!")
	look(map[bool]string{false: "(?=", true: "(?!"}[negate])
	w.b.WriteByte(')')
}

func (w *reWriter) set(n *reNode) {
	var ranges []runeRange
	for _, item := range n.items {
		if item.category != 0 {
			ranges = append(ranges, category(item.category, w.flags&reASCII != 0)...)
		} else {
			ranges = append(ranges, runeRange{item.low, item.high})
		}
	}
	w.class(union(ranges...), len(n.items) > 1 || n.items[0].category == 0, n.negate)
}

// class writes a set as explicit ranges.
func (w *reWriter) class(set runeSet, cased, negate bool) {
	if cased && w.flags&reIgnoreCase != 0 {
		set = set.anyCase(w.flags&reASCII != 0)
	}
	if negate {
		set = set.complement()
	}
	if len(set) == 0 {
		w.b.WriteString("(?!)")
		return
	}
	w.b.WriteByte('[')
	for _, r := range set {
		w.char(r.low)
		if r.high > r.low {
			w.b.WriteByte('-')
			w.char(r.high)
		}
	}
	w.b.WriteByte(']')
}

func (w *reWriter) char(r rune) {
	switch {
	case r > 0xffff:
		w.b.WriteRune(r)
	case r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)):
		w.b.WriteRune(r)
	default:
		fmt.Fprintf(&w.b, `\u%04X`, r)
	}
}
