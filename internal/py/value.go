package py

import (
	"iter"
	"math"
	"strconv"
	"strings"
)

// Digits is a Python int of any size, as str() writes it: decimal, no leading zeros, a minus sign where needed.
type Digits string

// NewInt returns n as a Python int.
func NewInt(n int64) Digits { return Digits(strconv.FormatInt(n, 10)) }

// Item is one entry of a [Dict].
type Item struct {
	Key   string
	Value any
}

// Dict is a Python dict whose keys are strings, as json.loads makes them: it keeps the order in which keys first came.
//
// The zero value is an empty dict.
type Dict struct {
	items []Item
	index map[string]int // only once there are more than a few items
}

// indexFrom is the number of items from which a search through a map is faster than one through the slice.
const indexFrom = 12

// NewDict returns a dict of items, the last of equal keys winning.
func NewDict(items ...Item) *Dict {
	d := new(Dict)
	for _, item := range items {
		d.Set(item.Key, item.Value)
	}
	return d
}

// Len returns the number of items, and 0 for a nil dict.
func (d *Dict) Len() int {
	if d == nil {
		return 0
	}
	return len(d.items)
}

// All gives the items in order.
func (d *Dict) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		if d == nil {
			return
		}
		for _, item := range d.items {
			if !yield(item.Key, item.Value) {
				return
			}
		}
	}
}

// Get returns a key's value and whether there is one; the value may be nil, which is None.
func (d *Dict) Get(key string) (any, bool) {
	if i := d.find(key); i >= 0 {
		return d.items[i].Value, true
	}
	return nil, false
}

// Set gives a key its value. A key that is there already keeps its place.
func (d *Dict) Set(key string, value any) {
	if i := d.find(key); i >= 0 {
		d.items[i].Value = value
		return
	}
	d.items = append(d.items, Item{key, value})
	switch {
	case d.index != nil:
		d.index[key] = len(d.items) - 1
	case len(d.items) == indexFrom:
		d.reindex()
	}
}

// Pop removes a key and returns its value and whether there was one.
func (d *Dict) Pop(key string) (any, bool) {
	i := d.find(key)
	if i < 0 {
		return nil, false
	}
	value := d.items[i].Value
	d.items = append(d.items[:i:i], d.items[i+1:]...)
	if d.index != nil {
		d.reindex()
	}
	return value, true
}

func (d *Dict) find(key string) int {
	if d == nil {
		return -1
	}
	if d.index != nil {
		if i, found := d.index[key]; found {
			return i
		}
		return -1
	}
	for i := range d.items {
		if d.items[i].Key == key {
			return i
		}
	}
	return -1
}

func (d *Dict) reindex() {
	d.index = make(map[string]int, 2*len(d.items))
	for i, item := range d.items {
		d.index[item.Key] = i
	}
}

// Truth is bool(): false for None, False, zero, and whatever is empty. NaN is true.
func Truth(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case bool:
		return v
	case Digits:
		return v != "0"
	case float64:
		return v != 0
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case *Dict:
		return v.Len() > 0
	}
	return true
}

// TypeName is type(value).__name__, such as dict.
func TypeName(value any) string {
	switch value.(type) {
	case nil:
		return "NoneType"
	case bool:
		return "bool"
	case Digits:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case []any:
		return "list"
	case *Dict:
		return "dict"
	}
	return "object"
}

// Str is str(): a string itself, and [Repr] of all else.
func Str(value any) string {
	if text, is := value.(string); is {
		return text
	}
	return Repr(value)
}

// Repr is repr(), as Python 3.12 (Unicode 15.0) writes it.
func Repr(value any) string {
	var b strings.Builder
	writeRepr(&b, value)
	return b.String()
}

func writeRepr(b *strings.Builder, value any) {
	switch v := value.(type) {
	case nil:
		b.WriteString("None")
	case bool:
		b.WriteString(map[bool]string{true: "True", false: "False"}[v])
	case Digits:
		b.WriteString(string(v))
	case float64:
		b.WriteString(FloatRepr(v))
	case string:
		writeReprText(b, v)
	case []any:
		writeReprList(b, v)
	case *Dict:
		writeReprDict(b, v)
	}
}

func writeReprList(b *strings.Builder, list []any) {
	b.WriteByte('[')
	for i, item := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		writeRepr(b, item)
	}
	b.WriteByte(']')
}

func writeReprDict(b *strings.Builder, dict *Dict) {
	b.WriteByte('{')
	separator := ""
	for key, item := range dict.All() {
		b.WriteString(separator)
		writeReprText(b, key)
		b.WriteString(": ")
		writeRepr(b, item)
		separator = ", "
	}
	b.WriteByte('}')
}

// FloatRepr is repr() of a float: the shortest text that reads back as the same number.
func FloatRepr(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// AnyText reports whether a test holds for any string among a value and what it holds, keys left out.
func AnyText(value any, test func(string) bool) bool {
	switch v := value.(type) {
	case string:
		return test(v)
	case []any:
		for _, item := range v {
			if AnyText(item, test) {
				return true
			}
		}
	case *Dict:
		for _, item := range v.All() {
			if AnyText(item, test) {
				return true
			}
		}
	}
	return false
}
