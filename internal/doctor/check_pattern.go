package doctor

import "aircon/lookup"

// patternCheck: the backend is never asked for this conn_id, by its pattern or its prefix.
var patternCheck = check{id: "AC103", connection: func(p *Patient) []Finding {
	if p.Entry == nil || p.Entry.Result != lookup.Skipped {
		return nil
	}
	seen := "connections_prefix is null: Secrets Manager is asked for no connection at all"
	if p.Entry.Reason == lookup.PatternRefused {
		seen = "connections_lookup_pattern " + p.Entry.Pattern + " does not match the conn_id " + p.ID +
			" (Python's re.match: from the start, upper and lower case alike)"
	}
	f := Found("AC103", seen, p.mendSecret(Mend{Text: "let connections_lookup_pattern in secrets.backend_kwargs match " + p.ID}))
	if p.Trace.Outcome == lookup.Found {
		f.Severity = Info // another source has it
	}
	return one(f)
}}
