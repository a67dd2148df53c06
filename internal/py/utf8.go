package py

import "strings"

// writeDecoded writes bytes.decode("utf-8", errors="replace"): one U+FFFD for each longest part that no character completes.
func writeDecoded(b *strings.Builder, bytes []byte) {
	for i := 0; i < len(bytes); {
		size, valid := sequence(bytes[i:])
		if valid {
			b.Write(bytes[i : i+size])
		} else {
			b.WriteRune('\ufffd')
		}
		i += size
	}
}

// sequence returns the length of the character that bytes begin with, or of as much of one as they hold, and whether it is whole.
// The ranges are those of Unicode's table 3-7, "well-formed UTF-8 byte sequences".
func sequence(bytes []byte) (size int, valid bool) {
	first := bytes[0]
	var length int
	low, high := byte(0x80), byte(0xbf)
	switch {
	case first < 0x80:
		return 1, true
	case 0xc2 <= first && first <= 0xdf:
		length = 2
	case 0xe0 <= first && first <= 0xef:
		length = 3
	case 0xf0 <= first && first <= 0xf4:
		length = 4
	default:
		return 1, false
	}
	switch first {
	case 0xe0:
		low = 0xa0
	case 0xed:
		high = 0x9f
	case 0xf0:
		low = 0x90
	case 0xf4:
		high = 0x8f
	}
	for size = 1; size < length; size++ {
		if size >= len(bytes) || bytes[size] < low || bytes[size] > high {
			return size, false
		}
		low, high = 0x80, 0xbf
	}
	return length, true
}
