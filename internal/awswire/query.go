package awswire

import (
	"cmp"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxParameters bounds a query request.
const maxParameters = 10_000

// Form is a query request's parameters, sorted by name.
type Form struct{ parameters []parameter }

type parameter struct{ name, value string }

// ParseForm reads parameters as a form's body or a URL's query holds them.
func ParseForm(text string) (*Form, error) {
	f := new(Form)
	for pair := range strings.SplitSeq(text, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, &DecodeError{"A parameter's name is not valid percent-encoding"}
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, &DecodeError{"The value of a parameter is not valid percent-encoding"}
		}
		if len(f.parameters) == maxParameters {
			return nil, &DecodeError{"The request has too many parameters"}
		}
		f.parameters = append(f.parameters, parameter{name, value})
	}
	slices.SortStableFunc(f.parameters, func(a, b parameter) int { return cmp.Compare(a.name, b.name) })
	return f, nil
}

// Get returns the first value of a parameter and whether it was sent.
func (f *Form) Get(name string) (string, bool) {
	i, ok := slices.BinarySearchFunc(f.parameters, name, func(p parameter, name string) int { return cmp.Compare(p.name, name) })
	if !ok {
		return "", false
	}
	return f.parameters[i].value, true
}

// under returns the parameters whose names start with prefix.
func (f *Form) under(prefix string) []parameter {
	from, _ := slices.BinarySearchFunc(f.parameters, prefix, func(p parameter, name string) int { return cmp.Compare(p.name, name) })
	rest := f.parameters[from:]
	to := 0
	for to < len(rest) && strings.HasPrefix(rest[to].name, prefix) {
		to++
	}
	return rest[:to]
}

// Decode fills what into points to. The error is a *DecodeError.
func (f *Form) Decode(into any) error {
	v, c, err := target(into)
	if err != nil {
		return err
	}
	return f.readStruct(c, v, "", 0)
}

// read reads the value that lies under name, which was sent or has parameters below it.
func (f *Form) read(c *codec, v reflect.Value, name string, depth int) error {
	if depth > maxDepth {
		return &DecodeError{"The request is nested too deeply"}
	}
	switch c.kind {
	case kindPointer:
		v.Set(reflect.New(c.elem.typ))
		return f.read(c.elem, v.Elem(), name, depth)
	case kindStruct:
		return f.readStruct(c, v, name+".", depth+1)
	case kindList:
		return f.readList(c, v, name, depth+1)
	case kindMap:
		return f.readMap(c, v, name, depth+1)
	default:
		text, ok := f.Get(name)
		if !ok {
			return &DecodeError{"Unexpected complex element termination"}
		}
		return setParameter(c, v, name, text)
	}
}

// has reports whether a parameter of this name was sent, or some that lie below it.
func (f *Form) has(name string) bool {
	if _, ok := f.Get(name); ok {
		return true
	}
	return len(f.under(name+".")) > 0
}

func (f *Form) readStruct(c *codec, v reflect.Value, prefix string, depth int) error {
	for _, field := range c.fields {
		if name := prefix + field.name; f.has(name) {
			if err := f.read(field.codec, v.FieldByIndex(field.index), name, depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// readList reads name.member.1, name.member.2 and so on; a gap in the numbers closes. "name=" alone is an empty list.
func (f *Form) readList(c *codec, v reflect.Value, name string, depth int) error {
	indices, err := f.indices(name + ".member.")
	if err != nil {
		return err
	}
	v.Set(reflect.MakeSlice(c.typ, len(indices), len(indices)))
	for i, index := range indices {
		if err := f.read(c.elem, v.Index(i), name+".member."+index, depth); err != nil {
			return err
		}
	}
	return nil
}

// readMap reads name.entry.1.key, name.entry.1.value and so on.
func (f *Form) readMap(c *codec, v reflect.Value, name string, depth int) error {
	indices, err := f.indices(name + ".entry.")
	if err != nil {
		return err
	}
	v.Set(reflect.MakeMap(c.typ))
	for _, index := range indices {
		entry := name + ".entry." + index
		key, ok := f.Get(entry + ".key")
		if !ok {
			return &DecodeError{"A map's entry has no key"}
		}
		elem := reflect.New(c.elem.typ).Elem()
		if f.has(entry + ".value") {
			if err := f.read(c.elem, elem, entry+".value", depth); err != nil {
				return err
			}
		}
		v.SetMapIndex(reflect.ValueOf(key).Convert(c.typ.Key()), elem)
	}
	return nil
}

// indices lists the numbers that follow prefix in the order of their values, each as it was written.
func (f *Form) indices(prefix string) ([]string, error) {
	values := map[int]string{}
	for _, p := range f.under(prefix) {
		text, _, _ := strings.Cut(p.name[len(prefix):], ".")
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, &DecodeError{"Key/value pair in a list must have a positive number: " + strings.TrimSuffix(prefix, ".")}
		}
		if written, twice := values[n]; twice && written != text {
			return nil, &DecodeError{"A list's member is named twice: " + strings.TrimSuffix(prefix, ".")}
		}
		values[n] = text
	}
	numbers := make([]int, 0, len(values))
	for n := range values {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = values[n]
	}
	return texts, nil
}

// setParameter sets a scalar from its text in a form, a path or a URL's query.
func setParameter(c *codec, v reflect.Value, name, text string) error {
	switch c.kind {
	case kindString:
		v.SetString(text)
		return nil
	case kindBool:
		switch strings.ToLower(text) {
		case "true", "false":
			v.SetBool(len(text) == len("true"))
			return nil
		}
	case kindInt, kindFloat:
		if setNumber(c, v, text) == nil {
			return nil
		}
	case kindTime:
		if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
			v.Set(reflect.ValueOf(t.UTC()))
			return nil
		}
	case kindBlob:
		if blob, err := decodeBase64(text); err == nil {
			v.SetBytes(blob)
			return nil
		}
	}
	return &DecodeError{name + " must be " + scalarNames[c.kind]}
}
