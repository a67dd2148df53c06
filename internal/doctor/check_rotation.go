package doctor

import (
	"strings"

	"aircon/internal/textfix"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC016", Severity: Error, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "a rotation cannot read the secret",
		Means: "AWS's rotation functions for PostgreSQL want JSON with `engine` postgres, `host`, `username` and `password`: with anything else each rotation fails, \"Database engine must be set to 'postgres'\"",
		Why:   "the text is a URI, or JSON with Airflow's own keys only",
		Mend:  "a text that both read: `engine`, `host`, `username`, `password`, `dbname` for the rotation, and `schema` for Airflow, which knows the others by these names too",
	}},
	text: checkRotation,
})

// checkRotation is row 16: a secret with a rotation whose text the function cannot read.
func checkRotation(t *SecretText) []Finding {
	if !t.Rotated || t.Reading.Problem != nil {
		return nil
	}
	missing := textfix.RotationLacks(t.tree)
	if len(missing) == 0 {
		return nil
	}
	seen := "the secret has a rotation, and its text lacks what that needs: " + strings.Join(missing, ", ")
	if !t.isObject() {
		seen = "the secret has a rotation, which reads JSON only, and its text is a URI"
	}
	mend := Mend{
		Text: `write it so that both read it: {"engine": "postgres", "host": …, "username": …, "password": …, "dbname": …, "schema": …, "port": …}`,
	}
	if len(t.Fix) > 0 && t.refusal == nil {
		return one(Found("AC016", seen, t.fixed(mend))) // with a spec too, which leaves a text alone that says the same in other words
	}
	return one(Found("AC016", seen, t.mend(mend)))
}
