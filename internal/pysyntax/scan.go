package pysyntax

import "strings"

// Limits of Python's own tokenizer (MAXINDENT and MAXLEVEL in Parser/lexer/state.h).
const (
	maxIndents  = 100
	maxBrackets = 200
)

// scanner cuts a text into tokens. Its zero value with a text is ready at the text's beginning.
type scanner struct {
	src      string
	off      int
	brackets int     // how many are open: newlines do not count inside
	indents  []int32 // columns of the open blocks
	dedents  int     // still to be handed out
	inLine   bool    // something of the current logical line was handed out
	problem  string  // why the last token is cError
}

// class is what a byte may begin.
type class uint8

const (
	other class = iota
	space
	letter
	digit
	quote
	newline
)

var classes = func() (table [256]class) {
	for c := range table {
		switch b := byte(c); {
		case b == ' ' || b == '\t' || b == '\f':
			table[c] = space
		case b == '_' || b|0x20 >= 'a' && b|0x20 <= 'z' || b >= 0x80:
			table[c] = letter
		case b >= '0' && b <= '9':
			table[c] = digit
		case b == '"' || b == '\'':
			table[c] = quote
		case b == '\n' || b == '\r':
			table[c] = newline
		}
	}
	return table
}()

// next returns the next token.
func (s *scanner) next() token {
	if s.dedents > 0 {
		s.dedents--
		return s.token(cDedent, s.off)
	}
	if !s.inLine && s.brackets == 0 {
		if t, found := s.indentation(); found {
			return t
		}
	}
	if s.skip(); s.off >= len(s.src) {
		return s.end()
	}
	s.inLine = true
	start := s.off
	switch c := s.src[start]; classes[c] {
	case letter:
		return s.word()
	case digit:
		return s.number()
	case quote:
		return s.text(start)
	case newline:
		s.line()
		s.inLine = false
		return s.token(cNewline, start)
	case other:
		if c == '.' && start+1 < len(s.src) && classes[s.src[start+1]] == digit {
			return s.number()
		}
	}
	return s.operator()
}

// token makes a token that ends where the scanner is.
func (s *scanner) token(c code, start int) token { return token{c, int32(start), int32(s.off)} }

// fail makes an error of what begins at start.
func (s *scanner) fail(start int, problem string) token {
	s.problem = problem
	s.off = max(s.off, min(start+1, len(s.src)))
	return s.token(cError, start)
}

// end hands out what is due at the end of the text: a newline, the open blocks, the end.
func (s *scanner) end() token {
	if s.brackets > 0 {
		s.brackets = 0
		return s.fail(s.off, "a bracket is never closed")
	}
	if s.inLine {
		s.inLine = false
		return s.token(cNewline, s.off)
	}
	if len(s.indents) > 0 {
		s.dedents = len(s.indents) - 1
		s.indents = s.indents[:0]
		return s.token(cDedent, s.off)
	}
	return s.token(cEOF, s.off)
}

// line goes behind a line's end.
func (s *scanner) line() {
	if strings.HasPrefix(s.src[s.off:], "\r\n") {
		s.off++
	}
	s.off++
}

// skip goes behind blanks, comments, continued lines and, inside brackets, newlines.
func (s *scanner) skip() {
	for s.off < len(s.src) {
		switch c := s.src[s.off]; {
		case classes[c] == space:
			s.off++
		case c == '#':
			s.comment()
		case classes[c] == newline && s.brackets > 0:
			s.line()
		case c == '\\' && s.off+1 < len(s.src) && classes[s.src[s.off+1]] == newline:
			s.off++
			s.line()
		default:
			return
		}
	}
}

// comment goes to the end of the line.
func (s *scanner) comment() {
	for s.off < len(s.src) && classes[s.src[s.off]] != newline {
		s.off++
	}
}

// indentation reads the blanks at a line's beginning, past lines that are empty, and returns a token where a block begins or ends.
func (s *scanner) indentation() (token, bool) {
	column := int32(0)
	for s.off < len(s.src) {
		switch c := s.src[s.off]; c {
		case ' ':
			column++
			s.off++
		case '\t':
			column = (column/8 + 1) * 8
			s.off++
		case '\f':
			column = 0
			s.off++
		case '#':
			s.comment()
		case '\n', '\r':
			column = 0
			s.line()
		case '\\':
			if s.off+1 >= len(s.src) || classes[s.src[s.off+1]] != newline {
				return s.block(column)
			}
			s.off++
			s.line()
			s.skip()
		default:
			return s.block(column)
		}
	}
	return token{}, false
}

// block compares a line's column with the open blocks'.
func (s *scanner) block(column int32) (token, bool) {
	s.inLine = true
	top := int32(0)
	if n := len(s.indents); n > 0 {
		top = s.indents[n-1]
	}
	switch {
	case column == top:
		return token{}, false
	case column > top:
		if len(s.indents) >= maxIndents {
			return s.fail(s.off, "too many levels of indentation"), true
		}
		s.indents = append(s.indents, column)
		return s.token(cIndent, s.off), true
	}
	for len(s.indents) > 0 && s.indents[len(s.indents)-1] > column {
		s.indents = s.indents[:len(s.indents)-1]
		s.dedents++
	}
	if n := len(s.indents); column > 0 && (n == 0 || s.indents[n-1] != column) {
		s.indents = append(s.indents, column) // the block goes on with the column that stands there
		s.dedents--
		return s.fail(s.off, "unindent does not match any outer indentation level"), true
	}
	s.dedents--
	return s.token(cDedent, s.off), true
}

// word reads an identifier, a keyword, or a string with a prefix.
func (s *scanner) word() token {
	start := s.off
	for s.off < len(s.src) && (classes[s.src[s.off]] == letter || classes[s.src[s.off]] == digit) {
		s.off++
	}
	if s.off < len(s.src) && classes[s.src[s.off]] == quote && isPrefix(s.src[start:s.off]) {
		return s.text(start)
	}
	return s.token(keyword(s.src[start:s.off]), start)
}

// number reads a number. Python's rules for underscores and leading zeros are not checked.
func (s *scanner) number() token {
	start := s.off
	if rest := s.src[start:]; len(rest) > 1 && rest[0] == '0' && strings.IndexByte("xXoObB", rest[1]) >= 0 {
		s.off += 2
		s.digits("0123456789abcdefABCDEF_")
		return s.token(cNumber, start)
	}
	s.digits(decimals)
	if s.at('.') {
		s.off++
		s.digits(decimals)
	}
	s.exponent()
	if s.at('j') || s.at('J') {
		s.off++
	}
	return s.token(cNumber, start)
}

const decimals = "0123456789_"

func (s *scanner) at(c byte) bool { return s.off < len(s.src) && s.src[s.off] == c }

// digits goes past the characters of a set.
func (s *scanner) digits(set string) {
	for s.off < len(s.src) && strings.IndexByte(set, s.src[s.off]) >= 0 {
		s.off++
	}
}

// exponent goes past e5 and e-5, where it stands: 1else is none.
func (s *scanner) exponent() {
	if !s.at('e') && !s.at('E') {
		return
	}
	before := s.off
	if s.off++; s.at('+') || s.at('-') {
		s.off++
	}
	if s.off >= len(s.src) || classes[s.src[s.off]] != digit {
		s.off = before
		return
	}
	s.digits(decimals)
}

// operator reads an operator or a bracket.
func (s *scanner) operator() token {
	start := s.off
	c, length := operatorAt(s.src[start:])
	if length == 0 {
		return s.fail(start, "this character belongs to nothing")
	}
	s.off += length
	switch c {
	case '(', '[', '{':
		if s.brackets++; s.brackets > maxBrackets {
			return s.fail(start, "too many nested brackets")
		}
	case ')', ']', '}':
		s.brackets = max(0, s.brackets-1)
	}
	return s.token(c, start)
}

// operatorAt returns the operator that a text begins with, and its length, 0 where there is none.
func operatorAt(text string) (code, int) {
	var second, third byte
	if len(text) > 1 {
		second = text[1]
	}
	if len(text) > 2 {
		third = text[2]
	}
	switch c := text[0]; c {
	case '(', ')', '[', ']', '{', '}', ',', ';', '~':
		return code(c), 1
	case '.':
		if second == '.' && third == '.' {
			return cEllipsis, 3
		}
		return '.', 1
	case ':':
		return either(second == '=', cWalrus, ':')
	case '=':
		return either(second == '=', cEq, '=')
	case '!':
		return either(second == '=', cNe, '!')
	case '-':
		if second == '>' {
			return cArrow, 2
		}
		return either(second == '=', cAugment, '-')
	case '+', '%', '@', '&', '|', '^':
		return either(second == '=', cAugment, code(c))
	case '<', '>', '*', '/':
		return doubled(c, second, third)
	}
	return 0, 0
}

// either returns one code of two characters, or another of one.
func either(is bool, two, one code) (code, int) {
	if is {
		return two, 2
	}
	return one, 1
}

// doubled tells the operators that begin with < > * or /.
func doubled(c, second, third byte) (code, int) {
	switch {
	case second == c && third == '=':
		return cAugment, 3
	case second == c:
		return twice(c), 2
	case second == '=' && c == '<':
		return cLe, 2
	case second == '=' && c == '>':
		return cGe, 2
	case second == '=':
		return cAugment, 2
	case c == '<' && second == '>':
		return cNe, 2
	}
	return code(c), 1
}

// twice returns the operator that a character makes when it is doubled.
func twice(c byte) code {
	switch c {
	case '<':
		return cShl
	case '>':
		return cShr
	case '*':
		return cPow
	}
	return cFloorDiv
}
