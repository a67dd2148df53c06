package py

import (
	"strconv"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/runenames"
)

// reEscapes are the escapes that mean one character, in sets and outside.
var reEscapes = map[string]rune{
	`\a`: '\a', `\b`: '\b', `\f`: '\f', `\n`: '\n', `\r`: '\r', `\t`: '\t', `\v`: '\v', `\\`: '\\',
}

// escape is _escape: a backslash and what follows it, outside of sets.
func (p *reParser) escape(out *reSequence, token string) error {
	switch c := token[1]; {
	case strings.IndexByte("AbBZ", c) >= 0:
		*out = append(*out, reNode{op: reAt, char: rune(c)})
		return nil
	case strings.IndexByte("dDsSwW", c) >= 0:
		*out = append(*out, reNode{op: reSet, items: []reItem{{category: c}}})
		return nil
	case '1' <= c && c <= '9':
		return p.numbered(out, c)
	case c == '0':
		n, _ := strconv.ParseUint("0"+p.getWhile(2, reOctal), 8, 32)
		*out = append(*out, reNode{op: reLiteral, char: rune(n)})
		return nil
	}
	char, err := p.character(token)
	*out = append(*out, reNode{op: reLiteral, char: char})
	return err
}

// numbered reads an escape that begins with a digit other than 0: three octal digits, or a reference to a group.
func (p *reParser) numbered(out *reSequence, first byte) error {
	digits := string(first)
	if len(p.next) == 1 && isDigit(p.next[0]) {
		digits += p.get()
		if strings.Trim(digits, reOctal) == "" && len(p.next) == 1 && strings.Contains(reOctal, p.next) {
			n, _ := strconv.ParseUint(digits+p.get(), 8, 32)
			if n > 0o377 {
				return p.fail("octal escape value outside of range 0-0o377")
			}
			*out = append(*out, reNode{op: reLiteral, char: rune(n)})
			return nil
		}
	}
	group, _ := strconv.Atoi(digits)
	if group > p.groups {
		return p.fail("invalid group reference")
	}
	*out = append(*out, reNode{op: reReference, group: group})
	return p.refer(group)
}

// character reads the escapes that mean one character everywhere.
func (p *reParser) character(token string) (rune, error) {
	if char, found := reEscapes[token]; found {
		return char, nil
	}
	switch token[1] {
	case 'x':
		return p.hex(2)
	case 'u':
		return p.hex(4)
	case 'U':
		return p.hex(8)
	case 'N':
		return p.named()
	}
	if isLetter(token[1]) || isDigit(token[1]) {
		return 0, p.fail("bad escape")
	}
	return runes(token)[1], nil
}

func (p *reParser) hex(n int) (rune, error) {
	digits := p.getWhile(n, reHex)
	value, err := strconv.ParseUint(digits, 16, 32)
	if len(digits) != n || err != nil {
		return 0, p.fail("incomplete escape")
	}
	if value > unicode.MaxRune {
		return 0, p.fail("bad escape")
	}
	return rune(value), nil
}

// runeNamed finds a character by its name in Unicode, in capital letters.
var runeNamed = sync.OnceValue(func() map[string]rune {
	names := make(map[string]rune, 1<<15)
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if name := runenames.Name(r); name != "" && name[0] != '<' {
			names[name] = r
		}
	}
	return names
})

// named reads what follows \N. Python knows aliases too, which are not known here.
func (p *reParser) named() (rune, error) {
	if !p.match("{") {
		return 0, p.fail("missing {")
	}
	name, err := p.getUntil("}", "character name")
	if err != nil {
		return 0, err
	}
	char, found := runeNamed()[strings.ToUpper(name)]
	if !found {
		return 0, p.fail("undefined character name")
	}
	return char, nil
}

// set reads what follows an opening bracket.
func (p *reParser) set(out *reSequence) error {
	node := reNode{op: reSet, negate: p.match("^")}
	for {
		this := p.get()
		if this == "" {
			return p.fail("unterminated character set")
		}
		if this == "]" && len(node.items) > 0 {
			break
		}
		low, err := p.member(this)
		if err != nil {
			return err
		}
		if !p.match("-") {
			node.items = append(node.items, low)
			continue
		}
		that := p.get()
		if that == "" {
			return p.fail("unterminated character set")
		}
		if that == "]" {
			node.items = append(node.items, low, reItem{low: '-', high: '-'})
			break
		}
		high, err := p.member(that)
		if err != nil {
			return err
		}
		if low.category != 0 || high.category != 0 || high.low < low.low {
			return p.fail("bad character range")
		}
		node.items = append(node.items, reItem{low: low.low, high: high.low})
	}
	*out = append(*out, node)
	return nil
}

// member is one character or category in a set.
func (p *reParser) member(token string) (reItem, error) {
	if token[0] != '\\' {
		char := runes(token)[0]
		return reItem{low: char, high: char}, nil
	}
	switch c := token[1]; {
	case strings.IndexByte("dDsSwW", c) >= 0:
		return reItem{category: c}, nil
	case strings.IndexByte(reOctal, c) >= 0:
		n, _ := strconv.ParseUint(string(c)+p.getWhile(2, reOctal), 8, 32)
		if n > 0o377 {
			return reItem{}, p.fail("octal escape value outside of range 0-0o377")
		}
		return reItem{low: rune(n), high: rune(n)}, nil
	}
	char, err := p.character(token)
	return reItem{low: char, high: char}, err
}
