package aircon

import (
	"errors"
	"strconv"
	"strings"
)

// What can be wrong with a connection: errors.Is tells which. Each error of this package is an [*Error] around one of these.
var (
	ErrURI       = errors.New("not a connection URI")
	ErrJSON      = errors.New("not a connection in JSON")
	ErrEmpty     = errors.New("nothing but white space")
	ErrField     = errors.New("a field that cannot hold its value")
	ErrKey       = errors.New("a key that Airflow's connection does not have")
	ErrExtra     = errors.New("an extra that is not a JSON object")
	ErrConflict  = errors.New("both a URI and single fields")
	ErrMissing   = errors.New("a field that must be given")
	ErrUnwritten = errors.New("a connection that cannot be written")
)

// Error says why Airflow fails to read or write a connection. It holds none of the text that was read: only a field's name, a
// place, and what was expected.
type Error struct {
	Kind   error  // one of the Err variables
	Field  string // the field at fault as Airflow calls it, such as conn_type; "" for none
	Reason string // what is wrong, or what was expected
	Line   int    // from 1; 0 where the place is not known
	Column int    // in characters, from 1; 0 where the place is not known
}

// Error returns one line: the kind, the field, the place and the reason, as far as they are known.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Kind.Error())
	if e.Field != "" {
		b.WriteString(": " + e.Field)
	}
	if e.Line > 0 {
		b.WriteString(": line " + strconv.Itoa(e.Line) + ", column " + strconv.Itoa(e.Column))
	}
	if e.Reason != "" {
		b.WriteString(": " + e.Reason)
	}
	return b.String()
}

// Unwrap returns the kind.
func (e *Error) Unwrap() error { return e.Kind }

// surrogateReason says what Python cannot encode.
const surrogateReason = `it holds a lone surrogate, half of a pair such as \ud83d\ude00`
