package doctor

import (
	"errors"

	"aircon"
)

const extraObject = `write it as an object: "extra": {"sslmode": "require"}`

var _ = register(check{
	kinds: []Kind{{
		ID: "AC038", Severity: Error, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "extra is not an object",
		Means: "extra must be a JSON object or a string that holds one: anything else is refused, or silently carries nothing to the driver",
		Why:   "extra went through json.dumps twice, or was given as a list",
		Mend:  "make `extra` an object, or a string that holds one, encoded once",
	}},
	text: checkExtra,
})

// checkExtra is row 38: extra that is encoded twice, or no object at all.
func checkExtra(t *SecretText) []Finding {
	var all []Finding
	var refused *aircon.Error
	if t.Reading.Problem != nil && errors.As(t.Reading.Problem.Err, &refused) && errors.Is(refused, aircon.ErrExtra) {
		f := Found("AC038", refused.Error(), t.mend(Mend{Text: extraObject}))
		f.Where = t.at(refused.Line, refused.Column)
		return one(f)
	}
	for _, n := range t.noted(aircon.ExtraTwice, aircon.ExtraNotObject) {
		seen := "extra is JSON, but no object"
		if n.Kind == aircon.ExtraTwice {
			seen = "extra is a text that holds a text that holds JSON: it was encoded once too often"
		}
		f := Found("AC038", seen, t.mend(Mend{Text: extraObject}))
		f.Where = t.at(n.Line, n.Column)
		all = append(all, f)
	}
	return all
}
