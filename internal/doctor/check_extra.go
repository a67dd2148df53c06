package doctor

import "aircon"

// extraCheck is row 38: extra that is encoded twice, or no object at all.
var extraCheck = check{id: "AC038", text: func(t *SecretText) []Finding {
	var all []Finding
	for _, n := range t.noted(aircon.ExtraTwice, aircon.ExtraNotObject) {
		seen := "extra is JSON, but no object"
		if n.Kind == aircon.ExtraTwice {
			seen = "extra is a text that holds a text that holds JSON: it was encoded once too often"
		}
		f := Found("AC038", seen, t.mend(Mend{Text: `write it as an object: "extra": {"sslmode": "require"}`}))
		f.Where = t.at(n.Line, n.Column)
		all = append(all, f)
	}
	return all
}}
