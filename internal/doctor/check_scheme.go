package doctor

import "aircon/internal/textfix"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC047", Severity: Error, Arrow: ArrowText, Topic: "airflow.md#a-uris-extras",
		Title: ":// stands unencoded in an extra's value",
		Means: "Airflow takes the second :// of a URI for a protocol of the host: the host is lost, or the text raises an error that shows the whole URI",
		Why:   "an address was written into the query as it is",
		Mend:  "write `://` in values as `%3A%2F%2F`, or the connection as JSON",
	}},
	text: checkScheme,
})

// checkScheme is row 47.
func checkScheme(t *SecretText) []Finding {
	if t.uriFault() != "AC047" {
		return nil
	}
	seen := "the host is lost: the :// in a value counts as the host's protocol"
	if t.Reading.Problem != nil {
		seen = t.Reading.Problem.Error()
	}
	return one(Found("AC047", seen, t.mend(Mend{
		Text: "write :// in the value as %3A%2F%2F, or the connection as JSON",
	})).At("", t.position(textfix.Stray(t.Text.Reveal()))))
}
