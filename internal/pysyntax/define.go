package pysyntax

func (p *parser) function(pos int32, decorators *Node) *Node {
	p.want(cDef, "def")
	name := p.name("the function's name")
	p.typeParameters()
	p.want('(', "an opening bracket")
	params := p.params(')', true)
	p.want(')', "a closing bracket")
	var result *Node
	if p.got(cArrow) {
		result = p.expressions()
	}
	return p.node(Function, pos, name, p.kids(decorators, params, result, p.block()))
}

func (p *parser) class(decorators *Node) *Node {
	pos := p.tok.pos
	p.advance()
	name := p.name("the class's name")
	p.typeParameters()
	at, mark := p.tok.pos, len(p.list)
	if p.got('(') {
		p.arguments()
	}
	arguments := p.node(Arguments, at, "", p.since(mark))
	return p.node(Class, pos, name, p.kids(decorators, arguments, p.block()))
}

// params reads a function's parameters up to a closing token, which is left; those of a lambda have no annotations.
func (p *parser) params(end code, annotated bool) *Node {
	pos, mark := p.tok.pos, len(p.list)
	for p.tok.code != end && p.tok.code != cError {
		p.add(p.param(annotated))
		if !p.got(',') {
			break
		}
	}
	return p.node(Params, pos, "", p.since(mark))
}

func (p *parser) param(annotated bool) *Node {
	pos, kind := p.tok.pos, Param
	switch {
	case p.got('/'):
		return p.node(ParamSlash, pos, "", p.kids(nil, nil))
	case p.got(cPow):
		kind = ParamDoubleStar
	case p.got('*'):
		if kind = ParamStar; p.tok.code == ',' {
			return p.node(kind, pos, "", p.kids(nil, nil))
		}
	}
	name := p.name("a parameter")
	var annotation, value *Node
	if annotated && p.got(':') {
		annotation = p.starred()
	}
	if p.got('=') {
		value = p.expression()
	}
	return p.node(kind, pos, name, p.kids(annotation, value))
}

func (p *parser) lambda() *Node {
	pos := p.tok.pos
	p.advance()
	params := p.params(':', false)
	p.want(':', "a colon")
	return p.node(Lambda, pos, "", p.kids(params, p.expression()))
}

// match reads a match statement, or nothing where the word is used as a name.
func (p *parser) match() *Node {
	before, mark := p.save(), len(p.list)
	pos := p.tok.pos
	p.advance()
	p.add(p.subject())
	if !p.got(':') || !p.got(cNewline) || !p.got(cIndent) || !p.isWord("case") {
		p.restore(before)
		p.list = p.list[:mark]
		return nil
	}
	for p.isWord("case") {
		p.add(p.caseOf())
	}
	if p.tok.code != cEOF {
		p.want(cDedent, "case")
	}
	return p.node(Match, pos, "", p.since(mark))
}

// subject is what stands after match: not what an operator would make of the word.
func (p *parser) subject() *Node {
	if p.tok.code == '=' || p.tok.code == '.' || p.tok.code == ',' || p.ended() {
		return nil
	}
	return p.sequence(p.namedOrStar)
}

func (p *parser) caseOf() *Node {
	pos := p.tok.pos
	p.advance()
	p.patterns = true
	pattern := p.sequence(p.pattern)
	p.patterns = false
	var guard *Node
	if p.got(cIf) {
		guard = p.named()
	}
	return p.node(Case, pos, "", p.kids(pattern, guard, p.block()))
}

// pattern reads a pattern as the expression that it looks like. `p as name`, here and inside of brackets, is a NamedExpr of name and p.
func (p *parser) pattern() *Node {
	if p.tok.code == '*' {
		return p.starred()
	}
	pos := p.tok.pos
	value := p.binary(precedence('|'))
	if p.got(cAs) {
		return p.node(NamedExpr, pos, "", p.kids(p.identifier(), value))
	}
	return value
}
