package awswire

import (
	"encoding/base64"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// AppendJSON writes v, a struct or a pointer to one, after dst. Members that stand outside the body are left out.
func AppendJSON(dst []byte, v any) ([]byte, error) {
	rv, c, err := source(v)
	if err != nil {
		return dst, err
	}
	return appendJSON(dst, c, rv), nil
}

// source resolves a value to write.
func source(v any) (reflect.Value, *codec, error) {
	rv := reflect.ValueOf(v)
	for rv.Kind() == reflect.Pointer && !rv.IsNil() {
		rv = rv.Elem()
	}
	if rv.Kind() != reflect.Struct {
		return rv, nil, fmt.Errorf("cannot write a %T: it is no structure", v)
	}
	c, err := codecOf(rv.Type())
	return rv, c, err
}

func appendJSON(dst []byte, c *codec, v reflect.Value) []byte {
	switch c.kind {
	case kindStruct:
		return appendStruct(dst, c, v)
	case kindPointer:
		if v.IsNil() {
			return append(dst, "null"...)
		}
		return appendJSON(dst, c.elem, v.Elem())
	case kindList:
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, c.elem, v.Index(i))
		}
		return append(dst, ']')
	case kindMap:
		dst = append(dst, '{')
		for i, key := range sortedKeys(v) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, key.String()), ':')
			dst = appendJSON(dst, c.elem, v.MapIndex(key))
		}
		return append(dst, '}')
	default:
		return appendScalar(dst, c, v)
	}
}

func appendStruct(dst []byte, c *codec, v reflect.Value) []byte {
	dst = append(dst, '{')
	comma := false
	for _, f := range c.fields {
		fv := v.FieldByIndex(f.index)
		if f.location != inBody || f.skip(fv) {
			continue
		}
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = append(dst, f.quoted...)
		dst = appendJSON(dst, f.codec, fv)
	}
	return append(dst, '}')
}

func appendScalar(dst []byte, c *codec, v reflect.Value) []byte {
	switch c.kind {
	case kindString:
		return appendString(dst, v.String())
	case kindBlob:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v.Bytes())
		return append(dst, '"')
	case kindTime:
		if v.CanAddr() { // without an allocation
			return appendEpoch(dst, *v.Addr().Interface().(*time.Time))
		}
		return appendEpoch(dst, v.Interface().(time.Time))
	case kindDocument:
		return append(dst, v.Bytes()...)
	default:
		return appendPlain(dst, c, v)
	}
}

// appendPlain writes numbers and truth values, which look the same in every protocol.
func appendPlain(dst []byte, c *codec, v reflect.Value) []byte {
	switch c.kind {
	case kindInt:
		return strconv.AppendInt(dst, v.Int(), 10)
	case kindBool:
		return strconv.AppendBool(dst, v.Bool())
	default:
		x := v.Float()
		if math.IsNaN(x) || math.IsInf(x, 0) {
			x = 0
		}
		return strconv.AppendFloat(dst, x, 'g', -1, 64)
	}
}

// appendEpoch writes seconds since 1970 with up to three decimals.
func appendEpoch(dst []byte, t time.Time) []byte {
	ms := t.UnixMilli()
	if ms%1000 == 0 || ms < 0 {
		return strconv.AppendInt(dst, t.Unix(), 10)
	}
	dst = strconv.AppendInt(dst, ms/1000, 10)
	dst = append(dst, '.', byte('0'+ms/100%10), byte('0'+ms/10%10), byte('0'+ms%10))
	return dst
}

// sortedKeys lists a map's keys in the order of their bytes, so that the same answer is always written the same.
func sortedKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int {
		switch x, y := a.String(), b.String(); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return keys
}

// appendString writes a JSON string. What is not UTF-8 becomes U+FFFD.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		dst = append(dst, s[start:i]...)
		dst = appendEscape(dst, c)
		i += size
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

const hexDigits = "0123456789abcdef"

// appendEscape writes a byte that a JSON string cannot hold as it is.
func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	if c >= utf8.RuneSelf {
		return append(dst, "\ufffd"...)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
