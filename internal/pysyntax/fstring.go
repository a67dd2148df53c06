package pysyntax

import "strings"

// strings reads adjacent string literals: as Str, as Bytes, or as FString where one of them is one.
func (p *parser) strings() *Node {
	pos, mark, texts := p.tok.pos, len(p.list), len(p.texts)
	kind := Str
	for p.tok.code == cString || p.tok.code == cFString {
		if p.tok.code == cFString {
			kind = FString
			p.fstring(texts)
			continue
		}
		value, isBytes := literal(p.text(p.tok))
		if isBytes {
			kind = Bytes
		}
		p.texts = append(p.texts, value)
		p.advance()
	}
	if kind == FString {
		p.flush(texts, pos)
		return p.node(FString, pos, "", p.since(mark))
	}
	value := strings.Join(p.texts[texts:], "")
	p.texts = p.texts[:texts]
	return p.node(kind, pos, value, nil)
}

// flush adds the texts that were read since there were mark of them as one Str.
func (p *parser) flush(mark int, pos int32) {
	if value := strings.Join(p.texts[mark:], ""); value != "" {
		p.add(p.node(Str, pos, value, nil))
	}
	p.texts = p.texts[:mark]
}

// fstring reads one f-string (or t-string) behind its opening quotes. Its literal parts go to texts, where those from mark on belong to it.
func (p *parser) fstring(mark int) {
	opening := p.text(p.tok)
	n := strings.IndexAny(opening, `"'`)
	f := formatted{quotes: opening[n:], raw: strings.ContainsAny(opening[:n], "rR"), mark: mark}
	if p.parts(f); p.tok.code == cError {
		return
	}
	p.off += len(f.quotes)
	p.behind()
}

// behind reads the token at the scanner's place, after text that was read without it.
func (p *parser) behind() {
	p.tok = token{cFString, int32(p.off), int32(p.off)}
	p.advance()
}

// formatted is what is the same within one f-string.
type formatted struct {
	quotes string
	raw    bool
	spec   bool // inside of a format: a closing brace ends it
	mark   int  // texts from here on belong to the literal part that is being read
}

// parts reads literal text and {…} up to the closing quotes, or in a format up to the closing brace.
func (p *parser) parts(f formatted) {
	start := p.off
	for p.tok.code != cError {
		if p.off >= len(p.src) {
			p.fail(p.tok.pos, "the string is never closed")
			return
		}
		c, length := p.src[p.off], 1
		doubled := !f.spec && p.off+1 < len(p.src) && p.src[p.off+1] == c
		switch {
		case c == f.quotes[0] && strings.HasPrefix(p.src[p.off:], f.quotes), f.spec && c == '}':
			p.keep(f, start, p.off)
			return
		case (c == '{' || c == '}') && doubled:
			p.keep(f, start, p.off+1)
			p.off += 2
			start = p.off
			continue
		case c == '{':
			p.keep(f, start, p.off)
			p.interpolation(f)
			start = p.off
			continue
		case c == '}':
			p.fail(int32(p.off), "a single } in an f-string")
		case classes[c] == newline && len(f.quotes) == 1:
			p.fail(p.tok.pos, "the string is not closed on its line")
		case c == '\\':
			length = escapeLength(p.src[p.off:], f.raw)
		}
		p.off += length
	}
}

// keep adds a piece of literal text.
func (p *parser) keep(f formatted, start, end int) {
	if start < end {
		p.texts = append(p.texts, unescape(p.src[start:end], f.raw, false))
	}
}

// escapeLength says how much of a text belongs to the backslash that it begins with, as far as braces and quotes are concerned.
func escapeLength(text string, raw bool) int {
	if len(text) < 2 || text[1] == '{' || text[1] == '}' {
		return 1
	}
	if !raw && strings.HasPrefix(text, `\N{`) {
		if end := strings.IndexByte(text, '}'); end > 0 {
			return end + 1
		}
	}
	if strings.HasPrefix(text[1:], "\r\n") {
		return 3
	}
	return 2
}

// interpolation reads {expression = !conversion :format}.
func (p *parser) interpolation(f formatted) {
	pos, outside := int32(p.off), p.brackets
	if !p.enter() {
		return
	}
	defer p.leave()
	p.off++
	p.brackets++
	start := p.off
	p.behind()
	value := p.interpolated()
	conversion := ""
	if p.got('=') {
		p.texts = append(p.texts, p.src[start:p.tok.pos])
		if p.tok.code == '}' {
			conversion = "r"
		}
	}
	if p.got('!') {
		conversion = p.name("a conversion")
	}
	p.flush(f.mark, pos)
	var format *Node
	switch p.tok.code {
	case ':', cWalrus:
		format = p.format(f)
	case '}':
	default:
		p.fail(p.tok.pos, "expected a closing brace")
	}
	p.brackets = outside
	p.add(p.node(Interpolation, pos, conversion, p.kids(value, format)))
}

// interpolated reads the expression: a colon after a name begins a format, also before an equals sign.
func (p *parser) interpolated() *Node {
	if p.tok.code == cYield {
		return p.yield()
	}
	return p.sequence(p.starred)
}

// format reads what stands behind the colon, up to the closing brace and past it.
func (p *parser) format(f formatted) *Node {
	p.off = int(p.tok.pos) + 1
	mark, pos := len(p.list), int32(p.off)
	f.spec, f.mark = true, len(p.texts)
	p.parts(f)
	p.flush(f.mark, pos)
	if p.tok.code == cError {
		return p.bad()
	}
	if p.src[p.off] != '}' {
		p.fail(pos, "the format is never closed")
	}
	p.off++
	return p.node(FString, pos, "", p.since(mark))
}
