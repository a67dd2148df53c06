package py

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"unicode"
)

// CPython 3.12.1 gives the same digest of every character but surrogates:
//
//	h = hashlib.sha256()
//	for c in map(chr, [*range(0xd800), *range(0xe000, 0x110000)]):
//	    row = [c.lower(), c.upper(), int(c) if c.isdecimal() else -1, c.isspace(), c.isprintable(), bool(re.match(r"\w", c))]
//	    h.update("{0} {1} {2} {3:d}{4:d}{5:d}\n".format(*row).encode())
func TestEveryCharacter(t *testing.T) {
	const python = "e55f811452e82724edc2dd3d23cf567ecad2b4256499a472e4b9ef2a59fb3f05"
	h := sha256.New()
	flag := map[bool]byte{true: '1', false: '0'}
	for c := rune(0); c <= unicode.MaxRune; c++ {
		if isSurrogate(c) {
			continue
		}
		digit := -1
		if value, is := decimal(c); is {
			digit = int(value)
		}
		fmt.Fprintf(h, "%s %s %d %c%c%c\n", Lower(string(c)), Upper(string(c)), digit, flag[IsSpace(c)], flag[unicode.IsPrint(c)], flag[IsWord(c)])
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != python {
		t.Errorf("Go's Unicode %s and CPython 3.12.1's 15.0.0 differ: %s", unicode.Version, got)
	}
}
