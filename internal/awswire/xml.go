package awswire

import (
	"encoding/base64"
	"reflect"
	"time"
	"unicode/utf8"
)

// AppendXML writes the members of v, a struct or a pointer to one, as XML elements after dst: lists as member elements,
// maps as entry elements with key and value.
func AppendXML(dst []byte, v any) ([]byte, error) {
	rv, c, err := source(v)
	if err != nil {
		return dst, err
	}
	return appendMembers(dst, c, rv), nil
}

func appendMembers(dst []byte, c *codec, v reflect.Value) []byte {
	for _, f := range c.fields {
		if fv := v.FieldByIndex(f.index); !f.skip(fv) {
			dst = appendElement(dst, f.name, f.codec, fv)
		}
	}
	return dst
}

func appendElement(dst []byte, name string, c *codec, v reflect.Value) []byte {
	if c.kind == kindPointer {
		if v.IsNil() {
			return dst
		}
		return appendElement(dst, name, c.elem, v.Elem())
	}
	dst = appendTag(dst, "<", name)
	switch c.kind {
	case kindStruct:
		dst = appendMembers(dst, c, v)
	case kindList:
		for i := range v.Len() {
			dst = appendElement(dst, "member", c.elem, v.Index(i))
		}
	case kindMap:
		for _, key := range sortedKeys(v) {
			dst = append(AppendText(append(dst, "<entry><key>"...), key.String()), "</key>"...)
			dst = appendElement(dst, "value", c.elem, v.MapIndex(key))
			dst = append(dst, "</entry>"...)
		}
	case kindString:
		dst = AppendText(dst, v.String())
	case kindBlob:
		dst = base64.StdEncoding.AppendEncode(dst, v.Bytes())
	case kindTime:
		dst = v.Interface().(time.Time).UTC().AppendFormat(dst, "2006-01-02T15:04:05Z")
	case kindDocument:
		dst = AppendText(dst, string(v.Bytes()))
	default:
		dst = appendPlain(dst, c, v)
	}
	return appendTag(dst, "</", name)
}

func appendTag(dst []byte, open, name string) []byte {
	dst = append(dst, open...)
	dst = append(dst, name...)
	return append(dst, '>')
}

// AppendText writes s as an XML element's text. What XML 1.0 cannot hold becomes U+FFFD.
func AppendText(dst []byte, s string) []byte {
	for i, r := range s {
		switch {
		case r == '&':
			dst = append(dst, "&amp;"...)
		case r == '<':
			dst = append(dst, "&lt;"...)
		case r == '>':
			dst = append(dst, "&gt;"...)
		case r == '"':
			dst = append(dst, "&quot;"...)
		case r == '\r':
			dst = append(dst, "&#xD;"...)
		case r < ' ' && r != '\t' && r != '\n', r == 0xfffe, r == 0xffff:
			dst = append(dst, "\ufffd"...)
		default:
			_, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError {
				dst = append(dst, "\ufffd"...)
			} else {
				dst = append(dst, s[i:i+size]...)
			}
		}
	}
	return dst
}
