package py

import (
	"slices"
	"sync"
	"unicode"
)

// runeSet is a set of characters: ranges in order that do not touch.
type runeSet []runeRange

type runeRange struct{ low, high rune }

func (s runeSet) has(r rune) bool {
	_, found := slices.BinarySearchFunc(s, r, func(x runeRange, r rune) int {
		switch {
		case x.high < r:
			return -1
		case x.low > r:
			return 1
		}
		return 0
	})
	return found
}

// union returns a set of all ranges, in any order.
func union(ranges ...runeRange) runeSet {
	slices.SortFunc(ranges, func(a, b runeRange) int { return int(a.low - b.low) })
	var out runeSet
	for _, r := range ranges {
		if n := len(out); n > 0 && r.low <= out[n-1].high+1 {
			out[n-1].high = max(out[n-1].high, r.high)
			continue
		}
		out = append(out, r)
	}
	return out
}

// category returns the test for one of d D s S w W.
func category(c byte, ascii bool) func(rune) bool {
	var is func(rune) bool
	switch c | 0x20 {
	case 'd':
		is = func(r rune) bool { return unicode.Is(unicode.Nd, r) }
	case 's':
		is = IsSpace
		if ascii {
			// Other than str.isspace(), this leaves out U+001C to U+001F.
			is = func(r rune) bool { return r == ' ' || '\t' <= r && r <= '\r' }
		}
	case 'w':
		is = IsWord
	}
	return func(r rune) bool { return (is(r) && !(ascii && r >= 0x80)) != (c < 'a') }
}

// reLower is what module re takes for a character's lower case: always one character.
func reLower(r rune, ascii bool) rune {
	if ascii && r >= 0x80 {
		return r
	}
	return unicode.ToLower(r)
}

// lowered is a character that str.lower() changes, and the one that module re takes for its lower case.
type lowered struct{ from, to rune }

var (
	asciiLowered = func() (out []lowered) {
		for r := 'A'; r <= 'Z'; r++ {
			out = append(out, lowered{r, r + 0x20})
		}
		return out
	}()
	unicodeLowered = sync.OnceValue(func() (out []lowered) {
		for _, block := range unicode.CaseRanges {
			for r := rune(block.Lo); r <= rune(block.Hi); r++ {
				if to := unicode.ToLower(r); to != r {
					out = append(out, lowered{r, to})
				}
			}
		}
		return out
	})
)

// extraCases groups lower-case characters that have the same upper case, as _EXTRA_CASES of CPython's re/_casefix.py does.
var extraCases = sync.OnceValue(func() map[rune][]rune {
	byUpper := map[rune][]rune{}
	for _, block := range unicode.CaseRanges {
		for r := rune(block.Lo); r <= rune(block.Hi); r++ {
			if unicode.ToLower(r) == r {
				byUpper[unicode.ToUpper(r)] = append(byUpper[unicode.ToUpper(r)], r)
			}
		}
	}
	extra := map[rune][]rune{}
	for _, same := range byUpper {
		for _, r := range same {
			if len(same) > 1 {
				extra[r] = same
			}
		}
	}
	return extra
})

// lowered returns the lower cases of a set's members, and what has the same upper case as one of these.
func (s runeSet) lowered(ascii bool) runeSet {
	pairs := asciiLowered
	if !ascii {
		pairs = unicodeLowered()
	}
	out := slices.Clone([]runeRange(s))
	for _, pair := range pairs {
		if s.has(pair.from) {
			out = append(out, runeRange{pair.to, pair.to})
		}
	}
	if ascii {
		return union(out...)
	}
	known := union(out...)
	for r, same := range extraCases() {
		if known.has(r) {
			for _, other := range same {
				out = append(out, runeRange{other, other})
			}
		}
	}
	return union(out...)
}
