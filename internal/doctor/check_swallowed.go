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
	for i := range p.Trace.Entries {
		e := &p.Trace.Entries[i]
		switch e.Result {
		case lookup.Won:
			return all // what comes after it is not asked by a task
		case lookup.Raised, lookup.Hidden, lookup.PassedOver:
			if e.Problem != nil {
				all = append(all, Found("AC001", e.Class+": "+e.Problem.Error(), p.mendSwallowed(e)).At("", p.place()))
			}
		}
	}
	return all
}

// mendSwallowed is the mend of an error that Airflow hides.
func (p *Patient) mendSwallowed(e *lookup.Entry) Mend {
	if r := p.Reading; e == p.Entry && r != nil && r.TextErr == nil && r.Text.IsNull() {
		return p.mendSecret(Mend{Text: "store the connection as a text: aws secretsmanager put-secret-value --secret-id " + p.name() +
			" --secret-string file://connection.json, where the file holds it"})
	}
	return Mend{Text: "mend what the error says; Airflow itself shows nothing of it"}
}
