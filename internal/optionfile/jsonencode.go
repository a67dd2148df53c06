package optionfile

import (
	"strings"
)

// encoder turns a literal of HCL's into the JSON that jsonencode makes of it, with the place of each byte.
type encoder struct {
	f       *File
	b       strings.Builder
	offsets []int
	ended   bool // whether a value has ended, so that what follows it needs a comma
}

// jsonencode reads jsonencode({ … }) between two offsets, as far as it is written out: no variable, no function.
func (f *File) jsonencode(from, to int) (value string, offsets []int, ok bool) {
	e := &encoder{f: f}
	for at := f.skipHCL(from); at < to; at = f.skipHCL(at) {
		next, ok := e.token(at, to)
		if !ok {
			return "", nil, false
		}
		at = next
	}
	return e.b.String(), append(e.offsets, to), e.b.Len() > 0
}

// token writes the token at an offset, and returns what follows it.
func (e *encoder) token(at, to int) (next int, ok bool) {
	switch c := e.f.text[at]; c {
	case ',':
		return at + 1, true
	case '=', ':':
		e.put(":", at)
		e.ended = false
		return at + 1, true
	case '}', ']':
		e.put(string(c), at)
		e.ended = true
		return at + 1, true
	}
	if e.ended {
		e.put(", ", at)
	}
	switch c := e.f.text[at]; c {
	case '{', '[':
		e.put(string(c), at)
		e.ended = false
		return at + 1, true
	case '"':
		next = min(e.f.closing(at), to)
		if interpolation.MatchString(e.f.text[at:next]) {
			return 0, false
		}
		e.text(at, next)
	default:
		next = at
		for next < to && !strings.ContainsRune(" \t\r\n,=:{}[]()\"", rune(e.f.text[next])) {
			next++
		}
		if !e.word(at, next) {
			return 0, false
		}
	}
	e.ended = true
	return next, true
}

func (e *encoder) put(piece string, at int) {
	e.b.WriteString(piece)
	for range len(piece) {
		e.offsets = append(e.offsets, at)
	}
}

// text writes a quoted text, each character with its place.
func (e *encoder) text(from, to int) {
	decoded, offsets := decode(e.f.text, from, to)
	e.put(`"`, from)
	for i, r := range decoded {
		if strings.HasPrefix(decoded[i:], "$${") || strings.HasPrefix(decoded[i:], "%%{") {
			continue // the first sign escapes the template
		}
		written := quote(string(r))
		e.put(written[1:len(written)-1], offsets[i])
	}
	e.put(`"`, to-1)
}

// word writes a number, a truth value, null, or a key without quotes.
func (e *encoder) word(from, to int) bool {
	word := e.f.text[from:to]
	after := e.f.skipHCL(to)
	isKey := after < len(e.f.text) && (e.f.text[after] == '=' || e.f.text[after] == ':')
	switch {
	case word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") != "":
		return false
	case isKey:
		e.put(`"`, from)
		for i := range word {
			e.put(word[i:i+1], from+i)
		}
		e.put(`"`, to-1)
	case scalar.MatchString(word) || word == "null":
		e.put(word, from)
	default:
		return false
	}
	return true
}
