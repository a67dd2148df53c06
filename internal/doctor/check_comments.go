package doctor

import (
	"errors"

	"github.com/tailscale/hujson"

	"aircon"
	"aircon/lookup"
)

// commentsCheck is row 37: a text that begins like JSON and is none, mostly copied from a guide with its comments.
var commentsCheck = check{id: "AC037", text: func(t *SecretText) []Finding {
	problem := t.Reading.Problem
	if problem == nil || problem.Step != lookup.StepRead || !t.isObject() || errors.Is(problem.Err, aircon.ErrExtra) || errors.Is(problem.Err, aircon.ErrField) {
		return nil
	}
	f := Found("AC037", problem.Message, t.mend(Mend{Text: "write it as JSON: double quotes, no comments, no comma before a closing brace"}))
	var place *aircon.Error
	if errors.As(problem.Err, &place) {
		f.Where = t.at(place.Line, place.Column)
	}
	if clean, err := hujson.Standardize([]byte(t.Text.Reveal())); err == nil {
		if tidy, ok := Presentable(clean); ok && t.Mend == nil {
			f.Mend.Text = "write it without comments and trailing commas:\n" + tidy
		}
	}
	return one(f)
}}
