package py

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	nan = math.NaN()
	inf = math.Inf(1)
)

func isHighSurrogate(r rune) bool { return 0xd800 <= r && r < 0xdc00 }
func isLowSurrogate(r rune) bool  { return 0xdc00 <= r && r < 0xe000 }
func isSurrogate(r rune) bool     { return 0xd800 <= r && r < 0xe000 }

// decodeRune is utf8.DecodeRuneInString that knows surrogates. A byte that is neither is U+FFFD of size 1.
func decodeRune(text string) (rune, int) {
	r, size := utf8.DecodeRuneInString(text)
	if r == utf8.RuneError && size == 1 && surrogateAt(text) {
		return rune(text[0]&0x0f)<<12 | rune(text[1]&0x3f)<<6 | rune(text[2]&0x3f), 3
	}
	return r, size
}

func surrogateAt(text string) bool {
	return len(text) >= 3 && text[0] == 0xed && text[1]&0xe0 == 0xa0 && text[2]&0xc0 == 0x80
}

// writeRune is strings.Builder's WriteRune that knows surrogates.
func writeRune(b *strings.Builder, r rune) {
	if isSurrogate(r) {
		b.Write([]byte{0xed, 0x80 | byte(r>>6)&0x3f, 0x80 | byte(r)&0x3f})
		return
	}
	b.WriteRune(r)
}

// runes gives the characters of a text, surrogates included.
func runes(text string) []rune {
	out := make([]rune, 0, len(text))
	for len(text) > 0 {
		r, size := decodeRune(text)
		out = append(out, r)
		text = text[size:]
	}
	return out
}

// HasSurrogate reports whether a text holds a lone surrogate, which str.encode("utf-8") refuses.
func HasSurrogate(text string) bool {
	if utf8.ValidString(text) {
		return false
	}
	for i := strings.IndexByte(text, 0xed); i >= 0; {
		if surrogateAt(text[i:]) {
			return true
		}
		next := strings.IndexByte(text[i+1:], 0xed)
		if next < 0 {
			return false
		}
		i += 1 + next
	}
	return false
}

// Len is len() of a str: its characters.
func Len(text string) int {
	n := 0
	for i := range len(text) {
		if text[i]&0xc0 != 0x80 {
			n++
		}
	}
	return n
}

// AfterFirst is text[1:]: all but the first character.
func AfterFirst(text string) string {
	_, size := decodeRune(text)
	return text[size:]
}

// IsSpace reports whether str.isspace() and str.strip() take a character for white space: Unicode's, and U+001C to U+001F.
func IsSpace(r rune) bool {
	return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f
}

// Strip is str.strip().
func Strip(text string) string { return strings.TrimFunc(text, IsSpace) }

// IsWord reports whether \w of module re takes a character: letters, whatever has a numeric value, and the underscore,
// but, other than elsewhere, no combining marks.
func IsWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }

// writeReprText writes a str as repr() does: in single quotes unless it holds those and no double ones.
func writeReprText(b *strings.Builder, text string) {
	quote := '\''
	if strings.Contains(text, "'") && !strings.Contains(text, `"`) {
		quote = '"'
	}
	b.WriteRune(quote)
	for len(text) > 0 {
		r, size := decodeRune(text)
		text = text[size:]
		switch {
		case r == quote || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			writeReprEscape(b, r)
		}
	}
	b.WriteRune(quote)
}

func writeReprEscape(b *strings.Builder, r rune) {
	switch r {
	case '\t':
		b.WriteString(`\t`)
		return
	case '\n':
		b.WriteString(`\n`)
		return
	case '\r':
		b.WriteString(`\r`)
		return
	}
	mark, width := byte('x'), 2
	switch {
	case r > 0xffff:
		mark, width = 'U', 8
	case r > 0xff:
		mark, width = 'u', 4
	}
	b.WriteByte('\\')
	b.WriteByte(mark)
	for shift := 4 * (width - 1); shift >= 0; shift -= 4 {
		b.WriteByte("0123456789abcdef"[r>>shift&15])
	}
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// decimal returns the value of a decimal digit of any script. In Unicode each script's ten digits stand together, from 0 on.
func decimal(r rune) (byte, bool) {
	if '0' <= r && r <= '9' {
		return byte(r - '0'), true
	}
	if r < 0x80 || !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	for _, block := range unicode.Nd.R16 {
		if rune(block.Lo) <= r && r <= rune(block.Hi) {
			return byte((r - rune(block.Lo)) % 10), true
		}
	}
	for _, block := range unicode.Nd.R32 {
		if rune(block.Lo) <= r && r <= rune(block.Hi) {
			return byte((r - rune(block.Lo)) % 10), true
		}
	}
	return 0, false
}
