package doctor

import "aircon"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC002", Severity: Warning, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "the connection has no type",
		Means: "Airflow 2 and whoever reads the secret itself take it; Airflow 3's Execution API refuses it or answers 500, and the task ends with \"isn't defined\"",
		Why:   "the text has no `conn_type`, or a key `conn_id` before it, which Airflow's backend takes for the type",
		Mend:  "add `\"conn_type\": \"postgres\"`",
	}},
	text: checkNoType,
})

// checkNoType is row 2: a connection without a type, judged by Airflow's version and by who reads it.
func checkNoType(t *SecretText) []Finding {
	if t.Reading.Problem != nil || t.Reading.Empty || !t.isObject() {
		return nil
	}
	seen, place := "the text has no conn_type", t.Where
	if notes := t.noted(aircon.TypeFromConnID); len(notes) > 0 && t.Reading.Conn.Type.String() != "postgres" {
		seen, place = "the key conn_id stands for the type: Airflow takes the id for it", t.at(notes[0].Line, notes[0].Column)
	} else if t.Reading.Conn.Type.IsTrue() {
		return nil
	}
	f := Found("AC002", seen, t.mend(Mend{Text: `write "conn_type": "postgres" into it, or whichever type it has`})).At("", place)
	switch rt := t.backend.Runtime(); {
	case rt.Airflow.Major < 3:
		f.Seen += "; Airflow " + rt.Airflow.String() + " takes it, and Airflow 3's Execution API will not"
	case rt.Side == aircon.Server:
		f.Severity = Error
		f.Seen += "; a task that gets it from the API server of Airflow " + rt.Airflow.String() + " is refused"
	default:
		f.Seen += "; a worker that reads the secret itself takes it, and Airflow's Execution API does not"
	}
	return one(f)
}
