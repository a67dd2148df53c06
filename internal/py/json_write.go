package py

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Dumps is json.dumps with its defaults: ", " and ": " between, and \u escapes for all that is not ASCII.
func Dumps(value any) string {
	return string(jsonWriter{between: ", ", colon: ": "}.append(nil, value, 0))
}

// DumpsCompact is json.dumps with separators=(",", ":").
func DumpsCompact(value any) string {
	return string(jsonWriter{between: ",", colon: ":"}.append(nil, value, 0))
}

// DumpsIndent is json.dumps with indent=n.
func DumpsIndent(value any, n int) string {
	return string(jsonWriter{between: ",", colon: ": ", indent: strings.Repeat(" ", n)}.append(nil, value, 0))
}

type jsonWriter struct{ between, colon, indent string }

func (w jsonWriter) append(b []byte, value any, depth int) []byte {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case Digits:
		return append(b, v...)
	case float64:
		return appendJSONFloat(b, v)
	case string:
		return appendJSONText(b, v)
	case []any:
		b = append(b, '[')
		for i, item := range v {
			b = w.append(w.gap(b, i, depth+1), item, depth+1)
		}
		return append(w.end(b, len(v), depth), ']')
	case *Dict:
		b = append(b, '{')
		i := 0
		for key, item := range v.All() {
			b = append(appendJSONText(w.gap(b, i, depth+1), key), w.colon...)
			b = w.append(b, item, depth+1)
			i++
		}
		return append(w.end(b, v.Len(), depth), '}')
	}
	panic("py.Dumps: " + TypeName(value) + " is not JSON serializable")
}

// gap writes what stands before item i.
func (w jsonWriter) gap(b []byte, i, depth int) []byte {
	if i > 0 {
		b = append(b, w.between...)
	}
	return w.newline(b, depth)
}

// end writes what stands after the last of n items.
func (w jsonWriter) end(b []byte, n, depth int) []byte {
	if n == 0 {
		return b
	}
	return w.newline(b, depth)
}

func (w jsonWriter) newline(b []byte, depth int) []byte {
	if w.indent == "" {
		return b
	}
	b = append(b, '\n')
	for range depth {
		b = append(b, w.indent...)
	}
	return b
}

func appendJSONFloat(b []byte, f float64) []byte {
	switch text := FloatRepr(f); text {
	case "nan":
		return append(b, "NaN"...)
	case "inf":
		return append(b, "Infinity"...)
	case "-inf":
		return append(b, "-Infinity"...)
	default:
		return append(b, text...)
	}
}

func appendJSONText(b []byte, text string) []byte {
	b = append(b, '"')
	for i := 0; i < len(text); {
		c := text[i]
		if c >= utf8.RuneSelf {
			r, size := decodeRune(text[i:])
			b = appendUnits(b, r)
			i += size
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case ' ' <= c && c <= '~':
			b = append(b, c)
		default:
			b = appendControl(b, c)
		}
	}
	return append(b, '"')
}

func appendControl(b []byte, c byte) []byte {
	if i := strings.IndexByte(jsonMeanings, c); i >= 0 {
		return append(b, '\\', jsonEscapes[i])
	}
	return appendUnit(b, rune(c))
}

// appendUnits writes a rune's UTF-16 code units.
func appendUnits(b []byte, r rune) []byte {
	if r < 0x10000 {
		return appendUnit(b, r)
	}
	r -= 0x10000
	return appendUnit(appendUnit(b, 0xd800+r>>10), 0xdc00+r&0x3ff)
}

func appendUnit(b []byte, unit rune) []byte {
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', digits[unit>>12&15], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
}
