package doctor

import (
	"slices"

	"aircon/internal/near"
	"aircon/lookup"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC103", Severity: Error, Arrow: ArrowPattern, Topic: "airflow.md#the-secrets-name",
		Title: "the backend is never asked for this conn_id",
		Means: "a lookup pattern or a null prefix keeps the conn_id away from Secrets Manager: Airflow goes on to the next source",
		Why:   "connections_lookup_pattern does not match the conn_id from its first character on (Python's re.match), or connections_prefix is null",
		Mend:  "change the pattern or the prefix: `connections_lookup_pattern: auto` fits the spec's ids",
	}},
	connection: checkPattern,
})

// checkPattern: the backend is never asked for this conn_id, by its pattern or its prefix.
func checkPattern(p *Patient) []Finding {
	if p.Entry == nil || p.Entry.Result != lookup.Skipped {
		return nil
	}
	seen := "connections_prefix is null: Secrets Manager is asked for no connection at all"
	if p.Entry.Reason == lookup.PatternRefused {
		seen = "connections_lookup_pattern " + p.Entry.Pattern + " does not match the conn_id " + p.ID +
			" (Python's re.match: from the start, upper and lower case alike)"
	}
	ids := p.Env.ids()
	if nearest, is := near.Nearest(p.ID, ids); is && !slices.Contains(ids, p.ID) {
		seen += "; did you mean " + nearest + "?"
	}
	mend := Mend{Text: "let connections_lookup_pattern in secrets.backend_kwargs match " + p.ID}
	if p.Entry.Reason == lookup.PatternRefused && slices.Contains(p.Env.stored(), p.ID) {
		mend = p.Env.onlyStored()
	}
	f := Found("AC103", seen, p.mendSecret(mend)).At("", p.Env.optionPlace(p.Env.Settings.KwargsOption(), 0))
	if p.Trace.Outcome == lookup.Found {
		f.Severity = Info // another source has it
	}
	return one(f)
}
