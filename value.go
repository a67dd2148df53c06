package aircon

import (
	"fmt"
	"log/slog"
	"slices"

	"aircon/internal/py"
)

// ValueKind says what a [Value] is in JSON.
type ValueKind uint8

// The kinds of values. An integer and a float are told apart, as Python does: 5432.0 is a float.
const (
	NullValue ValueKind = iota
	TruthValue
	IntegerValue
	FloatValue
	TextValue
	ListValue
	ObjectValue
)

// Value is a value inside an extra, such as one of PostgreSQL's options. It may be secret, so it prints as [redacted]; its
// methods give what it holds.
//
// The zero value is null.
type Value struct {
	held *any
}

func valueOf(v any) Value {
	if v == nil {
		return Value{}
	}
	return Value{&v}
}

func (v Value) py() any {
	if v.held == nil {
		return nil
	}
	return *v.held
}

// Kind says what the value is.
func (v Value) Kind() ValueKind {
	switch v.py().(type) {
	case bool:
		return TruthValue
	case py.Digits:
		return IntegerValue
	case float64:
		return FloatValue
	case string:
		return TextValue
	case []any:
		return ListValue
	case *py.Dict:
		return ObjectValue
	}
	return NullValue
}

// Reveal returns the value as Python's str() writes it: a text as it is, None, True, 5432, {'a': 1}.
func (v Value) Reveal() string { return py.Str(v.py()) }

// IsTrue is what Python's bool() says: false for null, false, zero, and an empty text, list or object. The text "false" is true.
func (v Value) IsTrue() bool { return py.Truth(v.py()) }

// JSON returns the value as Python's json.dumps writes it.
func (v Value) JSON() Secret { return NewSecret(py.Dumps(v.py())) }

// List returns the items of a list, and nothing for all else.
func (v Value) List() []Value {
	items, _ := v.py().([]any)
	out := make([]Value, len(items))
	for i, item := range items {
		out[i] = valueOf(item)
	}
	return out
}

// Members returns an object's members in their order, and nothing for all else.
func (v Value) Members() []Member {
	dict, _ := v.py().(*py.Dict)
	out := make([]Member, 0, dict.Len())
	for key, value := range dict.All() {
		out = append(out, Member{key, valueOf(value)})
	}
	return out
}

// Member is one key of an object, with its value.
type Member struct {
	Key   string
	Value Value
}

// String returns [redacted].
func (v Value) String() string { return redacted }

// GoString returns [redacted].
func (v Value) GoString() string { return redacted }

// Format prints [redacted] for every verb.
func (v Value) Format(f fmt.State, _ rune) {
	// Nothing can be done about a writer that fails; fmt reports it to its own caller.
	_, _ = fmt.Fprint(f, redacted)
}

// MarshalText gives "[redacted]", in JSON, YAML and wherever else text is marshalled.
func (v Value) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue gives "[redacted]" to slog.
func (v Value) LogValue() slog.Value { return slog.StringValue(redacted) }

// Equal reports whether two values are the same: of the same kinds, whatever the order of an object's members.
func (v Value) Equal(other Value) bool { return sameValue(v.py(), other.py()) }

func sameValue(a, b any) bool {
	switch a := a.(type) {
	case []any:
		b, is := b.([]any)
		return is && slices.EqualFunc(a, b, sameValue)
	case *py.Dict:
		b, is := b.(*py.Dict)
		if !is || a.Len() != b.Len() {
			return false
		}
		for key, value := range a.All() {
			if other, found := b.Get(key); !found || !sameValue(value, other) {
				return false
			}
		}
		return true
	case float64:
		b, is := b.(float64)
		return is && (a == b || a != a && b != b) // NaN is what it is
	}
	return a == b
}
