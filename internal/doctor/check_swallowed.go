package doctor

import "aircon/lookup"

var _ = register(check{
	fallback: true,
	kinds: []Kind{{
		ID: "AC001", Severity: Error, Arrow: ArrowSecret, Topic: "airflow.md#the-search-path",
		Title: "the lookup failed and Airflow hides the reason",
		Means: "Airflow swallows what its secrets backend raises, goes on to the next source, and ends with \"The conn_id isn't defined\"",
		Why:   "Airflow treats every error of a secrets backend as not found, and logs it at most as a warning",
		Mend:  "what AWS answered is under `seen`: mend that; `aircon get CONN_ID` shows the search source by source",
	}},
	connection: checkSwallowed,
})

// checkSwallowed is row 1: the reason that Airflow hides, where no other check names it.
func checkSwallowed(p *Patient) []Finding {
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
}
