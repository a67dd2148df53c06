package pysyntax

import "strings"

// expressions reads one expression, or several with commas as a Tuple.
func (p *parser) expressions() *Node {
	if p.tok.code == cYield {
		return p.yield()
	}
	return p.sequence(p.namedOrStar)
}

// targets reads what a for assigns to, up to its `in`.
func (p *parser) targets() *Node { return p.sequence(p.targetItem) }

// sequence reads one item, or several as a Tuple.
func (p *parser) sequence(item func() *Node) *Node {
	pos := p.tok.pos
	first := item()
	if p.tok.code != ',' {
		return first
	}
	mark := len(p.list)
	p.add(first)
	for p.got(',') && p.starts() {
		p.add(item())
	}
	return p.node(Tuple, pos, "", p.since(mark))
}

// starts reports whether an expression may begin with the token.
func (p *parser) starts() bool {
	switch p.tok.code {
	case cName, cNumber, cString, cFString, '(', '[', '{', '-', '+', '~', '*', cNot, cLambda, cAwait, cNone, cTrue, cFalse, cEllipsis, cYield:
		return true
	}
	return false
}

// starred reads an expression that may have a * before it.
func (p *parser) starred() *Node {
	if p.tok.code != '*' {
		return p.expression()
	}
	pos := p.tok.pos
	p.advance()
	return p.node(Star, pos, "", p.kids(p.binary(precedence('|'))))
}

// namedOrStar reads an expression that may have a * before it or be a := b.
func (p *parser) namedOrStar() *Node {
	if p.tok.code == '*' {
		return p.starred()
	}
	return p.named()
}

// targetItem reads what can be assigned to.
func (p *parser) targetItem() *Node {
	if p.tok.code == '*' {
		return p.starred()
	}
	return p.binary(precedence('|'))
}

// named reads an expression that may be a := b.
func (p *parser) named() *Node {
	pos := p.tok.pos
	n := p.expression()
	if n.Kind == Name && p.got(cWalrus) {
		return p.node(NamedExpr, pos, "", p.kids(n, p.expression()))
	}
	return n
}

// expression reads a conditional expression, a lambda, or what has operators.
func (p *parser) expression() *Node {
	if !p.enter() {
		return p.leaving(p.bad())
	}
	if p.tok.code == cLambda {
		return p.leaving(p.lambda())
	}
	pos := p.tok.pos
	then := p.binary(precedence(cOr))
	if p.patterns && p.got(cAs) {
		return p.leaving(p.node(NamedExpr, pos, "", p.kids(p.identifier(), then)))
	}
	if !p.got(cIf) {
		return p.leaving(then)
	}
	test := p.binary(precedence(cOr))
	p.want(cElse, "else")
	return p.leaving(p.node(Conditional, pos, "", p.kids(test, then, p.expression())))
}

func (p *parser) leaving(n *Node) *Node {
	p.leave()
	return n
}

func (p *parser) yield() *Node {
	pos := p.tok.pos
	p.advance()
	switch {
	case p.got(cFrom):
		return p.node(Yield, pos, "from", p.kids(p.expression()))
	case p.starts():
		return p.node(Yield, pos, "", p.kids(p.expressions()))
	}
	return p.node(Yield, pos, "", p.kids(nil))
}

// precedence says how tightly an operator binds; 0 where a token is none.
func precedence(c code) int {
	switch c {
	case cOr:
		return 1
	case cAnd:
		return 2
	case cNot, cIn, cIs, '<', '>', cLe, cGe, cEq, cNe:
		return 4 // a `not` before an operand has 3
	case '|':
		return 5
	case '^':
		return 6
	case '&':
		return 7
	case cShl, cShr:
		return 8
	case '+', '-':
		return 9
	case '*', '/', '%', '@', cFloorDiv:
		return 10
	case cPow:
		return 12 // unary operators have 11
	}
	return 0
}

const (
	precedenceNot   = 3
	precedenceUnary = 11
)

// binary reads operands and the operators between them that bind as tightly as least, or more.
func (p *parser) binary(least int) *Node {
	pos := p.tok.pos
	left := p.unary(least)
	for {
		c := p.tok.code
		binds := precedence(c)
		switch {
		case binds == 0 || binds < least:
			return left
		case binds <= precedence(cAnd):
			left = p.boolean(pos, left, c)
		case binds == precedence(cIn):
			if c == cNot && !p.notIn() {
				return left
			}
			left = p.compare(pos, left)
		default:
			operator := p.text(p.tok)
			p.advance()
			tighter := binds + 1
			if c == cPow {
				tighter = precedenceUnary
			}
			left = p.node(Binary, pos, operator, p.kids(left, p.binary(tighter)))
		}
	}
}

// notIn looks whether the token `not` is followed by `in`.
func (p *parser) notIn() bool {
	ahead := p.scanner
	return ahead.next().code == cIn
}

// boolean reads the rest of operands that are joined by the same word.
func (p *parser) boolean(pos int32, left *Node, c code) *Node {
	mark, word := len(p.list), p.text(p.tok)
	p.add(left)
	for p.got(c) {
		p.add(p.binary(precedence(c) + 1))
	}
	return p.node(BoolOp, pos, word, p.since(mark))
}

// compare reads the rest of a chain such as a < b <= c.
func (p *parser) compare(pos int32, left *Node) *Node {
	mark := len(p.list)
	var operators []string
	p.add(left)
	for precedence(p.tok.code) == precedence(cIn) && (p.tok.code != cNot || p.notIn()) {
		operators = append(operators, p.comparison())
		p.add(p.binary(precedence('|')))
	}
	return p.node(Compare, pos, strings.Join(operators, " "), p.since(mark))
}

// comparison reads a comparing operator of one or two words.
func (p *parser) comparison() string {
	operator, first := p.text(p.tok), p.tok.code
	p.advance()
	switch {
	case first == cNot && p.got(cIn):
		return "not_in"
	case first == cIs && p.got(cNot):
		return "is_not"
	case operator == "<>":
		return "!="
	}
	return operator
}

// unary reads an operand with the operators before it.
func (p *parser) unary(least int) *Node {
	var operand int
	switch p.tok.code {
	case cNot:
		if operand = precedenceNot; least > precedenceNot {
			return p.bad()
		}
	case '-', '+', '~':
		operand = precedenceUnary
	default:
		return p.primary()
	}
	if !p.enter() {
		return p.leaving(p.bad())
	}
	pos, operator := p.tok.pos, p.text(p.tok)
	p.advance()
	return p.leaving(p.node(Unary, pos, operator, p.kids(p.binary(operand))))
}
