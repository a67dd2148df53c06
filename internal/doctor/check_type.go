package doctor

import "aircon/internal/textfix"

// https://airflow.apache.org/docs/apache-airflow-providers-postgres/stable/connections/postgres.html; the error is Connection.get_hook's.
var _ = register(check{
	kinds: []Kind{{
		ID: "AC107", Severity: Error, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "the connection's type is not one of Airflow's",
		Means: "SQLExecuteQueryOperator, and whatever else asks the connection for its hook, ends in `Unknown hook type`; PostgresHook itself does not look at the type",
		Why:   "the type was taken from SQLAlchemy (`postgresql+psycopg2`) or psql, or has capital letters; Airflow's name is `postgres`, and `postgresql` is read as that",
		Mend:  "write `postgres`",
	}},
	text: checkType,
})

// checkType: PostgreSQL by a name that Airflow does not know.
func checkType(t *SecretText) []Finding {
	kind := t.Reading.Conn.Type.String()
	if t.Reading.Problem != nil || t.Reading.Notes.Garbled() || !textfix.MeansPostgres(kind) {
		return nil
	}
	return one(Found("AC107", "the type is "+kind, t.mend(Mend{Text: "write postgres instead of " + kind})))
}
