package aircon

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

// Truth returns a field that holds a truth value.
func Truth(b bool) Field {
	if b {
		return Field{fieldTruth, "True"}
	}
	return Field{fieldTruth, "False"}
}

// IsNull reports whether the field is null.
func (f Field) IsNull() bool { return f.kind == fieldNull }

// IsText reports whether the field holds text, as all but the port should.
func (f Field) IsText() bool { return f.kind == fieldText }

// IsNumber reports whether the field holds a number.
func (f Field) IsNumber() bool { return f.kind == fieldNumber }

// String returns the value as Python's str() writes it, and "" for null.
func (f Field) String() string { return f.text }
