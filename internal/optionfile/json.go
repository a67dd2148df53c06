package optionfile

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tailscale/hujson"

	"aircon/internal/edit"
	"aircon/mwaa"
)

const optionsMember = "AirflowConfigurationOptions"

var optionKey = regexp.MustCompile(`^[a-z_]+\.[A-Za-z0-9_.]+$`)

func (f *File) place(at int) (line, column int) { return edit.Place(f.text, at) }

// detectJSON tells an option map by its keys: each is section.option, and one is of a section of Airflow's.
func detectJSON(text string) (Format, bool) {
	root, err := hujson.Parse([]byte(text))
	if err != nil {
		return "", false
	}
	if find(&root, optionsMember) != nil || find(find(&root, "Environment"), optionsMember) != nil {
		return Answer, true
	}
	object, is := root.Value.(*hujson.Object)
	if !is || len(object.Members) == 0 {
		return "", false
	}
	for _, m := range object.Members {
		key, _ := decode(text, m.Name.StartOffset, m.Name.EndOffset)
		if _, isText := m.Value.Value.(hujson.Literal); !isText || !optionKey.MatchString(key) {
			return "", false
		}
	}
	return Map, true
}

// find returns the value of an object's member, and nil where there is none.
func find(v *hujson.Value, name string) *hujson.Value {
	if v == nil {
		return nil
	}
	object, is := v.Value.(*hujson.Object)
	if !is {
		return nil
	}
	for i := range object.Members {
		if literal, is := object.Members[i].Name.Value.(hujson.Literal); is && literal.String() == name {
			return &object.Members[i].Value
		}
	}
	return nil
}

func (f *File) parseJSON() error {
	root, err := hujson.Parse([]byte(f.text))
	if err != nil {
		return f.jsonError(err)
	}
	of := &root
	if f.Format == Answer {
		if environment := find(of, "Environment"); environment != nil {
			of = environment
		}
		if version := find(of, "AirflowVersion"); version != nil {
			f.Airflow, _ = decode(f.text, version.StartOffset, version.EndOffset)
		}
		of = find(of, optionsMember)
	}
	if of == nil {
		return f.fail(0, "no member "+optionsMember)
	}
	object, is := of.Value.(*hujson.Object)
	if !is {
		return f.fail(of.StartOffset, "the options must be an object whose values are texts")
	}
	return f.members(object)
}

// lineColumn is how hujson begins its messages.
var lineColumn = regexp.MustCompile(`line (\d+), column (\d+): (.*)`)

func (f *File) jsonError(err error) error {
	e := &Error{Name: f.Name, Why: "not JSON"}
	if m := lineColumn.FindStringSubmatch(err.Error()); m != nil {
		e.Line, _ = strconv.Atoi(m[1])
		e.Column, _ = strconv.Atoi(m[2])
	}
	return e
}

func (f *File) members(object *hujson.Object) error {
	for i := range object.Members {
		m := &object.Members[i]
		s := Setting{
			key: span{m.Name.StartOffset, m.Name.EndOffset}, value: span{m.Value.StartOffset, m.Value.EndOffset}, literal: true, Known: true,
		}
		literal, is := m.Value.Value.(hujson.Literal)
		if !is || literal.Kind() != '"' {
			return f.fail(s.value.from, "an option's value must be a text: put quotes around it")
		}
		s.Option, _ = decode(f.text, s.key.from, s.key.to)
		s.Variable = mwaa.Variable(s.Option)
		s.Value, s.offsets = decode(f.text, s.value.from, s.value.to)
		s.whole = f.memberSpan(object, i)
		f.tail = s.value.to
		f.Settings = append(f.Settings, s)
	}
	return nil
}

// memberSpan is what to remove for a member: up to the next one, or from the end of the one before.
func (f *File) memberSpan(object *hujson.Object, i int) span {
	from, to := object.Members[i].Name.StartOffset, object.Members[i].Value.EndOffset
	switch {
	case i+1 < len(object.Members):
		to = object.Members[i+1].Name.StartOffset
	case i > 0:
		from = object.Members[i-1].Value.EndOffset
	}
	return span{from, to}
}

// decode reads the quoted text between two offsets as JSON does, which is what HCL does too, and says where each byte of it stands.
func decode(text string, from, to int) (string, []int) {
	var b strings.Builder
	var offsets []int
	put := func(piece string, at int) {
		for range len(piece) {
			offsets = append(offsets, at)
		}
		b.WriteString(piece)
	}
	if to-from < 2 || text[from] != '"' {
		return text[from:to], nil
	}
	for i := from + 1; i < to-1; {
		if text[i] != '\\' || i+1 >= to-1 {
			_, size := utf8.DecodeRuneInString(text[i:])
			put(text[i:i+size], i)
			i += size
			continue
		}
		piece, size := escaped(text[i : to-1])
		put(piece, i)
		i += size
	}
	return b.String(), append(offsets, to-1)
}

var escapes = map[byte]string{'n': "\n", 't': "\t", 'r': "\r", 'b': "\b", 'f': "\f"}

// escaped reads the escape sequence that text begins with.
func escaped(text string) (piece string, size int) {
	if text[1] != 'u' {
		if piece, is := escapes[text[1]]; is {
			return piece, 2
		}
		return text[1:2], 2
	}
	first, ok := hexUnit(text)
	if !ok {
		return text[1:2], 2
	}
	if utf16.IsSurrogate(first) && len(text) > 6 {
		if second, ok := hexUnit(text[6:]); ok {
			if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
				return string(r), 12
			}
		}
	}
	return string(first), 6
}

func hexUnit(text string) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(text[2:6], 16, 32)
	return rune(unit), err == nil && !errors.Is(err, strconv.ErrRange)
}
