package py

import (
	"strconv"
	"strings"
	"unicode"
)

// group reads what follows an opening parenthesis.
func (p *reParser) group(out *reSequence, verbose bool, nested int, first bool) error {
	node := reNode{op: reGroup}
	capture, name := true, ""
	if p.match("?") {
		capture = false
		switch char := p.get(); {
		case char == "":
			return p.fail("unexpected end of pattern")
		case char == "P":
			var isReference bool
			var err error
			if name, isReference, err = p.pythonGroup(out); err != nil || isReference {
				return err
			}
			capture = true
		case char == ":":
		case char == "#":
			return p.comment()
		case char == "=" || char == "!" || char == "<":
			return p.look(out, char, verbose, nested)
		case char == "(":
			return p.condition(out, verbose, nested)
		case char == ">":
			node.op = reAtomic
		case char == "-" || reFlagOf[char] != 0:
			global, err := p.groupFlags(&node, char)
			if err != nil {
				return err
			}
			if global && (!first || len(*out) > 0) {
				return p.fail("global flags not at the start of the expression")
			}
			if global {
				return nil
			}
		default:
			return p.fail("unknown extension")
		}
	}
	if capture {
		var err error
		if node.group, err = p.openGroup(name); err != nil {
			return err
		}
	}
	verbose = (verbose || node.add&reVerbose != 0) && node.del&reVerbose == 0
	body, err := p.body(verbose, nested)
	if err != nil {
		return err
	}
	if node.group > 0 {
		p.widths[node.group] = body.width(p.widths)
		p.closed[node.group] = true
	}
	node.subs = []reSequence{body}
	*out = append(*out, node)
	return nil
}

// body reads alternatives up to the closing parenthesis.
func (p *reParser) body(verbose bool, nested int) (reSequence, error) {
	body, err := p.alternatives(verbose, nested+1)
	if err != nil {
		return nil, err
	}
	if !p.match(")") {
		return nil, p.fail("missing ), unterminated subpattern")
	}
	return body, nil
}

// pythonGroup reads what follows (?P: the name of a group, or a reference to one.
func (p *reParser) pythonGroup(out *reSequence) (name string, isReference bool, err error) {
	if p.match("<") {
		name, err = p.getUntil(">", "group name")
		if err == nil {
			err = p.checkName(name)
		}
		return name, false, err
	}
	if !p.match("=") {
		return "", false, p.fail("unknown extension ?P")
	}
	if name, err = p.getUntil(")", "group name"); err != nil {
		return "", false, err
	}
	if err := p.checkName(name); err != nil {
		return "", false, err
	}
	group, found := p.names[name]
	if !found {
		return "", false, p.fail("unknown group name")
	}
	*out = append(*out, reNode{op: reReference, group: group})
	return "", true, p.refer(group)
}

// checkName is str.isidentifier().
func (p *reParser) checkName(name string) error {
	for i, r := range runes(name) {
		starts := r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r)
		goes := starts || unicode.In(r, unicode.Nd, unicode.Mn, unicode.Mc, unicode.Pc)
		if !starts && (i == 0 || !goes) {
			return p.fail("bad character in group name")
		}
	}
	return nil
}

func (p *reParser) comment() error {
	for {
		switch p.get() {
		case "":
			return p.fail("missing ), unterminated comment")
		case ")":
			return nil
		}
	}
}

// look reads an assertion about what comes next, or, after <, about what came before.
func (p *reParser) look(out *reSequence, char string, verbose bool, nested int) error {
	node := reNode{op: reLook}
	outer := p.behindFrom
	if char == "<" {
		if char = p.get(); char != "=" && char != "!" {
			return p.fail("unknown extension ?<")
		}
		node.behind = true
		if outer == 0 {
			p.behindFrom = p.groups + 1
		}
	}
	body, err := p.alternatives(verbose, nested+1)
	if err != nil {
		return err
	}
	p.behindFrom = outer
	if !p.match(")") {
		return p.fail("missing ), unterminated subpattern")
	}
	if width := body.width(p.widths); node.behind && width.min != width.max {
		return p.fail("look-behind requires fixed-width pattern")
	}
	node.negate = char == "!"
	node.subs = []reSequence{body}
	*out = append(*out, node)
	return nil
}

// condition reads what follows (?( : a group's number or name, and one or two branches.
func (p *reParser) condition(out *reSequence, verbose bool, nested int) error {
	name, err := p.getUntil(")", "group name")
	if err != nil {
		return err
	}
	group, err := p.conditionGroup(name)
	if err != nil {
		return err
	}
	if err := p.checkBehind(group); err != nil {
		return err
	}
	node := reNode{op: reCondition, group: group, subs: make([]reSequence, 2)}
	if node.subs[0], err = p.sequence(verbose, nested+1, false); err != nil {
		return err
	}
	if p.match("|") {
		if node.subs[1], err = p.sequence(verbose, nested+1, false); err != nil {
			return err
		}
		if p.next == "|" {
			return p.fail("conditional backref with more than two branches")
		}
	}
	if !p.match(")") {
		return p.fail("missing ), unterminated subpattern")
	}
	*out = append(*out, node)
	return nil
}

func (p *reParser) conditionGroup(name string) (int, error) {
	if strings.Trim(name, reDigits) != "" {
		if err := p.checkName(name); err != nil {
			return 0, err
		}
		group, found := p.names[name]
		if !found {
			return 0, p.fail("unknown group name")
		}
		return group, nil
	}
	group, err := strconv.Atoi(name)
	if err != nil || group > 1<<30 {
		return 0, p.fail("invalid group reference")
	}
	if group == 0 {
		return 0, p.fail("bad group number")
	}
	p.highestTest = max(p.highestTest, group)
	return group, nil
}

// groupFlags is _parse_flags: flags for the whole expression, or for one group.
func (p *reParser) groupFlags(node *reNode, char string) (global bool, err error) {
	const kinds = reASCII | reUnicode | reLocale
	for ; char != "-" && char != ")" && char != ":"; char = p.get() {
		flag := reFlagOf[char]
		switch {
		case char == "":
			return false, p.fail("missing -, : or )")
		case flag == 0:
			return false, p.fail("unknown flag")
		case flag == reLocale:
			return false, p.fail("bad inline flags: cannot use 'L' flag with a str pattern")
		}
		node.add |= flag
		if flag&kinds != 0 && node.add&kinds != flag {
			return false, p.fail("bad inline flags: flags 'a', 'u' and 'L' are incompatible")
		}
	}
	if char == ")" {
		p.flags |= node.add
		return true, nil
	}
	if node.add&reTemplate != 0 {
		return false, p.fail("bad inline flags: cannot turn on global flag")
	}
	if char == ":" {
		return false, nil
	}
	for char = p.get(); char != ":" || node.del == 0; char = p.get() {
		flag := reFlagOf[char]
		switch {
		case char == "":
			return false, p.fail("missing flag")
		case flag == 0:
			return false, p.fail("unknown flag")
		case flag&kinds != 0:
			return false, p.fail("bad inline flags: cannot turn off flags 'a', 'u' and 'L'")
		}
		node.del |= flag
	}
	switch {
	case node.del&reTemplate != 0:
		return false, p.fail("bad inline flags: cannot turn off global flag")
	case node.add&node.del != 0:
		return false, p.fail("bad inline flags: flag turned on and off")
	}
	return false, nil
}
