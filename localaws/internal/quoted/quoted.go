// Package quoted writes texts as JSON strings, for lines and rows that are too many for encoding/json.
package quoted

import (
	"encoding/binary"
	"encoding/json"
)

// Append appends a text to dst as json.Marshal writes it.
func Append(dst []byte, text string) []byte {
	start := len(dst)
	dst = append(append(append(dst, '"'), text...), '"')
	if isPlain(dst[start+1 : len(dst)-1]) {
		return dst
	}
	quoted, err := json.Marshal(text)
	if err != nil { // which a string cannot cause
		quoted = []byte(`""`)
	}
	return append(dst[:start], quoted...)
}

// isPlain reports whether a JSON string can hold an ASCII text without escapes. It looks at eight bytes at once, as most of an event passes here:
// where no byte has its highest bit, taking a number of at most 128 from each byte carries into that bit, or the next byte's, only if one is smaller.
func isPlain(text []byte) bool {
	const each, highest = 0x0101010101010101, 0x8080808080808080
	for ; len(text) >= 8; text = text[8:] {
		w := binary.LittleEndian.Uint64(text)
		if (w|(w-each*' ')|((w^each*'"')-each)|((w^each*'\\')-each))&highest != 0 {
			return false
		}
	}
	for _, c := range text {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
