package doctor

import "aircon"

// dbnameCheck is row 3: the secret of an RDS database names the database where Airflow does not look.
var dbnameCheck = check{id: "AC003", text: func(t *SecretText) []Finding {
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
}}
