package doctor

import (
	"slices"

	"aircon"
	"aircon/internal/textfix"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC021", Severity: Error, Arrow: ArrowHook, Topic: "airflow.md#a-uris-extras",
		Title: "a switch in extra is the text false, which counts as true",
		Means: "PostgresHook asks whether `iam`, `redshift` or `redshift-serverless` is true, and in Python any text is but the empty one: it goes and gets a token",
		Why:   "a URI's extras are texts; or JSON has the value in quotes",
		Mend:  "write `false` without quotes in JSON, or in a URI the whole extra under `__extra__`",
	}},
	text: checkSwitch,
})

// checkSwitch is row 21: iam=false still uses IAM.
func checkSwitch(t *SecretText) []Finding {
	var all []Finding
	for _, m := range t.extras() {
		if !t.isPostgres() || !slices.Contains(textfix.Switches, m.Key) || m.Value.Kind() != aircon.TextValue || !textfix.SaysNo(m.Value.Reveal()) {
			continue
		}
		all = append(all, Found("AC021", m.Key+" is a text, which PostgresHook takes for true", t.mend(Mend{
			Text: `write the connection as JSON with "extra": {"` + m.Key + `": false}, without quotes around false`,
		})).At("", t.extraAt(m.Key)))
	}
	return all
}
