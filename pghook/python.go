package pghook

import (
	"aircon"
	"aircon/internal/py"
)

// value returns a connection's field as Python has it.
func value(f aircon.Field) any {
	switch {
	case f.IsNull():
		return nil
	case f.IsText():
		return f.String()
	case f.IsTruth():
		return f.IsTrue()
	}
	return py.ParseNumber(f.String())
}

// field returns a Python value as a field, and false for a list or an object.
func field(v any) (aircon.Field, bool) {
	switch v := v.(type) {
	case nil:
		return aircon.Field{}, true
	case string:
		return aircon.Text(v), true
	case bool:
		return aircon.Truth(v), true
	case py.Digits, float64:
		return aircon.Number(py.Str(v)), true
	}
	return aircon.Field{}, false
}

// or is Python's a or b.
func or(a, b any) any {
	if py.Truth(a) {
		return a
	}
	return b
}
