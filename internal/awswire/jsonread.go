package awswire

import (
	"encoding/base64"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// DecodeJSON reads a JSON structure into what into points to. Unknown members are passed over, and null is as good
// as absent. An empty text counts as {}. The error is a *DecodeError, without a message where the text is not JSON.
func DecodeJSON(data []byte, into any) error {
	v, c, err := target(into)
	if err != nil {
		return err
	}
	s := scanner{data: data}
	if s.next() == 0 && s.pos == len(data) {
		return nil
	}
	if err := s.read(c, v); err != nil {
		return err
	}
	if s.next(); s.pos != len(data) {
		return errSyntax
	}
	return nil
}

// read reads the next value into v.
func (s *scanner) read(c *codec, v reflect.Value) error {
	first := s.next()
	if first == 'n' {
		return s.literal("null")
	}
	switch c.kind {
	case kindPointer:
		if v.IsNil() {
			v.Set(reflect.New(c.elem.typ))
		}
		return s.read(c.elem, v.Elem())
	case kindStruct, kindMap:
		if first != '{' {
			return s.mismatch("", first)
		}
		if c.kind == kindMap {
			return s.readMap(c, v)
		}
		return s.readStruct(c, v)
	case kindList:
		if first != '[' {
			return s.mismatch("", first)
		}
		return s.readList(c, v)
	case kindDocument:
		start := s.pos
		if err := s.skip(); err != nil {
			return err
		}
		v.SetBytes(append([]byte(nil), s.data[start:s.pos]...))
		return nil
	default:
		return s.readScalar(c, v, first)
	}
}

func (s *scanner) readStruct(c *codec, v reflect.Value) error {
	if err := s.enter(); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.more(first, '}')
		if !more || err != nil {
			return err
		}
		key, err := s.key()
		if err != nil {
			return err
		}
		f := c.byName[string(key)]
		if f == nil || f.location != inBody {
			err = s.skip()
		} else {
			err = s.read(f.codec, v.FieldByIndex(f.index))
		}
		if err != nil {
			return err
		}
	}
}

func (s *scanner) readMap(c *codec, v reflect.Value) error {
	if err := s.enter(); err != nil {
		return err
	}
	v.Set(reflect.MakeMap(c.typ))
	for first := true; ; first = false {
		more, err := s.more(first, '}')
		if !more || err != nil {
			return err
		}
		key, err := s.key()
		if err != nil {
			return err
		}
		name := reflect.ValueOf(string(key)).Convert(c.typ.Key())
		elem := reflect.New(c.elem.typ).Elem()
		if err := s.read(c.elem, elem); err != nil {
			return err
		}
		v.SetMapIndex(name, elem)
	}
}

func (s *scanner) readList(c *codec, v reflect.Value) error {
	if err := s.enter(); err != nil {
		return err
	}
	v.Set(reflect.MakeSlice(c.typ, 0, 0))
	for first := true; ; first = false {
		more, err := s.more(first, ']')
		if !more || err != nil {
			return err
		}
		n := v.Len()
		v.Grow(1)
		v.SetLen(n + 1)
		if err := s.read(c.elem, v.Index(n)); err != nil {
			return err
		}
	}
}

// scalarNames are the names of the types in AWS's messages.
var scalarNames = map[kind]string{
	kindString: "a String", kindInt: "an Integer", kindFloat: "a Double", kindBool: "a Boolean", kindBlob: "a Blob", kindTime: "a Timestamp",
}

func (s *scanner) readScalar(c *codec, v reflect.Value, first byte) error {
	switch {
	case first == '"' && (c.kind == kindString || c.kind == kindBlob || c.kind == kindTime):
		text, err := s.text()
		if err != nil {
			return err
		}
		return setText(c, v, text)
	case (first == '-' || first >= '0' && first <= '9') && (c.kind == kindInt || c.kind == kindFloat || c.kind == kindTime):
		text, err := s.number()
		if err != nil {
			return err
		}
		return setNumber(c, v, string(text))
	case (first == 't' || first == 'f') && c.kind == kindBool:
		v.SetBool(first == 't')
		return s.skip()
	default:
		return s.mismatch(scalarNames[c.kind], first)
	}
}

// setText sets what JSON writes as a string.
func setText(c *codec, v reflect.Value, text []byte) error {
	switch c.kind {
	case kindString:
		v.SetString(string(text))
	case kindBlob:
		blob, err := decodeBase64(string(text))
		if err != nil {
			return err
		}
		v.SetBytes(blob)
	case kindTime:
		t, err := time.Parse(time.RFC3339Nano, string(text))
		if err != nil {
			return &DecodeError{"STRING_VALUE can not be converted to a Timestamp"}
		}
		v.Set(reflect.ValueOf(t.UTC()))
	}
	return nil
}

// decodeBase64 reads the standard alphabet, padded or not.
func decodeBase64(s string) ([]byte, error) {
	blob, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	if err != nil {
		return nil, &DecodeError{"A blob is not valid base64"}
	}
	return blob, nil
}

// setNumber sets what is written as a number. A whole number may be written with a fraction of zero.
func setNumber(c *codec, v reflect.Value, text string) error {
	if c.kind == kindInt {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && !v.OverflowInt(n) {
			v.SetInt(n)
			return nil
		}
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
		return &DecodeError{"NUMBER_VALUE can not be converted to " + scalarNames[c.kind]}
	}
	switch {
	case c.kind == kindFloat:
		v.SetFloat(x)
	case c.kind == kindTime && math.Abs(x) < 1e12:
		v.Set(reflect.ValueOf(time.UnixMilli(int64(math.Round(x * 1000))).UTC())) // AWS keeps milliseconds
	case c.kind == kindInt && x == math.Trunc(x) && math.Abs(x) < 1<<53 && !v.OverflowInt(int64(x)):
		v.SetInt(int64(x))
	default:
		return &DecodeError{"NUMBER_VALUE can not be converted to " + scalarNames[c.kind]}
	}
	return nil
}

// mismatch words the refusal of a value that begins with first where a scalar of that name, or else a list or
// structure, was expected. A text that is not JSON at all is refused as such.
func (s *scanner) mismatch(scalar string, first byte) error {
	at := s.pos
	if err := s.skip(); err != nil {
		return err
	}
	s.pos = at
	var seen string
	switch first {
	case '{':
		return &DecodeError{"Start of structure or map found where not expected."}
	case '[':
		return &DecodeError{"Start of list found where not expected"}
	case '"':
		seen = "STRING_VALUE"
	case 't':
		seen = "TRUE_VALUE"
	case 'f':
		seen = "FALSE_VALUE"
	default:
		seen = "NUMBER_VALUE"
	}
	if scalar == "" {
		return &DecodeError{"Unexpected field type"}
	}
	return &DecodeError{seen + " can not be converted to " + scalar}
}
