package py

import (
	"strconv"
	"strings"
)

// reMaxNesting is about where CPython's parser meets its recursion limit.
const reMaxNesting = 450

// reParser follows CPython 3.12's re/_parser.py. Python 3.11 refuses the same, but for names of groups in digits beyond ASCII.
type reParser struct {
	*reTokens
	flags       reFlags
	groups      int            // opened so far
	names       map[string]int // of groups
	widths      []reWidth      // of groups, by number
	closed      []bool         // groups, by number
	behindFrom  int            // the first group that belongs to the look-behind at hand; 0 outside of one
	highestTest int            // the highest group that a condition names
}

func newReParser(text string) *reParser {
	return &reParser{
		reTokens: newReTokens(text), names: map[string]int{},
		widths: make([]reWidth, 1), closed: make([]bool, 1),
	}
}

func (p *reParser) parse() (reSequence, error) {
	tree, err := p.alternatives(false, 0)
	if p.err != nil {
		return nil, p.err
	}
	if err != nil {
		return nil, err
	}
	if p.flags&reASCII != 0 && p.flags&reUnicode != 0 {
		return nil, p.fail("ASCII and UNICODE flags are incompatible")
	}
	if p.next != "" {
		return nil, p.fail("unbalanced parenthesis")
	}
	if p.highestTest > p.groups {
		return nil, p.fail("invalid group reference")
	}
	return tree, nil
}

// alternatives is _parse_sub.
func (p *reParser) alternatives(verbose bool, nested int) (reSequence, error) {
	if nested > reMaxNesting {
		return nil, p.fail("groups nest too deep")
	}
	var branches []reSequence
	for {
		branch, err := p.sequence(verbose, nested+1, nested == 0 && len(branches) == 0)
		if err != nil {
			return nil, err
		}
		branches = append(branches, branch)
		if !p.match("|") {
			break
		}
		if nested == 0 {
			verbose = p.flags&reVerbose != 0
		}
	}
	if len(branches) == 1 {
		return branches[0], nil
	}
	return reSequence{{op: reBranch, subs: branches}}, nil
}

// sequence is _parse. Global flags may stand in the first one of all.
func (p *reParser) sequence(verbose bool, nested int, first bool) (out reSequence, err error) {
	for p.next != "" && p.next != "|" && p.next != ")" {
		if first && p.flags&reVerbose != 0 {
			verbose = true
		}
		this := p.get()
		if verbose && p.skip(this) {
			continue
		}
		switch {
		case this[0] == '\\':
			err = p.escape(&out, this)
		case this == "[":
			err = p.set(&out)
		case strings.Contains("*+?{", this):
			err = p.repeat(&out, this)
		case this == "(":
			err = p.group(&out, verbose, nested, first)
		case this == ".":
			out = append(out, reNode{op: reAny})
		case this == "^", this == "$":
			out = append(out, reNode{op: reAt, char: rune(this[0])})
		default:
			out = append(out, reNode{op: reLiteral, char: runes(this)[0]})
		}
		if err != nil {
			return nil, err
		}
	}
	return out, p.errorOrNil()
}

func (p *reParser) errorOrNil() error {
	if p.err != nil {
		return p.err
	}
	return nil
}

// skip drops white space and comments of the verbose syntax.
func (p *reParser) skip(this string) bool {
	if strings.Contains(" \t\n\r\v\f", this) {
		return true
	}
	if this != "#" {
		return false
	}
	for {
		if c := p.get(); c == "" || c == "\n" {
			return true
		}
	}
}

const (
	reDigits = "0123456789"
	reOctal  = "01234567"
	reHex    = "0123456789abcdefABCDEF"
)

// repeat reads a quantifier that begins with this, and applies it to the last node.
func (p *reParser) repeat(out *reSequence, this string) error {
	low, high := 0, reMaxRepeat
	switch this {
	case "?":
		high = 1
	case "+":
		low = 1
	case "{":
		isLiteral, err := p.bounds(&low, &high)
		if err != nil {
			return err
		}
		if isLiteral {
			*out = append(*out, reNode{op: reLiteral, char: '{'})
			return nil
		}
	}
	if len(*out) == 0 || (*out)[len(*out)-1].op == reAt {
		return p.fail("nothing to repeat")
	}
	last := &(*out)[len(*out)-1]
	if last.op == reRepeat {
		return p.fail("multiple repeat")
	}
	mode := byte('*')
	switch {
	case p.match("?"):
		mode = '?'
	case p.match("+"):
		mode = '+'
	}
	*last = reNode{op: reRepeat, min: low, max: high, mode: mode, subs: []reSequence{{*last}}}
	return nil
}

// bounds reads what follows a brace: "m}", "m,}", ",n}", "m,n}" or ",}"; with anything else the brace is a literal.
func (p *reParser) bounds(low, high *int) (isLiteral bool, err error) {
	if p.next == "}" {
		return true, nil
	}
	here := p.tell()
	from := p.getWhile(len(p.text), reDigits)
	to := from
	if p.match(",") {
		to = p.getWhile(len(p.text), reDigits)
	}
	if !p.match("}") {
		p.seek(here)
		return true, nil
	}
	for text, bound := range map[*string]*int{&from: low, &to: high} {
		if *text == "" {
			continue
		}
		if *bound, err = strconv.Atoi(*text); err != nil || *bound >= reMaxRepeat {
			return false, p.fail("the repetition number is too large")
		}
	}
	if *high < *low {
		return false, p.fail("min repeat greater than max repeat")
	}
	return false, nil
}

// openGroup counts a group that captures.
func (p *reParser) openGroup(name string) (int, error) {
	p.groups++
	p.widths = append(p.widths, reWidth{})
	p.closed = append(p.closed, false)
	if name != "" {
		if _, found := p.names[name]; found {
			return 0, p.fail("redefinition of a group's name")
		}
		p.names[name] = p.groups
	}
	return p.groups, nil
}

// refer checks a reference to a group that must have been closed.
func (p *reParser) refer(group int) error {
	if !p.closed[group] {
		return p.fail("cannot refer to an open group")
	}
	return p.checkBehind(group)
}

// checkBehind refuses references in a look-behind to groups that it may not know yet.
func (p *reParser) checkBehind(group int) error {
	if p.behindFrom == 0 {
		return nil
	}
	if group > p.groups || !p.closed[group] {
		return p.fail("cannot refer to an open group")
	}
	if group >= p.behindFrom {
		return p.fail("cannot refer to group defined in the same lookbehind subpattern")
	}
	return nil
}
