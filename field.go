package aircon

import (
	"strconv"

	"aircon/internal/py"
)

// Field is a field of a connection as Airflow holds it in Python: null, a text, a number or a truth value.
//
// The zero value is null.
type Field struct {
	kind fieldKind
	text string
}

type fieldKind uint8

const (
	fieldNull fieldKind = iota
	fieldText
	fieldNumber
	fieldTruth
)

// Text returns a field that holds text, which may be empty.
func Text(s string) Field { return Field{fieldText, s} }

// Number returns a field that holds a number, written as Python's str() writes it.
func Number(s string) Field { return Field{fieldNumber, s} }

// Int returns a field that holds a whole number, such as a port.
func Int(n int) Field { return Field{fieldNumber, strconv.Itoa(n)} }

// Truth returns a field that holds a truth value.
func Truth(b bool) Field { return Field{fieldTruth, py.Str(b)} }

// IsNull reports whether the field is null.
func (f Field) IsNull() bool { return f.kind == fieldNull }

// IsText reports whether the field holds text, as all but the port should.
func (f Field) IsText() bool { return f.kind == fieldText }

// IsNumber reports whether the field holds a number.
func (f Field) IsNumber() bool { return f.kind == fieldNumber }

// IsTruth reports whether the field holds a truth value.
func (f Field) IsTruth() bool { return f.kind == fieldTruth }

// IsTrue is what Python's bool() says: false for null, an empty text, zero and False.
func (f Field) IsTrue() bool { return py.Truth(f.value()) }

// String returns the value as Python's str() writes it, and "" for null.
func (f Field) String() string { return f.text }

// value returns the field as package py has values.
func (f Field) value() any {
	switch f.kind {
	case fieldText:
		return f.text
	case fieldTruth:
		return f.text == "True"
	case fieldNumber:
		return py.ParseNumber(f.text)
	}
	return nil
}

// fieldOf returns a value as a field, and false for an object or a list.
func fieldOf(value any) (Field, bool) {
	switch v := value.(type) {
	case nil:
		return Field{}, true
	case string:
		return Field{fieldText, v}, true
	case bool:
		return Truth(v), true
	case py.Digits, float64:
		return Field{fieldNumber, py.Str(v)}, true
	}
	return Field{}, false
}
