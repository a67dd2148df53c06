package doctor

import (
	"errors"

	"aircon"
	"aircon/internal/textfix"
	"aircon/lookup"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC037", Severity: Error, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "the secret's text is not JSON",
		Means: "the text begins like JSON but has comments, trailing commas or other quotes: Airflow cannot read it and swallows the error",
		Why:   "the text was copied from a guide or a Python file: comments, a trailing comma, single quotes",
		Mend:  "the corrected text is in the finding, with the place of each mistake",
	}},
	text: checkComments,
})

// checkComments is row 37: a text that begins like JSON and is none, mostly copied from a guide with its comments.
func checkComments(t *SecretText) []Finding {
	problem := t.Reading.Problem
	if problem == nil || problem.Step != lookup.StepRead || !t.isObject() || errors.Is(problem.Err, aircon.ErrExtra) || errors.Is(problem.Err, aircon.ErrField) {
		return nil
	}
	f := Found("AC037", problem.Message, t.mend(Mend{Text: "write it as JSON: double quotes, no comments, no comma before a closing brace"}))
	var place *aircon.Error
	if errors.As(problem.Err, &place) {
		f.Where = t.at(place.Line, place.Column)
	}
	if clean, ok := textfix.JSON(t.Text); ok && t.Mend == nil {
		if tidy, ok := Presentable([]byte(clean.Reveal())); ok {
			f.Mend.Text = "write it as JSON has it:\n" + tidy
		}
	}
	return one(f)
}
