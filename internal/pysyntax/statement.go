package pysyntax

import "strings"

// statement reads one statement or a line of several, and appends them.
func (p *parser) statement(into []*Node) []*Node {
	mark, level, texts := len(p.list), p.level, len(p.texts)
	into = p.read(into)
	if p.tok.code == cError {
		p.list, p.level, p.texts = p.list[:mark], level, p.texts[:texts]
		p.recover()
	}
	return into
}

// read is statement without the way out of an error.
func (p *parser) read(into []*Node) []*Node {
	switch p.tok.code {
	case cNewline:
		p.advance()
		return into
	case cDedent: // of a block that an error cut short
		p.advance()
		return into
	case cIndent:
		p.record(p.tok.pos, "unexpected indent")
		p.advance()
		return into
	}
	if !p.enter() {
		return into
	}
	n := p.compound()
	p.leave()
	if n != nil {
		return append(into, n)
	}
	return p.simple(into)
}

// simple reads small statements up to the line's end.
func (p *parser) simple(into []*Node) []*Node {
	for {
		n := p.small()
		if p.tok.code == cError {
			return into
		}
		into = append(into, n)
		if !p.got(';') {
			p.want(cNewline, "the end of the statement")
			return into
		}
		if p.got(cNewline) {
			return into
		}
	}
}

// small reads a statement that has no block.
func (p *parser) small() *Node {
	pos := p.tok.pos
	switch p.tok.code {
	case cPass:
		return p.word(Pass)
	case cBreak:
		return p.word(Break)
	case cContinue:
		return p.word(Continue)
	case cReturn:
		p.advance()
		var value *Node
		if !p.ended() {
			value = p.expressions()
		}
		return p.node(Return, pos, "", p.kids(value))
	case cDel:
		p.advance()
		return p.node(Delete, pos, "", p.elements(p.targetItem))
	case cRaise:
		return p.raise()
	case cAssert:
		p.advance()
		test := p.expression()
		var message *Node
		if p.got(',') {
			message = p.expression()
		}
		return p.node(Assert, pos, "", p.kids(test, message))
	case cGlobal:
		p.advance()
		return p.node(Global, pos, "", p.elements(p.identifier))
	case cNonlocal:
		p.advance()
		return p.node(Nonlocal, pos, "", p.elements(p.identifier))
	case cImport:
		p.advance()
		return p.node(Import, pos, "", p.elements(p.alias))
	case cFrom:
		return p.importFrom()
	}
	return p.assignment()
}

func (p *parser) word(k Kind) *Node {
	pos := p.tok.pos
	p.advance()
	return p.node(k, pos, "", nil)
}

// ended reports whether the small statement is over.
func (p *parser) ended() bool {
	return p.tok.code == cNewline || p.tok.code == ';' || p.tok.code == cEOF || p.tok.code == cError
}

// elements reads one or more items with commas between them, and a comma after the last where it is followed by the statement's end or
// a closing bracket.
func (p *parser) elements(item func() *Node) []*Node {
	mark := len(p.list)
	p.add(item())
	for p.got(',') && !p.ended() && p.tok.code != ')' {
		p.add(item())
	}
	return p.since(mark)
}

func (p *parser) identifier() *Node {
	pos := p.tok.pos
	word := p.name("a name")
	return p.node(Name, pos, word, nil)
}

func (p *parser) raise() *Node {
	pos := p.tok.pos
	p.advance()
	var exception, cause *Node
	if !p.ended() {
		exception = p.expression()
		if p.got(cFrom) {
			cause = p.expression()
		}
	}
	return p.node(Raise, pos, "", p.kids(exception, cause))
}

// dotted reads a.b.c.
func (p *parser) dotted() string {
	words := []string{p.name("a module's name")}
	for p.got('.') {
		words = append(words, p.name("a module's name"))
	}
	return strings.Join(words, ".")
}

// alias reads `a.b as c`.
func (p *parser) alias() *Node {
	pos := p.tok.pos
	word := p.dotted()
	var as *Node
	if p.got(cAs) {
		as = p.identifier()
	}
	return p.node(Alias, pos, word, p.kids(as))
}

func (p *parser) importFrom() *Node {
	pos := p.tok.pos
	p.advance()
	var dots strings.Builder
	for p.tok.code == '.' || p.tok.code == cEllipsis {
		dots.WriteString(p.text(p.tok))
		p.advance()
	}
	module := dots.String()
	if module == "" || p.tok.code == cName {
		module += p.dotted()
	}
	p.want(cImport, "import")
	if p.tok.code == '*' {
		return p.node(ImportFrom, pos, module, p.kids(p.star()))
	}
	open := p.got('(')
	names := p.elements(p.alias)
	if open {
		p.want(')', "a closing bracket")
	}
	return p.node(ImportFrom, pos, module, names)
}

// star reads the * of an import.
func (p *parser) star() *Node {
	pos := p.tok.pos
	p.advance()
	return p.node(Alias, pos, "*", p.kids(nil))
}

// assignment reads an expression, an assignment of any kind, or a type alias.
func (p *parser) assignment() *Node {
	pos := p.tok.pos
	if p.isWord("type") && p.nameFollows() {
		return p.typeAlias()
	}
	first := p.expressions()
	switch p.tok.code {
	case '=':
		return p.assigned(pos, first)
	case ':':
		p.advance()
		annotation := p.expression()
		var value *Node
		if p.got('=') {
			value = p.value()
		}
		return p.node(AnnAssign, pos, "", p.kids(first, annotation, value))
	case cAugment:
		operator := p.text(p.tok)
		p.advance()
		return p.node(AugAssign, pos, operator, p.kids(first, p.value()))
	}
	return p.node(ExprStmt, pos, "", p.kids(first))
}

func (p *parser) assigned(pos int32, first *Node) *Node {
	mark := len(p.list)
	p.add(first)
	for p.got('=') {
		p.add(p.value())
	}
	return p.node(Assign, pos, "", p.since(mark))
}

// value is what stands to the right of an assignment.
func (p *parser) value() *Node {
	if p.tok.code == cYield {
		return p.yield()
	}
	return p.expressions()
}

// isWord reports whether the token is a word that is no keyword everywhere: match, case, type.
func (p *parser) isWord(word string) bool { return p.tok.code == cName && p.text(p.tok) == word }

// nameFollows looks whether the token after this one is a name on the same line.
func (p *parser) nameFollows() bool {
	at := int(p.tok.end)
	for at < len(p.src) && classes[p.src[at]] == space {
		at++
	}
	ahead := scanner{src: p.src, off: at, inLine: true}
	return at > int(p.tok.end) && ahead.next().code == cName
}

func (p *parser) typeAlias() *Node {
	pos := p.tok.pos
	p.advance()
	name := p.identifier()
	p.typeParameters()
	p.want('=', "=")
	return p.node(TypeAlias, pos, "", p.kids(name, p.expression()))
}

// typeParameters passes over [T: bound = default, *Ts, **P], where it stands.
func (p *parser) typeParameters() {
	if !p.got('[') {
		return
	}
	for p.tok.code != ']' && p.tok.code != cError {
		if !p.got('*') {
			p.got(cPow)
		}
		p.name("a type parameter")
		if p.got(':') {
			p.expression()
		}
		if p.got('=') {
			p.starred()
		}
		if !p.got(',') {
			break
		}
	}
	p.want(']', "a closing bracket")
}
