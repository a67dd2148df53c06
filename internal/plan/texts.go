package plan

import (
	"aircon"
	"aircon/internal/spec"
)

// Text is what apply would write for a connection, as far as a spec tells.
type Text struct {
	Connection *spec.Connection
	Secret     aircon.Secret // with a placeholder in the place of each secret; null where Err is set
	Err        error         // why nothing can be written
}

// placeholder stands for every secret that a spec points at. Nothing in it needs encoding in a URI.
var placeholder = aircon.NewSecret("placeholder")

// Texts returns what apply would write for each declared connection, for an Airflow of that version where the spec states none. It asks
// nobody: secrets are not fetched. The error is that of an unknown version.
func Texts(e *spec.Environment, airflow string) ([]Text, aircon.Runtime, error) {
	rt, err := e.Runtime(airflow)
	if err != nil {
		return nil, rt, err
	}
	r, err := newReader(rt, "")
	if err != nil {
		return nil, rt, err
	}
	values := Values{}
	for _, source := range sources(e) {
		values[source] = placeholder
	}
	var all []Text
	for _, w := range wants(e) {
		if w.connection == nil {
			continue
		}
		text, err := w.text(values, r, aircon.Secret{})
		all = append(all, Text{w.connection, text, err})
	}
	return all, rt, nil
}
