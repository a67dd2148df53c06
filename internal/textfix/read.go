package textfix

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"aircon/internal/py"
)

// maxDepth is how deep objects and lists may nest: no connection's text comes near.
const maxDepth = 64

// Refusal says why a text was left as it is. It holds none of the text but a key or the name of an option.
type Refusal struct {
	ID     string // of the finding that stays
	Line   int    // from 1
	Column int    // in characters, from 1
	Why    string // what only the writer can decide

	at int // in bytes
}

// Error says why, and where.
func (r *Refusal) Error() string {
	if r.Line == 0 {
		return r.Why
	}
	return fmt.Sprintf("line %d, column %d: %s", r.Line, r.Column, r.Why)
}

// placed returns the refusal with its place in text.
func (r *Refusal) placed(text string) *Refusal {
	at := min(max(r.at, 0), len(text))
	r.Line, r.Column = py.Position(text, at)
	return r
}

// Read reads a JSON text that may have the mistakes that people make: comments, commas and quotes that JSON does not have, Python's
// words. The error is a [*Refusal] where the text cannot be understood even so.
func Read(text string) (*Node, error) {
	root, _, err := read(text, "")
	if err != nil {
		return nil, err.placed(text)
	}
	return root, nil
}

// reader reads one text, and collects the edits that make it JSON.
type reader struct {
	text  string
	at    int
	depth int
	field string // key of the outermost object below which it is
	inner bool   // whether field is the same for the whole text
	after string // behind a value and before its comma: the quotes that end such a text; else ""
	edits []edit
}

// read reads a text that is the value of a field, or with field "" a whole connection.
func read(text, field string) (*Node, []edit, *Refusal) {
	r := &reader{text: text, field: field, inner: field != ""}
	root, err := r.document()
	if err != nil {
		return nil, nil, err
	}
	return root, r.edits, nil
}

// document reads a value and what may follow it: nothing that means anything.
func (r *reader) document() (*Node, *Refusal) {
	if err := r.space(); err != nil {
		return nil, err
	}
	root, err := r.value()
	if err != nil {
		return nil, err
	}
	for {
		if err := r.space(); err != nil {
			return nil, err
		}
		switch c := r.peek(); {
		case r.at == len(r.text):
			return root, nil
		case c == ',' || c == ';':
			r.edit(r.at, r.at+1, "", "took out what follows the last brace")
			r.at++
		default:
			return nil, r.refuse(r.at, "something follows the end of the JSON")
		}
	}
}

func (r *reader) refuse(at int, why string) *Refusal { return &Refusal{ID: "AC037", Why: why, at: at} }

func (r *reader) edit(start, end int, text, what string) {
	r.edits = append(r.edits, edit{start, end, text, "AC037", what})
}

// peek returns the byte at hand, and 0 at the end.
func (r *reader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

// space skips white space and comments.
func (r *reader) space() *Refusal {
	for r.at < len(r.text) {
		c, size := utf8.DecodeRuneInString(r.text[r.at:])
		switch {
		case strings.ContainsRune(" \t\r\n", c):
			r.at += size
		case c == '#' || c == '/':
			if err := r.comment(); err != nil {
				return err
			}
		case c == '\ufeff' || unicode.IsSpace(c):
			r.edit(r.at, r.at+size, " ", "wrote a plain space for another kind of white space")
			r.at += size
		default:
			return nil
		}
	}
	return nil
}

// comment takes a comment out, with the blanks before it. What begins right behind a quote, or has one like it in it before the comma, may
// be the rest of a text with an unescaped quote.
func (r *reader) comment() *Refusal {
	rest := r.text[r.at:]
	length := strings.IndexByte(rest, '\n')
	switch {
	case strings.HasPrefix(rest, "/*"):
		length = strings.Index(rest, "*/") + len("*/")
		if length < len("/**/") {
			return r.refuse(r.at, "a comment has no end")
		}
	case rest[0] != '#' && !strings.HasPrefix(rest, "//"):
		return r.refuse(r.at, "a slash is not expected here")
	case length < 0:
		length = len(rest)
	}
	start := len(strings.TrimRight(r.text[:r.at], " \t"))
	if r.after != "" && (start == r.at || strings.ContainsAny(rest[:length], r.after)) {
		return r.refuse(r.at, "this may be a comment, or the rest of a text with a quote in it: inside a text a quote is "+`\"`)
	}
	if len(r.edits) > 0 {
		start = max(start, r.edits[len(r.edits)-1].end)
	}
	r.edit(start, r.at+length, "", "took out a comment")
	r.at += length
	return nil
}

// words are the values that are words, in JSON and in Python.
var words = map[string]struct {
	kind Kind
	json string
}{
	"null": {Null, "null"}, "true": {Bool, "true"}, "false": {Bool, "false"},
	"None": {Null, "null"}, "True": {Bool, "true"}, "False": {Bool, "false"},
}

func (r *reader) value() (*Node, *Refusal) {
	start := r.at
	switch c, _ := utf8.DecodeRuneInString(r.text[r.at:]); {
	case c == '{':
		return r.nested(r.object)
	case c == '[':
		return r.nested(r.list)
	case quoteOf(c) != nil:
		return r.string()
	case c == '-' || '0' <= c && c <= '9':
		return r.number()
	}
	word := r.word()
	meant, known := words[word]
	if !known {
		r.at = start
		return nil, r.refuse(start, "a value was expected: texts need double quotes")
	}
	if word != meant.json {
		r.edit(start, r.at, meant.json, "wrote "+meant.json+" for Python's "+word)
	}
	return &Node{Kind: meant.kind, Start: start, End: r.at, Text: meant.json}, nil
}

// word reads letters, digits, _ and -.
func (r *reader) word() string {
	start := r.at
	for r.at < len(r.text) && isWord(r.text[r.at]) {
		r.at++
	}
	return r.text[start:r.at]
}

func isWord(c byte) bool {
	return c == '_' || c == '-' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// number reads a number; whether JSON has it shows at the end.
func (r *reader) number() (*Node, *Refusal) {
	start := r.at
	for r.at < len(r.text) && (isWord(r.text[r.at]) || strings.IndexByte("+.", r.text[r.at]) >= 0) {
		r.at++
	}
	n := &Node{Kind: Number, Start: start, End: r.at, Text: r.text[start:r.at]}
	if strings.Trim(n.Text, "0123456789.eE+-") != "" {
		return nil, r.refuse(start, "a value begins like a number and is none: texts need double quotes")
	}
	return n, nil
}

func (r *reader) nested(read func() (*Node, *Refusal)) (*Node, *Refusal) {
	if r.depth++; r.depth > maxDepth {
		return nil, r.refuse(r.at, "objects and lists nest too deep")
	}
	start := r.at
	r.at++
	n, err := read()
	if err != nil {
		return nil, err
	}
	r.depth--
	n.Start, n.End = start, r.at
	return n, nil
}

func (r *reader) list() (*Node, *Refusal) {
	n := &Node{Kind: List}
	for {
		if done, err := r.next(']', len(n.Items)); done || err != nil {
			return n, err
		}
		item, err := r.value()
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, item)
	}
}

func (r *reader) object() (*Node, *Refusal) {
	n := &Node{Kind: Object}
	for {
		if done, err := r.next('}', len(n.Members)); done || err != nil {
			return n, err
		}
		key, err := r.key()
		if err != nil {
			return nil, err
		}
		if r.depth == 1 && !r.inner {
			r.field = key.Text
		}
		if err := r.space(); err != nil {
			return nil, err
		}
		if r.peek() != ':' {
			return nil, r.refuse(r.at, "a colon was expected between key and value")
		}
		r.at++
		if err := r.space(); err != nil {
			return nil, err
		}
		value, err := r.value()
		if err != nil {
			return nil, err
		}
		n.Members = append(n.Members, Member{key, value})
	}
}

// key reads a key. One without quotes is a word.
func (r *reader) key() (*Node, *Refusal) {
	start := r.at
	if c, _ := utf8.DecodeRuneInString(r.text[r.at:]); quoteOf(c) != nil {
		field := r.field
		r.field = ""
		key, err := r.string()
		r.field = field
		return key, err
	}
	word := r.word()
	if word == "" {
		return nil, r.refuse(start, "a key was expected")
	}
	r.edit(start, r.at, `"`+word+`"`, "put the key "+Shown(word)+" in double quotes")
	return &Node{Kind: Text, Start: start, End: r.at, Text: word}, nil
}

// next goes on to the next item of a list or object that n have come of, and reports its end.
func (r *reader) next(end byte, n int) (bool, *Refusal) {
	before := r.at
	if n > 0 {
		r.after = closingAt(r.text[:r.at])
	}
	err := r.space()
	if r.after = ""; err != nil {
		return false, err
	}
	comma := r.at
	if r.peek() == ',' && n > 0 {
		r.at++
		if err := r.space(); err != nil {
			return false, err
		}
		if r.peek() == end {
			r.edit(comma, comma+1, "", "took out a comma before a closing bracket")
		}
	} else if n > 0 && r.peek() != end {
		if end != '}' || strings.Trim(r.text[before:r.at], " \t\r\n") != "" || !strings.Contains(r.text[before:r.at], "\n") {
			return false, r.refuse(r.at, "a comma or a closing bracket was expected: a quote inside a text must be written "+`\"`)
		}
		r.edit(before, before, ",", "put a comma at the end of a line")
	}
	if r.peek() == end {
		r.at++
		return true, nil
	}
	if r.at == len(r.text) {
		return false, r.refuse(r.at, "the text ends before its closing bracket")
	}
	return false, nil
}

// Shown is a key as it may be shown: what is too long or no plain word may be part of a secret.
func Shown(key string) string {
	if len(key) > 40 || strings.ContainsFunc(key, func(c rune) bool { return c >= 0x80 || !isWord(byte(c)) }) {
		return "[redacted]"
	}
	return key
}
