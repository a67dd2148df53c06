package pysyntax

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Tree is what Parse makes of a text.
type Tree struct {
	Module *Node
	Errors []Error // in the order of their places; empty where Python's grammar accepts the text
	Source string  // the text as UTF-8, that Node's offsets count in
}

// Error says what cannot be read and where.
type Error struct {
	Pos     int32 // byte offset in Tree.Source
	Problem string
}

// maxErrors is how many errors a tree holds at most: what is no Python has one a line.
const maxErrors = 100

// maxRecursion bounds the parser's own recursion. Python's parser gives up at 6,000 of its rules (MAXSTACK), some twenty of which make a
// level here.
const maxRecursion = 1000

// Parse reads a module.
func Parse(text []byte) *Tree {
	source, problem := decode(text)
	p := parser{scanner: scanner{src: source}}
	if problem != "" {
		return &Tree{Module: p.node(Module, 0, "", nil), Errors: []Error{{0, problem}}, Source: source}
	}
	p.advance()
	var statements []*Node
	for p.tok.code != cEOF {
		statements = p.statement(statements)
	}
	p.prevEnd = int32(len(source))
	return &Tree{Module: p.node(Module, 0, "", statements), Errors: p.errors, Source: source}
}

// Position returns the line and the column of an offset, both from 1; columns count characters.
func (t *Tree) Position(offset int32) (line, column int) {
	before := t.Source[:offset]
	line = 1 + strings.Count(before, "\n")
	return line, 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
}

// cookie is how a file names its encoding, in one of its first two lines (PEP 263).
var cookie = regexp.MustCompile(`^(?:[ \t\f]*(?:#.*)?\r?\n)?[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)`)

// decode returns a file's text as UTF-8, or why that cannot be had.
func decode(text []byte) (source, problem string) {
	text, _ = bytes.CutPrefix(text, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(text, 0) >= 0 {
		return "", "the file holds a NUL byte: it is no Python source"
	}
	if utf8.Valid(text) {
		return string(text), ""
	}
	named := ""
	if m := cookie.FindSubmatch(text); m != nil {
		named = strings.ToLower(strings.ReplaceAll(string(m[1]), "_", "-"))
	}
	switch named {
	case "latin-1", "iso-8859-1", "iso-latin-1", "latin1":
		runes := make([]rune, len(text))
		for i, b := range text {
			runes[i] = rune(b)
		}
		return string(runes), ""
	case "", "utf-8", "utf8":
		return "", "the file is not UTF-8"
	}
	return "", "the file's encoding " + named + " is not read: save it as UTF-8"
}

// parser builds nodes of tokens. After an error tok stays cError until statement recovers, so that every loop ends.
type parser struct {
	scanner
	tok      token
	prevEnd  int32 // where the token before tok ended
	level    int   // of recursion
	patterns bool  // a case's pattern is being read: `as` gives names
	errors   []Error
	slab     []Node // nodes are cut from it
	pool     []*Node
	list     []*Node  // kids of nodes that are being read
	texts    []string // literal parts of a string that is being read
}

// node makes a node that ends where the last token did.
func (p *parser) node(k Kind, pos int32, text string, kids []*Node) *Node {
	if len(p.slab) == 0 {
		p.slab = make([]Node, 128)
	}
	n := &p.slab[0]
	p.slab = p.slab[1:]
	n.Kind, n.Pos, n.End, n.Text, n.Kids = k, pos, p.prevEnd, text, kids
	for _, kid := range kids {
		if kid != nil {
			n.depth = max(n.depth, kid.depth)
		}
	}
	if n.depth++; n.depth > MaxDepth {
		p.fail(pos, "nested too deeply")
		n.Kind, n.Kids, n.depth = Bad, nil, 1
	}
	return n
}

// kids keeps a list of nodes, some of which may be nil.
func (p *parser) kids(nodes ...*Node) []*Node {
	if len(p.pool) < len(nodes) {
		p.pool = make([]*Node, max(256, len(nodes)))
	}
	kept := p.pool[:len(nodes):len(nodes)]
	p.pool = p.pool[len(nodes):]
	copy(kept, nodes)
	return kept
}

// since keeps what was appended to list since it had the length mark.
func (p *parser) since(mark int) []*Node {
	kept := p.kids(p.list[mark:]...)
	p.list = p.list[:mark]
	return kept
}

func (p *parser) add(n *Node) { p.list = append(p.list, n) }

// advance goes to the next token, unless there was an error.
func (p *parser) advance() {
	if p.tok.code == cError {
		return
	}
	p.prevEnd = p.tok.end
	if p.tok = p.next(); p.tok.code == cError {
		p.record(p.tok.pos, p.problem)
	}
}

// got reports whether the token is the one, and then goes on.
func (p *parser) got(c code) bool {
	if p.tok.code != c {
		return false
	}
	p.advance()
	return true
}

// want is got where nothing else is right.
func (p *parser) want(c code, what string) {
	if !p.got(c) {
		p.fail(p.tok.pos, "expected "+what)
	}
}

func (p *parser) text(t token) string { return p.src[t.pos:t.end] }

// name reads an identifier.
func (p *parser) name(what string) string {
	if p.tok.code != cName {
		p.fail(p.tok.pos, "expected "+what)
		return ""
	}
	word := p.text(p.tok)
	p.advance()
	return word
}

// fail ends the statement that is being read.
func (p *parser) fail(pos int32, problem string) {
	if p.tok.code != cError {
		p.record(pos, problem)
		p.tok.code = cError
	}
}

func (p *parser) record(pos int32, problem string) {
	if len(p.errors) < maxErrors {
		p.errors = append(p.errors, Error{pos, problem})
	}
}

// enter counts a level of recursion; where it returns false there are too many. Each enter has a leave.
func (p *parser) enter() bool {
	if p.level++; p.level > maxRecursion {
		p.fail(p.tok.pos, "nested too deeply")
		return false
	}
	return true
}

func (p *parser) leave() { p.level-- }

// bad is a node for what cannot be read.
func (p *parser) bad() *Node {
	pos := p.tok.pos
	if p.tok.code != cError {
		p.fail(pos, "expected an expression")
	}
	return p.node(Bad, pos, "", nil)
}

// recover goes on behind the line with the error.
func (p *parser) recover() {
	p.brackets, p.patterns = 0, false
	for p.off < len(p.src) && classes[p.src[p.off]] != newline {
		p.off++
	}
	if p.off < len(p.src) {
		p.line()
	}
	p.inLine = false
	p.tok = token{pos: int32(p.off), end: int32(p.off)}
	p.advance()
}
