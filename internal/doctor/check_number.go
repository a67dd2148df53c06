package doctor

import "aircon"

// numberCheck is row 45: get_uri() fails on a number, inside the search.
var numberCheck = check{id: "AC045", text: func(t *SecretText) []Finding {
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
}}
