package pysyntax

// primary reads an atom with the attributes, calls and indices after it.
func (p *parser) primary() *Node {
	pos := p.tok.pos
	if p.got(cAwait) {
		if !p.enter() {
			return p.leaving(p.bad())
		}
		return p.leaving(p.node(Await, pos, "", p.kids(p.primary())))
	}
	n := p.atom()
	for {
		switch p.tok.code {
		case '.':
			p.advance()
			attribute := p.name("an attribute")
			n = p.node(Attribute, pos, attribute, p.kids(n))
		case '(':
			mark := len(p.list)
			p.add(n)
			p.advance()
			p.arguments()
			n = p.node(Call, pos, "", p.since(mark))
		case '[':
			p.advance()
			index := p.indices()
			p.want(']', "a closing bracket")
			n = p.node(Subscript, pos, "", p.kids(n, index))
		default:
			return n
		}
	}
}

// arguments reads those of a call up to its closing bracket, and adds them to list.
func (p *parser) arguments() {
	for p.tok.code != ')' && p.tok.code != cError {
		p.add(p.argument())
		if !p.got(',') {
			break
		}
	}
	p.want(')', "a closing bracket")
}

func (p *parser) argument() *Node {
	pos := p.tok.pos
	switch {
	case p.got(cPow):
		return p.node(DoubleStar, pos, "", p.kids(p.expression()))
	case p.got('*'):
		return p.node(Star, pos, "", p.kids(p.expression()))
	}
	n := p.named()
	switch {
	case n.Kind == Name && p.got('='):
		return p.node(Keyword, pos, n.Text, p.kids(p.expression()))
	case p.comprehends():
		return p.comprehension(Generator, pos, n)
	}
	return n
}

// indices reads what stands in a subscript's brackets: several, or a * alone, make a Tuple.
func (p *parser) indices() *Node {
	pos := p.tok.pos
	first := p.index()
	if p.tok.code != ',' && first.Kind != Star {
		return first
	}
	mark := len(p.list)
	p.add(first)
	for p.got(',') && p.tok.code != ']' {
		p.add(p.index())
	}
	return p.node(Tuple, pos, "", p.since(mark))
}

// index reads one index of a subscript: an expression or a slice.
func (p *parser) index() *Node {
	pos := p.tok.pos
	var parts [3]*Node
	if p.tok.code != ':' {
		if parts[0] = p.namedOrStar(); p.tok.code != ':' {
			return parts[0]
		}
	}
	for i := 1; i < 3 && p.got(':'); i++ {
		if p.tok.code != ':' && p.tok.code != ']' && p.tok.code != ',' {
			parts[i] = p.expression()
		}
	}
	return p.node(Slice, pos, "", p.kids(parts[:]...))
}

// atom reads a name, a literal, or what stands in brackets.
func (p *parser) atom() *Node {
	pos := p.tok.pos
	switch p.tok.code {
	case cName:
		return p.leaf(Name)
	case cNumber:
		return p.leaf(Number)
	case cNone, cTrue, cFalse, cEllipsis:
		return p.leaf(Constant)
	case cString, cFString:
		return p.strings()
	case '(', '[', '{':
		if !p.enter() {
			return p.leaving(p.bad())
		}
		switch p.tok.code {
		case '(':
			return p.leaving(p.bracketed(pos))
		case '[':
			return p.leaving(p.listed(pos))
		}
		return p.leaving(p.braced(pos))
	}
	return p.bad()
}

func (p *parser) leaf(k Kind) *Node {
	t := p.tok
	p.advance()
	return p.node(k, t.pos, p.text(t), nil)
}

// bracketed reads (a), (a, b), (), (a for a in b) and (yield).
func (p *parser) bracketed(pos int32) *Node {
	p.advance()
	if p.got(')') {
		return p.node(Tuple, pos, "", nil)
	}
	if p.tok.code == cYield {
		n := p.yield()
		p.want(')', "a closing bracket")
		return n
	}
	first := p.namedOrStar()
	switch {
	case p.comprehends():
		n := p.comprehension(Generator, pos, first)
		p.want(')', "a closing bracket")
		n.End = p.prevEnd
		return n
	case p.tok.code != ',':
		if p.want(')', "a closing bracket"); first.Kind == Star {
			p.fail(first.Pos, "a * needs a list or a call")
		}
		return first
	}
	return p.rest(Tuple, pos, first, ')')
}

// rest reads the elements after the first, and the closing bracket.
func (p *parser) rest(k Kind, pos int32, first *Node, end code) *Node {
	mark := len(p.list)
	p.add(first)
	for p.got(',') && p.tok.code != end {
		p.add(p.namedOrStar())
	}
	p.want(end, "a closing bracket")
	return p.node(k, pos, "", p.since(mark))
}

func (p *parser) listed(pos int32) *Node {
	p.advance()
	if p.got(']') {
		return p.node(List, pos, "", nil)
	}
	first := p.namedOrStar()
	if p.comprehends() {
		n := p.comprehension(ListComp, pos, first)
		p.want(']', "a closing bracket")
		n.End = p.prevEnd
		return n
	}
	return p.rest(List, pos, first, ']')
}

// braced reads a dictionary or a set.
func (p *parser) braced(pos int32) *Node {
	p.advance()
	if p.got('}') {
		return p.node(Dict, pos, "", nil)
	}
	if p.tok.code == cPow {
		return p.dict(pos, len(p.list))
	}
	first := p.namedOrStar()
	switch {
	case p.got(':'):
		return p.dictFrom(pos, first)
	case p.comprehends():
		n := p.comprehension(SetComp, pos, first)
		p.want('}', "a closing bracket")
		n.End = p.prevEnd
		return n
	}
	return p.rest(Set, pos, first, '}')
}

// dictFrom reads a dictionary whose first key was read.
func (p *parser) dictFrom(pos int32, key *Node) *Node {
	mark := len(p.list)
	value := p.expression()
	if p.comprehends() {
		n := p.comprehension(DictComp, pos, key, value)
		p.want('}', "a closing bracket")
		n.End = p.prevEnd
		return n
	}
	p.add(key)
	p.add(value)
	if !p.got(',') {
		p.want('}', "a closing bracket")
		return p.node(Dict, pos, "", p.since(mark))
	}
	return p.dict(pos, mark)
}

// dict reads keys and values up to the closing bracket.
func (p *parser) dict(pos int32, mark int) *Node {
	for p.tok.code != '}' && p.tok.code != cError {
		if p.got(cPow) {
			p.add(nil)
			p.add(p.binary(precedence('|')))
		} else {
			p.add(p.expression())
			p.want(':', "a colon")
			p.add(p.expression())
		}
		if !p.got(',') {
			break
		}
	}
	p.want('}', "a closing bracket")
	return p.node(Dict, pos, "", p.since(mark))
}

func (p *parser) comprehends() bool { return p.tok.code == cFor || p.tok.code == cAsync }

// comprehension reads the for clauses after an element, or after a key and its value.
func (p *parser) comprehension(k Kind, pos int32, element ...*Node) *Node {
	mark := len(p.list)
	p.list = append(p.list, element...)
	for p.comprehends() {
		p.add(p.clause())
	}
	return p.node(k, pos, "", p.since(mark))
}

func (p *parser) clause() *Node {
	pos, mark, async := p.tok.pos, len(p.list), ""
	if p.got(cAsync) {
		async = "async"
	}
	p.want(cFor, "for")
	p.add(p.targets())
	p.want(cIn, "in")
	p.add(p.binary(precedence(cOr)))
	for p.got(cIf) {
		p.add(p.condition())
	}
	return p.node(CompFor, pos, async, p.since(mark))
}

// condition is that of a comprehension: the `if` after it begins the next one.
func (p *parser) condition() *Node {
	pos := p.tok.pos
	n := p.binary(precedence(cOr))
	if n.Kind == Name && p.got(cWalrus) {
		return p.node(NamedExpr, pos, "", p.kids(n, p.binary(precedence(cOr))))
	}
	return n
}
