package doctor

import (
	"errors"

	"aircon"
)

// fieldCheck: JSON that is right, with a value that its field cannot hold, such as a port that is no number.
var fieldCheck = check{id: "AC105", text: func(t *SecretText) []Finding {
	var fault *aircon.Error
	if t.Reading.Problem == nil || !t.isObject() || !errors.As(t.Reading.Problem.Err, &fault) || !errors.Is(fault, aircon.ErrField) {
		return nil
	}
	f := Found("AC105", fault.Error(), t.mend(Mend{Text: "give " + fault.Field + " a value of its kind: a port is a whole number, such as 5432"}))
	f.Where = t.at(fault.Line, fault.Column)
	return one(f)
}}
