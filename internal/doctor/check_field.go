package doctor

import (
	"errors"
	"strconv"

	"aircon"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC105", Severity: Error, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "a field cannot hold its value",
		Means: "the text is JSON, and Airflow cannot make a connection of it: it raises, and swallows the error",
		Why:   "a port that is no number, or another value of the wrong kind",
		Mend:  "give the field a value of its kind: a port is a whole number",
	}},
	text: checkField,
})

// checkField: JSON that is right, with a value that its field cannot hold, such as a port that is no number.
func checkField(t *SecretText) []Finding {
	if t.isPostgres() {
		return outOfRange(t)
	}
	fault := t.fault()
	if fault == nil || !t.isObject() || !errors.Is(fault, aircon.ErrField) || fault.Field == "password" {
		return nil
	}
	f := Found("AC105", fault.Error(), t.mend(Mend{Text: "give " + fault.Field + " a value of its kind: a port is a whole number, such as 5432"}))
	f.Where = t.at(fault.Line, fault.Column)
	return one(f)
}

// outOfRange finds a port that Airflow passes on and libpq refuses: it takes 1 to 65535 (PostgreSQL's fe-connect.c, "invalid port number").
func outOfRange(t *SecretText) []Finding {
	port, err := strconv.Atoi(t.Reading.Conn.Port.String())
	if err != nil || port == 0 || port > 0 && port <= 65535 { // of 0 Airflow makes the default
		return nil
	}
	f := Found("AC105", "port is "+strconv.Itoa(port)+": there are ports from 1 to 65535", t.inWords(Mend{Text: "give port its number, such as 5432"}))
	f.Arrow, f.Means = ArrowHook, "Airflow passes the port on, and libpq refuses it: invalid port number"
	return one(f)
}
