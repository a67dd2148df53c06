package doctor

import "aircon/lookup"

// swallowedCheck is row 1: the reason that Airflow hides, where no other check names it.
var swallowedCheck = check{id: "AC001", connection: func(p *Patient) []Finding {
	if p.Reading != nil && p.Reading.HiddenFromCaller() {
		return nil
	}
	var all []Finding
	for _, e := range p.Trace.Entries {
		switch e.Result {
		case lookup.Raised, lookup.Hidden, lookup.PassedOver:
			if e.Problem != nil {
				all = append(all, Found("AC001", e.Class+": "+e.Problem.Error(), Mend{Text: "mend what the error says; Airflow itself shows nothing of it"}).At("", p.place()))
			}
		}
	}
	return all
}}
