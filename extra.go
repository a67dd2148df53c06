package aircon

import (
	"errors"

	"aircon/internal/py"
)

// Extra is a connection's extra: Airflow keeps the text of a JSON object, and reads the object where it needs it.
//
// The zero value is null. A constructor called from Python may have put something other than text there; Text is null then,
// and Value has it.
type Extra struct {
	held Value
}

// NewExtra returns an extra with a JSON text, which is kept as it is. An empty text is not null.
func NewExtra(text string) Extra { return Extra{valueOf(text)} }

// IsNull reports whether there is no extra.
func (e Extra) IsNull() bool { return e.held.Kind() == NullValue }

// IsTrue is what Python's bool() says: false for null and for an empty text.
func (e Extra) IsTrue() bool { return e.held.IsTrue() }

// IsText reports whether extra holds text, which may be empty.
func (e Extra) IsText() bool { return e.held.Kind() == TextValue }

// Text returns the JSON text as Airflow stores it, and a null secret where extra is null or not text.
func (e Extra) Text() Secret {
	if text, is := e.held.py().(string); is {
		return NewSecret(text)
	}
	return Secret{}
}

// Value returns what extra holds: nearly always the JSON text.
func (e Extra) Value() Value { return e.held }

// Decode returns what the text says, as the property extra_dejson does: an empty object for a text that is not JSON, and for
// none. It need not be an object in Airflow 2 and on Airflow 3's workers. The error is an [*Error] of kind [ErrExtra] where Airflow
// fails: extra is not text; a number in it has more than 4,300 digits; it nests too deep; in Airflow 2, a lone surrogate.
func (e Extra) Decode(rt Runtime) (Value, error) {
	value, err := e.decode(rt)
	return valueOf(value), err
}

// Members returns the keys and values of the object in their order, and nothing for a null extra, whatever the runtime. The error
// is an [*Error] of kind [ErrExtra] where the text cannot be read or is JSON of something other than an object.
func (e Extra) Members() ([]Member, error) {
	value, err := e.Decode(Runtime{Airflow: Version{Major: 3}})
	if err != nil {
		return nil, err
	}
	if value.Kind() != ObjectValue {
		return nil, &Error{Kind: ErrExtra, Field: "extra", Reason: "it is of Python's type " + py.TypeName(value.py())}
	}
	return value.Members(), nil
}

func (e Extra) decode(rt Runtime) (any, error) {
	if !e.IsTrue() {
		return new(py.Dict), nil
	}
	text, is := e.held.py().(string)
	if !is {
		return nil, &Error{Kind: ErrExtra, Field: "extra", Reason: "it is of Python's type " + py.TypeName(e.held.py()) + ", not text"}
	}
	value, err := py.Loads(text)
	if syntax := (*py.JSONError)(nil); errors.As(err, &syntax) {
		return new(py.Dict), nil
	}
	if err != nil {
		return nil, &Error{Kind: ErrExtra, Field: "extra", Reason: err.Error()}
	}
	if rt.usesRE2() && py.AnyText(value, py.HasSurrogate) {
		return nil, &Error{Kind: ErrExtra, Field: "extra", Reason: surrogateReason}
	}
	return value, nil
}
