package doctor

import "strings"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC024", Severity: Error, Arrow: ArrowHook, Topic: "airflow.md#postgreshook",
		Title: "psycopg 3 does not have what this connection asks of psycopg2",
		Means: "postgres provider 7 (Airflow 3.3.1) connects through psycopg 3 where SQLAlchemy is 2 or later: the cursor realdictcursor is refused, and parameters are typed by the server (DatatypeMismatch)",
		Why:   "the connection was written for psycopg2, and the environment was upgraded",
		Mend:  "write `dictcursor`, whose rows are plain dicts in psycopg 3; in SQL, cast parameters whose type the server cannot tell (`%s::int`)",
	}},
	text: checkCursor,
})

// checkCursor is row 24, as far as a connection can tell it: by the driver that the image's provider uses.
func checkCursor(t *SecretText) []Finding {
	rt := t.backend.Runtime()
	if rt.Driver.Name != "psycopg" || !t.isPostgres() {
		return nil
	}
	for _, m := range t.extras() {
		if m.Key == "cursor" && strings.EqualFold(m.Value.Reveal(), "realdictcursor") {
			return one(Found("AC024", "the cursor realdictcursor, which postgres provider "+rt.Postgres.String()+" refuses with psycopg 3", t.mend(Mend{
				Text: `write "cursor": "dictcursor" in extra: with psycopg 3 it gives the same rows`,
			})).At("", t.extraAt("cursor")))
		}
	}
	return nil
}
