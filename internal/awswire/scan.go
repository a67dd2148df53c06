package awswire

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep lists and structures may lie in each other.
const maxDepth = 128

// errSyntax says that a text is not JSON. AWS answers it without a message.
var errSyntax = &DecodeError{}

// scanner walks over a JSON text (RFC 8259). It accepts no more than the standard: no comments, no NaN, no invalid UTF-8.
type scanner struct {
	data  []byte
	pos   int
	depth int
}

// next skips white space and returns the byte that follows, 0 at the end.
func (s *scanner) next() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// literal consumes a word such as null.
func (s *scanner) literal(word string) error {
	if !bytes.HasPrefix(s.data[s.pos:], []byte(word)) {
		return errSyntax
	}
	s.pos += len(word)
	return nil
}

// enter goes into a list or structure, whose first byte is next.
func (s *scanner) enter() error {
	s.pos++
	if s.depth++; s.depth > maxDepth {
		return &DecodeError{"The request is nested too deeply"}
	}
	return nil
}

// more reports whether another element comes before the closing byte, and consumes the comma or the closing byte.
func (s *scanner) more(first bool, closing byte) (bool, error) {
	switch c := s.next(); {
	case c == closing:
		s.pos++
		s.depth--
		return false, nil
	case first:
		return true, nil
	case c == ',':
		s.pos++
		if s.next() == closing {
			return false, errSyntax
		}
		return true, nil
	default:
		return false, errSyntax
	}
}

// key consumes a structure's key and its colon. The result is valid until the scanner's data changes.
func (s *scanner) key() ([]byte, error) {
	if s.next() != '"' {
		return nil, errSyntax
	}
	key, err := s.text()
	if err != nil {
		return nil, err
	}
	if s.next() != ':' {
		return nil, errSyntax
	}
	s.pos++
	return key, nil
}

// text consumes a string. Where it holds no escapes, the result is a part of the data.
func (s *scanner) text() ([]byte, error) {
	s.pos++
	start, ascii := s.pos, true
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			raw := s.data[start:s.pos]
			s.pos++
			if !ascii && !utf8.Valid(raw) {
				return nil, errSyntax
			}
			return raw, nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			return nil, errSyntax
		default:
			ascii = ascii && c < utf8.RuneSelf
			s.pos++
		}
	}
	return nil, errSyntax
}

// escaped consumes the rest of a string that started at start and has an escape at the scanner's position.
func (s *scanner) escaped(start int) ([]byte, error) {
	out := append([]byte(nil), s.data[start:s.pos]...)
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		s.pos++
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				return nil, errSyntax
			}
			return out, nil
		case c < ' ':
			return nil, errSyntax
		case c != '\\':
			out = append(out, c)
		default:
			var err error
			if out, err = s.escape(out); err != nil {
				return nil, err
			}
		}
	}
	return nil, errSyntax
}

// escape appends what the escape at the scanner's position, after its backslash, stands for.
func (s *scanner) escape(out []byte) ([]byte, error) {
	if s.pos >= len(s.data) {
		return nil, errSyntax
	}
	c := s.data[s.pos]
	s.pos++
	switch c {
	case '"', '\\', '/':
		return append(out, c), nil
	case 'b':
		return append(out, '\b'), nil
	case 'f':
		return append(out, '\f'), nil
	case 'n':
		return append(out, '\n'), nil
	case 'r':
		return append(out, '\r'), nil
	case 't':
		return append(out, '\t'), nil
	case 'u':
		r, ok := s.hex4()
		if !ok {
			return nil, errSyntax
		}
		return utf8.AppendRune(out, s.surrogate(r)), nil
	default:
		return nil, errSyntax
	}
}

// hex4 consumes four hexadecimal digits.
func (s *scanner) hex4() (rune, bool) {
	if s.pos+4 > len(s.data) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(s.data[s.pos:s.pos+4]), 16, 16)
	if err != nil {
		return 0, false
	}
	s.pos += 4
	return rune(n), true
}

// surrogate joins r with the escaped second half that follows it. A half alone becomes U+FFFD.
func (s *scanner) surrogate(r rune) rune {
	if !utf16.IsSurrogate(r) {
		return r
	}
	if bytes.HasPrefix(s.data[s.pos:], []byte(`\u`)) {
		back := s.pos
		s.pos += 2
		if low, ok := s.hex4(); ok {
			if joined := utf16.DecodeRune(r, low); joined != utf8.RuneError {
				return joined
			}
		}
		s.pos = back
	}
	return utf8.RuneError
}

// number consumes a number and returns its text.
func (s *scanner) number() ([]byte, error) {
	start := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if !s.digits() {
		return nil, errSyntax
	}
	if s.peek() == '.' {
		s.pos++
		if !s.digits() {
			return nil, errSyntax
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		if !s.digits() {
			return nil, errSyntax
		}
	}
	return s.data[start:s.pos], nil
}

func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *scanner) digits() bool {
	start := s.pos
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.pos++
	}
	return s.pos > start
}

// skip consumes any value.
func (s *scanner) skip() error {
	switch c := s.next(); c {
	case '{', '[':
		return s.skipNested(c)
	case '"':
		_, err := s.text()
		return err
	case 't':
		return s.literal("true")
	case 'f':
		return s.literal("false")
	case 'n':
		return s.literal("null")
	default:
		_, err := s.number()
		return err
	}
}

// skipNested consumes a list or structure that begins with c.
func (s *scanner) skipNested(c byte) error {
	if err := s.enter(); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.more(first, c+2) // ] and } come two after [ and {
		if !more || err != nil {
			return err
		}
		if c == '{' {
			if _, err := s.key(); err != nil {
				return err
			}
		}
		if err := s.skip(); err != nil {
			return err
		}
	}
}
