package doctor

import "aircon/internal/textfix"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC050", Severity: Warning, Arrow: ArrowText, Topic: "airflow.md#a-uris-extras",
		Title: "servers and workers read the connection differently",
		Means: "from Airflow 3.2 on a URI's extras have types on servers and are texts on workers: what works in the scheduler may not in a task. An id with `/`, `?` or `#` that only the metastore has is found on servers alone: a task asks the Execution API for it, by a URL",
		Why:   "the connection is a URI with extras that are JSON, such as `iam=false`; or the id is one that Airflow 2 allowed",
		Mend:  "write the connection as JSON, where both sides read the same; give it an id of letters, digits, `_`, `.` and `-`",
	}},
	text:       checkSides,
	connection: checkSlashID,
})

// checkSides is the half of row 50 that is in the text.
func checkSides(t *SecretText) []Finding {
	if t.isObject() || !textfix.SidesDiffer(t.Text, t.backend) {
		return nil
	}
	return one(Found("AC050", "extras of the URI have types on servers and are texts on workers, and that changes what the hook does with them", t.mend(Mend{
		Text: "write the connection as JSON, where both sides read the same",
	})))
}
