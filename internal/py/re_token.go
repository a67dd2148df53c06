package py

import "strings"

// reTokens splits an expression into characters, a backslash together with the one after it, as re/_parser.py's Tokenizer does.
type reTokens struct {
	text []rune
	at   int    // in characters, behind next
	next string // "" at the end
	err  *PatternError
}

func newReTokens(text string) *reTokens {
	t := &reTokens{text: runes(text)}
	t.advance()
	return t
}

func (t *reTokens) advance() {
	t.next = ""
	if t.at >= len(t.text) {
		return
	}
	size := 1
	if t.text[t.at] == '\\' {
		if size = 2; t.at+1 >= len(t.text) {
			t.err = &PatternError{"bad escape (end of pattern)", len(t.text) - 1}
			return
		}
	}
	t.next = reText(t.text[t.at : t.at+size])
	t.at += size
}

// reText is string(chars) that keeps lone surrogates.
func reText(chars []rune) string {
	var b strings.Builder
	for _, r := range chars {
		writeRune(&b, r)
	}
	return b.String()
}

func (t *reTokens) get() string {
	this := t.next
	t.advance()
	return this
}

func (t *reTokens) match(token string) bool {
	if t.next != token {
		return false
	}
	t.advance()
	return true
}

// tell is the place of next.
func (t *reTokens) tell() int { return t.at - Len(t.next) }

func (t *reTokens) seek(at int) {
	t.at = at
	t.advance()
}

func (t *reTokens) fail(message string) *PatternError {
	if t.err != nil {
		return t.err
	}
	return &PatternError{message, t.tell()}
}

// getWhile takes up to n of the characters in a set.
func (t *reTokens) getWhile(n int, set string) string {
	var out strings.Builder
	for range n {
		if len(t.next) != 1 || !strings.Contains(set, t.next) {
			break
		}
		out.WriteString(t.get())
	}
	return out.String()
}

// getUntil takes what comes before a terminator, and the terminator; name says what was looked for.
func (t *reTokens) getUntil(terminator, name string) (string, error) {
	var out strings.Builder
	for {
		switch c := t.get(); {
		case c == "" && out.Len() > 0:
			return "", t.fail("missing " + terminator + ", unterminated name")
		case c == "" || c == terminator && out.Len() == 0:
			return "", t.fail("missing " + name)
		case c == terminator:
			return out.String(), nil
		default:
			out.WriteString(c)
		}
	}
}
