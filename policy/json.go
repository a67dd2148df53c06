package policy

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deep values may nest. A policy needs six levels.
const maxDepth = 32

// node is a JSON value with the place where it begins. The standard library's decoder keeps neither places nor the order of
// keys, and takes the last of two equal keys silently.
type node struct {
	kind  byte // { [ " 0 t n: object, array, string, number, truth, null
	at    int  // offset of its first byte
	end   int  // offset behind the last byte of an object, an array or a string
	text  string
	items []*node // an array's; an object's values
	keys  []*node // an object's keys, as strings
}

// scanner reads one JSON text.
type scanner struct {
	text string
	pos  int
}

const syntaxErrors = "Syntax errors in policy."

// readJSON parses a whole text.
func readJSON(text string) (*node, error) {
	s := &scanner{text: text}
	if !utf8.ValidString(text) {
		return nil, s.fail(invalidAt(text), "the text is not UTF-8")
	}
	s.space()
	n, err := s.value(0)
	if err != nil {
		return nil, err
	}
	if s.space(); s.pos < len(text) {
		return nil, s.fail(s.pos, "unexpected "+s.seen()+" after the document's end")
	}
	return n, nil
}

func invalidAt(text string) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}

func (s *scanner) fail(at int, detail string) error {
	return newError(s.text, at, syntaxErrors, detail)
}

// seen describes what stands at the current place.
func (s *scanner) seen() string {
	if s.pos >= len(s.text) {
		return "end of the text"
	}
	if strings.HasPrefix(s.text[s.pos:], "//") || strings.HasPrefix(s.text[s.pos:], "/*") {
		return "comment (JSON has none)"
	}
	r, _ := utf8.DecodeRuneInString(s.text[s.pos:])
	return strconv.QuoteRune(r)
}

func (s *scanner) space() {
	for s.pos < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.pos]) >= 0 {
		s.pos++
	}
}

// take reads c and reports whether it stood there.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.pos < len(s.text) && s.text[s.pos] == c {
		s.pos++
		return true
	}
	return false
}

func (s *scanner) value(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, s.fail(s.pos, "values nest too deeply")
	}
	s.space()
	if s.pos >= len(s.text) {
		return nil, s.fail(s.pos, "unexpected end of the text")
	}
	switch c := s.text[s.pos]; {
	case c == '{':
		return s.object(depth)
	case c == '[':
		return s.array(depth)
	case c == '"':
		return s.str()
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	}
	for _, word := range []string{"true", "false", "null"} {
		if strings.HasPrefix(s.text[s.pos:], word) {
			n := &node{kind: 't', at: s.pos, text: word}
			if word == "null" {
				n.kind = 'n'
			}
			s.pos += len(word)
			return n, nil
		}
	}
	return nil, s.fail(s.pos, "expected a value, found "+s.seen())
}

func (s *scanner) object(depth int) (*node, error) {
	n := &node{kind: '{', at: s.pos}
	s.pos++
	if s.take('}') {
		n.end = s.pos
		return n, nil
	}
	for {
		s.space()
		if s.pos >= len(s.text) || s.text[s.pos] != '"' {
			return nil, s.fail(s.pos, "expected a key in double quotes, found "+s.seen())
		}
		key, err := s.str()
		if err != nil {
			return nil, err
		}
		for _, earlier := range n.keys {
			if earlier.text == key.text {
				return nil, s.fail(key.at, "the key "+strconv.Quote(key.text)+" stands here for the second time")
			}
		}
		if !s.take(':') {
			return nil, s.fail(s.pos, "expected ':' after the key, found "+s.seen())
		}
		value, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.keys, n.items = append(n.keys, key), append(n.items, value)
		if s.take('}') {
			n.end = s.pos
			return n, nil
		}
		if !s.take(',') {
			return nil, s.fail(s.pos, "expected ',' or '}', found "+s.seen())
		}
	}
}

func (s *scanner) array(depth int) (*node, error) {
	n := &node{kind: '[', at: s.pos}
	s.pos++
	if s.take(']') {
		n.end = s.pos
		return n, nil
	}
	for {
		value, err := s.value(depth + 1)
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, value)
		if s.take(']') {
			n.end = s.pos
			return n, nil
		}
		if !s.take(',') {
			return nil, s.fail(s.pos, "expected ',' or ']', found "+s.seen())
		}
	}
}

// number reads a number as RFC 8259 writes it.
func (s *scanner) number() (*node, error) {
	start := s.pos
	digits := func() bool {
		from := s.pos
		for s.pos < len(s.text) && s.text[s.pos] >= '0' && s.text[s.pos] <= '9' {
			s.pos++
		}
		return s.pos > from
	}
	next := func(set string) bool {
		if s.pos < len(s.text) && strings.IndexByte(set, s.text[s.pos]) >= 0 {
			s.pos++
			return true
		}
		return false
	}
	next("-")
	ok := next("0") || digits()
	if ok && next(".") {
		ok = digits()
	}
	if ok && next("eE") {
		next("+-")
		ok = digits()
	}
	if !ok {
		return nil, s.fail(s.pos, "expected a digit, found "+s.seen())
	}
	return &node{kind: '0', at: start, text: s.text[start:s.pos]}, nil
}

func (s *scanner) str() (*node, error) {
	n := &node{kind: '"', at: s.pos}
	s.pos++
	start := s.pos
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '"':
			n.text += s.text[start:s.pos]
			s.pos++
			n.end = s.pos
			return n, nil
		case c < ' ':
			return nil, s.fail(s.pos, "a control character stands unescaped in a string")
		case c == '\\':
			n.text += s.text[start:s.pos]
			r, err := s.escape()
			if err != nil {
				return nil, err
			}
			n.text += string(r)
			start = s.pos
		default:
			s.pos++
		}
	}
	return nil, s.fail(n.at, "the string has no end")
}

var escapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (s *scanner) escape() (rune, error) {
	if s.pos+1 >= len(s.text) {
		return 0, s.fail(s.pos, "the string has no end")
	}
	if r, ok := escapes[s.text[s.pos+1]]; ok {
		s.pos += 2
		return r, nil
	}
	first, ok := s.unit(s.pos)
	if !ok {
		return 0, s.fail(s.pos, "unknown escape in a string")
	}
	s.pos += 6
	if !utf16.IsSurrogate(first) {
		return first, nil
	}
	second, _ := s.unit(s.pos)
	r := utf16.DecodeRune(first, second)
	if r == utf8.RuneError {
		return 0, s.fail(s.pos-6, "half of a surrogate pair stands alone")
	}
	s.pos += 6
	return r, nil
}

// unit reads the four digits of an escape \uXXXX at a place.
func (s *scanner) unit(at int) (rune, bool) {
	if at+6 > len(s.text) || s.text[at:at+2] != `\u` {
		return 0, false
	}
	v, err := strconv.ParseUint(s.text[at+2:at+6], 16, 16)
	return rune(v), err == nil
}

// get returns an object's value under key, or nil.
func (n *node) get(key string) *node {
	for i, k := range n.keys {
		if k.text == key {
			return n.items[i]
		}
	}
	return nil
}

// list returns the elements of an array, or the value itself as the only one.
func (n *node) list() []*node {
	if n.kind == '[' {
		return n.items
	}
	return []*node{n}
}
