package policy

import (
	"slices"
	"strings"
)

// In a compiled pattern these bytes, which UTF-8 never uses, stand for what is special.
const (
	starAny  = 0xF8 // any text
	starPart = 0xF9 // any text without a colon
	oneAny   = 0xFA // any one character
	onePart  = 0xFB // any one character but a colon
	variable = 0xFC // a policy variable; the next byte is its index
)

// mode says what a pattern's wildcards may stand for.
type mode uint8

const (
	literal  mode = iota // StringEquals: nothing is a wildcard
	anywhere             // StringLike and actions: * spans everything
	resource             // Resource: inside the first five parts of an ARN * spans a colon only as a part's last character
	arn                  // ArnLike: each of the six parts is matched by itself
)

// shape is the kind of comparison that a pattern needs.
type shape uint8

const (
	exact    shape = iota // text
	prefixed              // text*
	globbed               // anything with wildcards
	variant               // with policy variables
	never                 // can match nothing
)

// pattern is a compiled string of a policy. The documentation of what wildcards span:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
type pattern struct {
	shape shape
	mode  mode
	fold  bool   // compare without regard to case
	text  string // of an exact pattern all, of a prefixed or globbed one what stands before the first wildcard
	code  []byte // of a globbed pattern the rest, of one with variables all
	vars  []varRef
}

// varRef is a policy variable: ${name} or ${name, 'default'}.
type varRef struct {
	key      keyRef
	fallback string
	has      bool // whether there is a default
}

// compile reads a pattern. Variables are read only where the document's version has them.
func compile(text string, m mode, vars bool) pattern {
	p := pattern{mode: m}
	var colons int
	for i := 0; i < len(text); {
		part := colons < 5 && (m == resource || m == arn) && text != "*"
		switch c := text[i]; {
		case vars && strings.HasPrefix(text[i:], "${") && (colons >= 5 || m != resource):
			i += p.variable(text[i:])
			continue
		case c == '*' && m != literal:
			last := i+1 == len(text) || text[i+1] == ':'
			p.code = append(p.code, pick(part && (m == arn || !last), starPart, starAny))
		case c == '?' && m != literal:
			p.code = append(p.code, pick(part, onePart, oneAny))
		default:
			if c == ':' {
				colons++
			}
			p.code = append(p.code, c)
		}
		i++
	}
	if m == arn && text != "*" && colons < 5 && len(p.vars) == 0 {
		return pattern{shape: never}
	}
	p.simplify()
	return p
}

func pick(first bool, a, b byte) byte {
	if first {
		return a
	}
	return b
}

// variable compiles the variable at the beginning of text and returns its length. What is no variable is text.
func (p *pattern) variable(text string) int {
	end := strings.IndexByte(text, '}')
	if end < 0 || len(p.vars) == 255 {
		p.code = append(p.code, text[0])
		return 1
	}
	name, fallback, has := strings.Cut(text[2:end], ",")
	switch name {
	case "*", "?", "$":
		p.code = append(p.code, name[0])
	default:
		v := varRef{key: newKeyRef(strings.TrimSpace(name))}
		if has {
			v.fallback, v.has = strings.Trim(strings.TrimSpace(fallback), "'"), true
		}
		p.code = append(p.code, variable, byte(len(p.vars)))
		p.vars = append(p.vars, v)
	}
	return end + 1
}

// simplify finds the cheapest shape.
func (p *pattern) simplify() {
	special := slices.IndexFunc(p.code, func(c byte) bool { return c >= starAny })
	switch {
	case len(p.vars) > 0:
		p.shape = variant
	case special < 0:
		p.shape, p.text, p.code = exact, string(p.code), nil
	case special == len(p.code)-1 && p.code[special] == starAny:
		p.shape, p.text, p.code = prefixed, string(p.code[:special]), nil
	default:
		p.shape, p.text, p.code = globbed, string(p.code[:special]), p.code[special:]
	}
}

// matches reports whether text matches. The second result is false where a variable has no value.
func (p *pattern) matches(q *query, text string) (matched, resolved bool) {
	switch p.shape {
	case exact:
		if p.fold {
			return strings.EqualFold(text, p.text), true
		}
		return text == p.text, true
	case prefixed:
		return strings.HasPrefix(text, p.text), true
	case globbed:
		return strings.HasPrefix(text, p.text) && glob(p.code, text[len(p.text):]), true
	case variant:
		var room [256]byte
		code, ok := p.expand(q, room[:0])
		switch {
		case !ok:
			return false, false
		case p.fold:
			return strings.EqualFold(string(code), text), true
		case p.mode == literal:
			return string(code) == text, true
		}
		if p.mode == arn && !atParts(code) {
			return false, true
		}
		return glob(code, text), true
	default:
		return false, true
	}
}

// expand appends the pattern's code with the variables' values in place, which count as they are: a * in a value is no wildcard.
func (p *pattern) expand(q *query, to []byte) ([]byte, bool) {
	for i := 0; i < len(p.code); i++ {
		if p.code[i] != variable {
			to = append(to, p.code[i])
			continue
		}
		i++
		v := &p.vars[p.code[i]]
		value, ok := q.single(&v.key)
		if !ok {
			if !v.has {
				return nil, false
			}
			value = v.fallback
		}
		for j := range len(value) {
			if value[j] >= starAny {
				return nil, false
			}
		}
		to = append(to, value...)
	}
	return to, true
}

// atParts makes the wildcards of an ARN's pattern span what they may where its variables' values have brought colons of their own. It
// reports whether the pattern has an ARN's six parts.
func atParts(code []byte) bool {
	colons := 0
	for i, c := range code {
		switch c {
		case ':':
			colons++
		case starPart, starAny:
			code[i] = pick(colons < 5, starPart, starAny)
		case onePart, oneAny:
			code[i] = pick(colons < 5, onePart, oneAny)
		}
	}
	return colons >= 5
}

// glob matches without recursion in time proportional to the product of the lengths at worst. It remembers the last star of each
// kind: an earlier star of the same kind need not be tried again, since the later one can take what it would have taken.
func glob[Text string | []byte](code []byte, text Text) bool {
	var i, j int
	anyI, anyJ, partI, partJ := -1, 0, -1, 0
	for {
		if i < len(code) {
			switch c := code[i]; c {
			case starAny:
				i++
				anyI, anyJ, partI = i, j, -1
				continue
			case starPart:
				i++
				partI, partJ = i, j
				continue
			case oneAny, onePart:
				if j < len(text) && (c == oneAny || text[j] != ':') {
					i++
					for j++; j < len(text) && text[j]&0xC0 == 0x80; j++ {
					}
					continue
				}
			default:
				if j < len(text) && text[j] == c {
					i, j = i+1, j+1
					continue
				}
			}
		} else if j == len(text) {
			return true
		}
		switch {
		case partI >= 0 && partJ < len(text) && text[partJ] != ':':
			partJ++
			i, j = partI, partJ
		case anyI >= 0 && anyJ < len(text):
			anyJ++
			i, j, partI = anyI, anyJ, -1
		default:
			return false
		}
	}
}
