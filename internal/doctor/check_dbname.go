package doctor

import "aircon"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC003", Severity: Error, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "the database's name is under a key that Airflow drops",
		Means: "`dbname` is no alias of schema: the connection has no database, and libpq falls back to one named like the login",
		Why:   "the secret was made by RDS or for its rotation, which write `dbname`; Airflow knows `schema` and `database`",
		Mend:  "name the key `schema`, or map it: `extra_conn_words: {schema: [dbname]}` in the spec's backend",
	}},
	text: checkDbname,
})

// checkDbname is row 3: the secret of an RDS database names the database where Airflow does not look.
func checkDbname(t *SecretText) []Finding {
	if !t.Reading.Conn.Schema.IsNull() && t.Reading.Conn.Schema.String() != "" {
		return nil
	}
	for _, n := range t.noted(aircon.IgnoredKey) {
		if n.Field == "dbname" {
			f := Found("AC003", "the secret has the key dbname, and none of database and schema", t.mend(Mend{
				Text: `add "schema" with the same value to the secret, or "extra_conn_words": {"schema": ["dbname"]} to secrets.backend_kwargs`,
			}))
			f.Where = t.at(n.Line, n.Column)
			return one(f)
		}
	}
	return nil
}
