package doctor

import (
	"errors"

	"aircon"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC045", Severity: Error, Arrow: ArrowText, Topic: "airflow.md#the-secrets-text",
		Title: "a number stands where a text belongs",
		Means: "Airflow writes each connection's URI inside its search; a number as login, host or schema makes that fail, and the connection is passed over as if it were missing",
		Why:   "a generator or a template wrote the value without quotes",
		Mend:  "put the number into quotes",
	}},
	text: checkNumber,
})

// checkNumber is row 45: get_uri() fails on a number, inside the search, and airflow.models takes no password that is one.
func checkNumber(t *SecretText) []Finding {
	if fault := t.fault(); fault != nil && fault.Field == "password" && errors.Is(fault, aircon.ErrField) {
		return one(Found("AC045", fault.Error(), t.mend(Mend{Text: "put the password in double quotes"})).At("", t.at(fault.Line, fault.Column)))
	}
	var all []Finding
	for _, n := range t.noted(aircon.NumberAsText) {
		if n.Field == "description" || n.Field == "conn_type" {
			continue
		}
		f := Found("AC045", n.Field+" is a number or a truth value", t.mend(Mend{Text: "put the value of " + n.Field + " in double quotes"}))
		f.Where = t.at(n.Line, n.Column)
		all = append(all, f)
	}
	return all
}
