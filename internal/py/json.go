package py

import (
	"strconv"
	"strings"
)

// MaxDepth is how deep arrays and objects may nest for [Loads]. Python 3.12 has a limit of its own for C code, of which
// json.loads at the interpreter's top leaves these; Python 3.11 shares one limit of 1,000 between all calls on the stack.
const MaxDepth = 1497

// maxIntDigits is sys.int_info.default_max_str_digits: what int() reads at most.
const maxIntDigits = 4300

// JSONError says why a text is not JSON, as json.JSONDecodeError does. It holds none of the text.
type JSONError struct {
	Message string // Python's words, such as "Expecting value"
	Offset  int    // in characters, from 0
	Line    int    // from 1
	Column  int    // in characters, from 1
}

// Error returns the message and the place.
func (e *JSONError) Error() string {
	return e.Message + ": line " + strconv.Itoa(e.Line) + " column " + strconv.Itoa(e.Column)
}

// LimitError is what Python raises where a text is JSON and yet cannot be read: an int of more than 4,300 digits
// (ValueError) or nesting that is too deep (RecursionError). Code that catches JSONDecodeError does not catch it.
type LimitError struct{ Message string }

// Error returns the message.
func (e *LimitError) Error() string { return e.Message }

// Loads is json.loads of a str. A value is nil (None), bool, [Digits] (an int), float64, string, []any or [*Dict].
//
// It takes NaN, Infinity and -Infinity, keeps the last of equal keys, joins escaped surrogate pairs and keeps lone
// surrogates. Errors are [*JSONError] and [*LimitError].
func Loads(text string) (any, error) { return LoadsKeys(text, nil) }

// LoadsKeys is [Loads], and calls onKey with each key of the outermost object, in order: equal keys come more than once, and each
// with its place in the text, in bytes from 0.
func LoadsKeys(text string, onKey func(key string, at int)) (any, error) {
	if strings.HasPrefix(text, "\ufeff") {
		return nil, newJSONError(text, 0, "Unexpected UTF-8 BOM (decode using utf-8-sig)")
	}
	p := jsonParser{text: text, onKey: onKey}
	p.skipSpace()
	value, err := p.value()
	if err != nil {
		return nil, err
	}
	p.skipSpace()
	if p.at < len(text) {
		return nil, p.fail(p.at, "Extra data")
	}
	return value, nil
}

func newJSONError(text string, at int, message string) *JSONError {
	line, column := Position(text, at)
	return &JSONError{Message: message, Offset: Len(text[:at]), Line: line, Column: column}
}

// Position turns a place in a text, in bytes from 0, into line and column, both from 1, columns in characters.
func Position(text string, at int) (line, column int) {
	before := text[:at]
	return strings.Count(before, "\n") + 1, Len(before[strings.LastIndexByte(before, '\n')+1:]) + 1
}

type jsonParser struct {
	text  string
	at    int // in bytes
	depth int
	onKey func(key string, at int)
}

func (p *jsonParser) fail(at int, message string) error { return newJSONError(p.text, at, message) }

func (p *jsonParser) skipSpace() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// peek returns the byte at hand, and 0 at the end.
func (p *jsonParser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

var jsonWords = []struct {
	text  string
	value any
}{
	{"null", nil},
	{"true", true},
	{"false", false},
	{"NaN", nan},
	{"Infinity", inf},
	{"-Infinity", -inf},
}

func (p *jsonParser) value() (any, error) {
	switch c := p.peek(); {
	case c == '"':
		p.at++
		return p.string()
	case c == '{':
		return p.nested(p.object)
	case c == '[':
		return p.nested(p.array)
	case '0' <= c && c <= '9', c == '-' && p.at+1 < len(p.text) && isDigit(p.text[p.at+1]):
		return p.number()
	}
	for _, word := range jsonWords {
		if strings.HasPrefix(p.text[p.at:], word.text) {
			p.at += len(word.text)
			return word.value, nil
		}
	}
	return nil, p.fail(p.at, "Expecting value")
}

func (p *jsonParser) nested(read func() (any, error)) (any, error) {
	if p.depth++; p.depth > MaxDepth {
		return nil, &LimitError{"maximum recursion depth exceeded"}
	}
	p.at++
	p.skipSpace()
	value, err := read()
	p.depth--
	return value, err
}

func (p *jsonParser) array() (any, error) {
	list := []any{}
	if p.peek() == ']' {
		p.at++
		return list, nil
	}
	for {
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		list = append(list, value)
		p.skipSpace()
		switch p.peek() {
		case ']':
			p.at++
			return list, nil
		case ',':
			p.at++
			p.skipSpace()
		default:
			return nil, p.fail(p.at, "Expecting ',' delimiter")
		}
	}
}

func (p *jsonParser) object() (any, error) {
	dict := new(Dict)
	if p.peek() == '}' {
		p.at++
		return dict, nil
	}
	dict.items = make([]Item, 0, 8)
	for {
		if err := p.member(dict); err != nil {
			return nil, err
		}
		p.skipSpace()
		switch p.peek() {
		case '}':
			p.at++
			return dict, nil
		case ',':
			p.at++
			p.skipSpace()
		default:
			return nil, p.fail(p.at, "Expecting ',' delimiter")
		}
	}
}

func (p *jsonParser) member(dict *Dict) error {
	if p.peek() != '"' {
		return p.fail(p.at, "Expecting property name enclosed in double quotes")
	}
	at := p.at
	p.at++
	key, err := p.string()
	if err != nil {
		return err
	}
	if p.onKey != nil && p.depth == 1 {
		p.onKey(key, at)
	}
	p.skipSpace()
	if p.peek() != ':' {
		return p.fail(p.at, "Expecting ':' delimiter")
	}
	p.at++
	p.skipSpace()
	value, err := p.value()
	if err != nil {
		return err
	}
	dict.Set(key, value)
	return nil
}

// string reads what follows an opening quote.
func (p *jsonParser) string() (string, error) {
	start := p.at
	var b strings.Builder
	for from := p.at; ; {
		if p.at >= len(p.text) {
			return "", p.fail(start-1, "Unterminated string starting at")
		}
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			if from == start {
				return p.text[start : p.at-1], nil
			}
			b.WriteString(p.text[from : p.at-1])
			return b.String(), nil
		case c == '\\':
			b.WriteString(p.text[from:p.at])
			if err := p.escape(&b, start); err != nil {
				return "", err
			}
			from = p.at
		case c < ' ':
			return "", p.fail(p.at, "Invalid control character at")
		default:
			p.at++
		}
	}
}

const (
	jsonEscapes  = `"\/bfnrt`
	jsonMeanings = "\"\\/\b\f\n\r\t"
)

// escape reads a backslash and what belongs to it. start is where the string began, after its quote.
func (p *jsonParser) escape(b *strings.Builder, start int) error {
	backslash := p.at
	if p.at++; p.at >= len(p.text) {
		return p.fail(start-1, "Unterminated string starting at")
	}
	c := p.text[p.at]
	p.at++
	if c != 'u' {
		i := strings.IndexByte(jsonEscapes, c)
		if i < 0 {
			return p.fail(backslash, `Invalid \escape`)
		}
		b.WriteByte(jsonMeanings[i])
		return nil
	}
	unit, ok := p.hex4()
	if !ok {
		return p.fail(backslash+1, `Invalid \uXXXX escape`)
	}
	if isHighSurrogate(unit) && strings.HasPrefix(p.text[p.at:], `\u`) {
		before := p.at
		p.at += 2
		low, ok := p.hex4()
		if ok && isLowSurrogate(low) {
			unit = 0x10000 + (unit-0xd800)<<10 + (low - 0xdc00)
		} else {
			p.at = before
		}
	}
	writeRune(b, unit)
	return nil
}

func (p *jsonParser) hex4() (rune, bool) {
	if p.at+4 > len(p.text) {
		return 0, false
	}
	var unit rune
	for _, c := range []byte(p.text[p.at : p.at+4]) {
		digit, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		unit = unit<<4 | rune(digit)
	}
	p.at += 4
	return unit, true
}

func (p *jsonParser) number() (any, error) {
	start := p.at
	if p.peek() == '-' {
		p.at++
	}
	if p.peek() == '0' {
		p.at++
	} else {
		p.digits()
	}
	isFloat := p.part(".", "")
	isFloat = p.part("eE", "+-") || isFloat
	text := p.text[start:p.at]
	if isFloat {
		// An overflow gives infinity, in Python too.
		f, _ := strconv.ParseFloat(text, 64)
		return f, nil
	}
	if text == "-0" {
		text = "0"
	}
	if len(strings.TrimPrefix(text, "-")) > maxIntDigits {
		return nil, &LimitError{"Exceeds the limit (4300 digits) for integer string conversion"}
	}
	return Digits(text), nil
}

// part reads a fraction or an exponent, if a whole one is there: a mark, perhaps a sign, and digits.
func (p *jsonParser) part(marks, signs string) bool {
	before := p.at
	if !p.oneOf(marks) {
		return false
	}
	p.oneOf(signs)
	if !p.digits() {
		p.at = before
		return false
	}
	return true
}

func (p *jsonParser) oneOf(set string) bool {
	if p.at < len(p.text) && strings.IndexByte(set, p.text[p.at]) >= 0 {
		p.at++
		return true
	}
	return false
}

func (p *jsonParser) digits() bool {
	before := p.at
	for isDigit(p.peek()) {
		p.at++
	}
	return p.at > before
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
