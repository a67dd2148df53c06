package textfix

import (
	"strings"
	"unicode/utf8"

	"aircon/internal/py"
)

// quotes are the pairs of quotes around texts: JSON's, Python's, and those into which editors and chat programs turn them. Each of the
// closing ones may end a text that one of the opening ones began.
var quotes = []struct {
	opening, closing string
	what             string
}{
	{`"`, `"`, ""},
	{`'`, `'`, "wrote double quotes for single ones"},
	{"“”„‟", "“”‟", "wrote plain quotes for typographic ones"},
	{"‘’‚‛", "‘’‛", "wrote plain quotes for typographic ones"},
}

// quoteOf returns the closing quotes for an opening one, and nil for what is none.
func quoteOf(c rune) *struct{ opening, closing, what string } {
	for i := range quotes {
		if c != utf8.RuneError && strings.ContainsRune(quotes[i].opening, c) {
			return &quotes[i]
		}
	}
	return nil
}

// closingAt is what may end a text that ends here, and "" where none does.
func closingAt(text string) string {
	c, _ := utf8.DecodeLastRuneInString(text)
	for _, q := range quotes {
		if strings.ContainsRune(q.closing, c) {
			return q.closing
		}
	}
	return ""
}

// string reads a text in quotes. In JSON's own only a raw line break or tab can be mended; in others the whole text is written anew.
func (r *reader) string() (*Node, *Refusal) {
	start := r.at
	c, size := utf8.DecodeRuneInString(r.text[r.at:])
	quote := quoteOf(c)
	r.at += size
	var b strings.Builder
	raw := false // whether a control character stands in it as it is
	for {
		c, size := utf8.DecodeRuneInString(r.text[r.at:])
		switch {
		case size == 0:
			return nil, r.refuse(start, "a text has no closing quote")
		case c == utf8.RuneError && size == 1:
			return nil, r.refuse(r.at, "a byte that is no UTF-8")
		case strings.ContainsRune(quote.closing, c):
			r.at += size
			return r.quoted(start, b.String(), quote.what, raw)
		case c == '\\':
			if err := r.escape(&b, quote.closing); err != nil {
				return nil, err
			}
			continue
		case c < ' ':
			if err := r.control(c); err != nil {
				return nil, err
			}
			raw = true
		}
		b.WriteRune(c)
		r.at += size
	}
}

// quoted ends a text: unless it is JSON's, it is written anew.
func (r *reader) quoted(start int, text, what string, raw bool) (*Node, *Refusal) {
	if raw && what == "" {
		what = "wrote line breaks and tabs inside a text as JSON does"
	}
	if what != "" {
		r.edit(start, r.at, jsonText(text), what)
	}
	return &Node{Kind: Text, Start: start, End: r.at, Text: text}, nil
}

// control says what a raw control character means: in an extra or a description itself; elsewhere the text may just have been wrapped.
func (r *reader) control(c rune) *Refusal {
	if (r.field == "extra" || r.field == "description") && strings.ContainsRune("\n\r\t", c) {
		return nil
	}
	return r.refuse(r.at, `a line break or another control character inside a text: take it out, or write \n where it belongs to the text`)
}

// sameEscapes are the escapes that mean the same in JSON and Python.
var sameEscapes = map[byte]rune{'\\': '\\', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads what begins with a backslash.
func (r *reader) escape(b *strings.Builder, closing string) *Refusal {
	start := r.at
	rest := r.text[r.at+1:]
	c, size := utf8.DecodeRuneInString(rest)
	plain := closing == `"`
	switch meaning, same := sameEscapes[byte(c)]; {
	case size == 0:
		return r.refuse(start, "a text has no closing quote")
	case c < 0x80 && same:
		b.WriteRune(meaning)
	case c == '"', c == '/' && plain, c == '\'' && closing == "'":
		b.WriteRune(c)
	case !plain && closing != "'" && strings.ContainsRune(closing, c): // an editor turned \" into a typographic quote too
		b.WriteByte(map[bool]byte{true: '"', false: '\''}[strings.ContainsRune("“”‟", c)])
	case c == 'u':
		return r.unicode(b)
	case c == 'x' && closing == "'" && len(rest) >= 3 && isHex(rest[1:3]):
		b.WriteRune(rune(hexValue(rest[1:3])))
		r.at += 4
		return nil
	default:
		return r.refuse(start, `a backslash before a character where JSON has none: a backslash itself is \\`)
	}
	r.at += 1 + size
	return nil
}

// unicode reads \uXXXX, or a pair of them.
func (r *reader) unicode(b *strings.Builder) *Refusal {
	end := r.at
	for end+6 <= len(r.text) && r.text[end:end+2] == `\u` && isHex(r.text[end+2:end+6]) && end < r.at+12 {
		end += 6
	}
	value, err := py.Loads(`"` + r.text[r.at:end] + `"`)
	text, is := value.(string)
	if err != nil || !is || text == "" || py.HasSurrogate(text) {
		return r.refuse(r.at, `\u needs four hexadecimal digits of a character`)
	}
	b.WriteString(text)
	r.at = end
	return nil
}

func isHex(text string) bool { return strings.Trim(text, "0123456789abcdefABCDEF") == "" }

func hexValue(text string) int {
	n := 0
	for _, c := range strings.ToLower(text) {
		n = n*16 + strings.IndexRune("0123456789abcdef", c)
	}
	return n
}

// jsonText writes a text as JSON, its letters as they are.
func jsonText(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range text {
		if c >= 0x80 {
			b.WriteRune(c)
			continue
		}
		written := py.Dumps(string(c))
		b.WriteString(written[1 : len(written)-1])
	}
	b.WriteByte('"')
	return b.String()
}
