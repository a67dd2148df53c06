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

func (s runeSet) complement() runeSet {
	var out runeSet
	from := rune(0)
	for _, r := range s {
		if r.low > from {
			out = append(out, runeRange{from, r.low - 1})
		}
		from = r.high + 1
	}
	if from <= unicode.MaxRune {
		out = append(out, runeRange{from, unicode.MaxRune})
	}
	return out
}

// setOf returns the set of the characters in Unicode's tables.
func setOf(tables ...*unicode.RangeTable) runeSet {
	var ranges []runeRange
	add := func(low, high, stride rune) {
		if stride == 1 {
			ranges = append(ranges, runeRange{low, high})
			return
		}
		for r := low; r <= high; r += stride {
			ranges = append(ranges, runeRange{r, r})
		}
	}
	for _, table := range tables {
		for _, r := range table.R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range table.R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return union(ranges...)
}

// categories holds \d, \s and \w for text, and for text with the flag ASCII.
var categories = sync.OnceValue(func() map[bool]map[byte]runeSet {
	space := append(setOf(unicode.White_Space), runeRange{0x1c, 0x1f})
	word := append(setOf(unicode.L, unicode.N), runeRange{'_', '_'})
	return map[bool]map[byte]runeSet{
		false: {'d': setOf(unicode.Nd), 's': union(space...), 'w': union(word...)},
		true: {
			'd': {{'0', '9'}}, 's': {{'\t', '\r'}, {' ', ' '}},
			'w': {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}},
		},
	}
})

// category returns the set of one of d D s S w W.
func category(c byte, ascii bool) runeSet {
	set := categories()[ascii][c|0x20]
	if c < 'a' {
		return set.complement()
	}
	return set
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

// anyCase returns the characters that match a set whatever their case: those whose lower case is the lower case of
// a member, or has the same upper case as that.
func (s runeSet) anyCase(ascii bool) runeSet {
	pairs, extra := asciiLowered, map[rune][]rune(nil)
	if !ascii {
		pairs, extra = unicodeLowered(), extraCases()
	}
	// First the lower cases of the members, then all characters that have one of these for their lower case.
	lower := slices.Clone([]runeRange(s))
	for _, pair := range pairs {
		if s.has(pair.from) {
			lower = append(lower, runeRange{pair.to, pair.to})
		}
	}
	known := union(lower...)
	for r, same := range extra {
		if known.has(r) && unicode.ToLower(r) == r {
			for _, other := range same {
				lower = append(lower, runeRange{other, other})
			}
		}
	}
	known = union(lower...)
	var out []runeRange
	out = append(out, known...)
	var without []runeRange
	for _, pair := range pairs {
		if known.has(pair.to) {
			out = append(out, runeRange{pair.from, pair.from})
		} else {
			without = append(without, runeRange{pair.from, pair.from})
		}
	}
	return union(append([]runeRange(union(out...).complement()), without...)...).complement()
}
