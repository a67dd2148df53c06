package pysyntax

import "slices"

// compound reads a statement with a block, or returns nil where none begins.
func (p *parser) compound() *Node {
	switch p.tok.code {
	case cIf:
		return p.conditional()
	case cFor:
		return p.loop(p.tok.pos, "")
	case cWhile:
		return p.while()
	case cTry:
		return p.try()
	case cWith:
		return p.with(p.tok.pos, "")
	case cDef:
		return p.function(p.tok.pos, p.node(Decorators, p.tok.pos, "", nil))
	case cClass:
		return p.class(p.node(Decorators, p.tok.pos, "", nil))
	case '@':
		return p.decorated()
	case cAsync:
		return p.async(p.node(Decorators, p.tok.pos, "", nil))
	}
	if p.isWord("match") {
		return p.match()
	}
	return nil
}

func (p *parser) async(decorators *Node) *Node {
	pos := p.tok.pos
	p.advance()
	switch p.tok.code {
	case cDef:
		return p.function(pos, decorators)
	case cFor:
		return p.loop(pos, "async")
	case cWith:
		return p.with(pos, "async")
	}
	p.fail(p.tok.pos, "expected def, for or with after async")
	return p.bad()
}

func (p *parser) decorated() *Node {
	pos, mark := p.tok.pos, len(p.list)
	for p.got('@') {
		p.add(p.named())
		p.want(cNewline, "the end of the decorator's line")
	}
	decorators := p.node(Decorators, pos, "", p.since(mark))
	switch p.tok.code {
	case cDef:
		return p.function(p.tok.pos, decorators)
	case cClass:
		return p.class(decorators)
	case cAsync:
		return p.async(decorators)
	}
	p.fail(p.tok.pos, "expected a function or a class after a decorator")
	return p.bad()
}

// block reads a colon and what belongs to it: statements on the same line, or indented ones.
func (p *parser) block() *Node {
	pos := p.tok.pos
	p.want(':', "a colon")
	var statements []*Node
	switch {
	case p.tok.code == cError:
		return p.bad()
	case !p.got(cNewline):
		return p.node(Block, pos, "", p.simple(nil))
	case !p.got(cIndent):
		p.fail(p.tok.pos, "expected an indented block")
		return p.bad()
	}
	for p.tok.code != cDedent && p.tok.code != cEOF {
		if statements = p.statement(statements); p.level > maxRecursion {
			break
		}
	}
	end := p.prevEnd
	p.got(cDedent)
	n := p.node(Block, pos, "", statements)
	n.End = end
	return n
}

// otherwise reads the block of a word such as else, or returns nil.
func (p *parser) otherwise(word code) *Node {
	if !p.got(word) {
		return nil
	}
	return p.block()
}

// conditional reads if with all of its elifs. They are read in a loop and nested from the last one on: there may be thousands.
func (p *parser) conditional() *Node {
	type branch struct {
		pos        int32
		test, then *Node
	}
	var branches []branch
	for p.tok.code == cIf || p.tok.code == cElif {
		pos := p.tok.pos
		p.advance()
		test := p.named()
		branches = append(branches, branch{pos, test, p.block()})
		if p.tok.code != cElif {
			break
		}
	}
	rest := p.otherwise(cElse)
	for i := len(branches) - 1; ; i-- {
		b := branches[i]
		n := p.node(If, b.pos, "", p.kids(b.test, b.then, rest))
		if i == 0 {
			return n
		}
		rest = p.node(Block, b.pos, "", p.kids(n))
	}
}

func (p *parser) while() *Node {
	pos := p.tok.pos
	p.advance()
	test := p.named()
	block := p.block()
	return p.node(While, pos, "", p.kids(test, block, p.otherwise(cElse)))
}

func (p *parser) loop(pos int32, async string) *Node {
	p.advance()
	target := p.targets()
	p.want(cIn, "in")
	iterable := p.expressions()
	block := p.block()
	return p.node(For, pos, async, p.kids(target, iterable, block, p.otherwise(cElse)))
}

func (p *parser) try() *Node {
	pos, mark := p.tok.pos, len(p.list)
	p.advance()
	p.add(p.block())
	for p.tok.code == cExcept {
		p.add(p.handler())
	}
	p.add(p.otherwise(cElse))
	p.add(p.otherwise(cFinally))
	return p.node(Try, pos, "", p.since(mark))
}

func (p *parser) handler() *Node {
	pos := p.tok.pos
	p.advance()
	p.got('*')
	var kind *Node
	name := ""
	if p.tok.code != ':' {
		kind = p.expressions()
		if p.got(cAs) {
			name = p.name("a name")
		}
	}
	return p.node(Handler, pos, name, p.kids(kind, p.block()))
}

func (p *parser) with(pos int32, async string) *Node {
	p.advance()
	mark := len(p.list)
	if !p.bracketedItems() {
		for {
			p.add(p.withItem())
			if !p.got(',') {
				break
			}
		}
	}
	p.add(p.block())
	return p.node(With, pos, async, p.since(mark))
}

// bracketedItems reads `with (a as b, c as d):`. Where the bracket is only the beginning of an expression it reads nothing.
func (p *parser) bracketedItems() bool {
	if p.tok.code != '(' {
		return false
	}
	before, mark := p.save(), len(p.list)
	p.advance()
	for p.tok.code != ')' && p.tok.code != cError {
		p.add(p.withItem())
		if !p.got(',') {
			break
		}
	}
	if len(p.list) > mark && p.got(')') && p.tok.code == ':' {
		return true
	}
	p.restore(before)
	p.list = p.list[:mark]
	return false
}

func (p *parser) withItem() *Node {
	pos := p.tok.pos
	value := p.expression()
	var target *Node
	if p.got(cAs) {
		target = p.targetItem()
	}
	return p.node(WithItem, pos, "", p.kids(value, target))
}

// saved is where a parser was, to go back to.
type saved struct {
	scanner scanner
	tok     token
	prevEnd int32
	level   int
	errors  int
}

func (p *parser) save() saved {
	s := saved{p.scanner, p.tok, p.prevEnd, p.level, len(p.errors)}
	s.scanner.indents = slices.Clone(p.indents)
	return s
}

func (p *parser) restore(s saved) {
	p.scanner, p.tok, p.prevEnd, p.level, p.errors = s.scanner, s.tok, s.prevEnd, s.level, p.errors[:s.errors]
}
