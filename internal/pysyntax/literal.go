package pysyntax

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// isPrefix reports whether a word before quotes is a string's prefix.
func isPrefix(word string) bool {
	switch len(word) {
	case 1:
		return strings.ContainsAny(word, "rRbBuUfFtT")
	case 2:
		switch strings.ToLower(word) {
		case "rb", "br", "rf", "fr", "rt", "tr":
			return true
		}
	}
	return false
}

// text reads a string from its prefix on; of an f-string only what is before its contents.
func (s *scanner) text(start int) token {
	prefix := s.src[start:s.off]
	end := quotes(s.src[s.off:])
	s.off += len(end)
	if strings.ContainsAny(prefix, "fFtT") {
		return s.token(cFString, start)
	}
	for s.off < len(s.src) {
		switch c := s.src[s.off]; {
		case c == end[0] && strings.HasPrefix(s.src[s.off:], end):
			s.off += len(end)
			return s.token(cString, start)
		case c == '\\':
			s.off++
			if s.off < len(s.src) {
				s.line()
			}
			continue
		case classes[c] == newline && len(end) == 1:
			return s.fail(start, "the string is not closed on its line")
		}
		s.off++
	}
	return s.fail(start, "the string is never closed")
}

// quotes returns the one or three quotes that a text begins with.
func quotes(text string) string {
	if len(text) >= 3 && text[1] == text[0] && text[2] == text[0] {
		return text[:3]
	}
	return text[:1]
}

// literal returns the value of a string's token, and whether it is bytes.
func literal(written string) (value string, bytes bool) {
	n := strings.IndexAny(written, `"'`)
	prefix, body := written[:n], written[n:]
	q := len(quotes(body))
	body = body[q : len(body)-q]
	bytes = strings.ContainsAny(prefix, "bB")
	return unescape(body, strings.ContainsAny(prefix, "rR"), bytes), bytes
}

// unescape returns what a string's body stands for: its line ends are \n, and unless it is raw its escapes are replaced.
func unescape(body string, raw, bytes bool) string {
	if strings.IndexByte(body, '\r') >= 0 {
		body = strings.ReplaceAll(strings.ReplaceAll(body, "\r\n", "\n"), "\r", "\n")
	}
	if raw || strings.IndexByte(body, '\\') < 0 {
		return body
	}
	var b strings.Builder
	for {
		i := strings.IndexByte(body, '\\')
		if i < 0 || i+1 >= len(body) {
			b.WriteString(body)
			return b.String()
		}
		b.WriteString(body[:i])
		body = body[i+escape(&b, body[i:], bytes):]
	}
}

// escapes are those of one character.
var escapes = map[byte]string{
	'\n': "", '\\': "\\", '\'': "'", '"': "\"", 'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

// escape writes what the escape at the beginning of text stands for, and returns its length. An unknown one stands for itself, as does
// \N{…}: the names of characters are not known here.
func escape(b *strings.Builder, text string, bytes bool) int {
	if value, known := escapes[text[1]]; known {
		b.WriteString(value)
		return 2
	}
	digits, base, skip := 0, 16, 2
	switch c := text[1]; {
	case c == 'x':
		digits = 2
	case c == 'u' && !bytes:
		digits = 4
	case c == 'U' && !bytes:
		digits = 8
	case c >= '0' && c <= '7':
		base, skip = 8, 1
		for digits < 3 && 1+digits < len(text) && text[1+digits] >= '0' && text[1+digits] <= '7' {
			digits++
		}
	}
	if digits > 0 && len(text) >= skip+digits {
		if n, err := strconv.ParseUint(text[skip:skip+digits], base, 32); err == nil {
			write(b, rune(n), bytes)
			return skip + digits
		}
	}
	_, size := utf8.DecodeRuneInString(text[1:])
	b.WriteString(text[:1+size])
	return 1 + size
}

func write(b *strings.Builder, r rune, bytes bool) {
	if bytes {
		b.WriteByte(byte(r))
		return
	}
	b.WriteRune(r)
}
