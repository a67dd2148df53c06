package doctor

import (
	"aircon/lookup"
	"aircon/mwaa"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC012", Severity: Error, Arrow: ArrowOptions, Topic: "airflow.md#mwaa",
		Title: "backend_kwargs is not a JSON object",
		Means: "Airflow prints one warning at start and goes on with the defaults, so prefix and pattern have no effect",
		Why:   "kwargs were written as Python: single quotes, True, None, or a comma at the end",
		Mend:  "the corrected text is in the finding; `aircon apply` sets it",
	}},
	environment: checkKwargs,
})

// checkKwargs is row 12: kwargs that are not a JSON object are ignored, all of them.
func checkKwargs(e *Environment) []Finding {
	var all []Finding
	for _, w := range e.warned(lookup.NotJSON, lookup.NotAnObject) {
		mend := Mend{Text: "write " + w.Where + " as a JSON object: double quotes, true, false and null"}
		if fixed, ok := FixKwargs(e.MWAA.Options[w.Where]); ok {
			mend = e.setOption(w.Where, fixed)
		}
		all = append(all, Found("AC012", w.Text, e.apply(mend)).At("", e.optionPlace(w.Where, w.At)))
	}
	return all
}

// FixKwargs returns the JSON that a backend_kwargs text in Python's notation means, and false where that cannot be told.
func FixKwargs(text string) (string, bool) {
	fixed, ok := pythonLiteral(text)
	if !ok {
		return "", false
	}
	kwargs, err := mwaa.ParseKwargs(fixed)
	if err != nil {
		return "", false
	}
	return kwargs.Text(), true
}
