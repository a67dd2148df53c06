package doctor

import (
	"slices"

	"aircon/lookup"
	"aircon/mwaa"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC006", Severity: Warning, Arrow: ArrowPattern, Topic: "airflow.md#the-secrets-name",
		Title: "the backend is asked for connections that are kept elsewhere",
		Means: "IAM decides before existence is looked at: each such lookup ends in AccessDenied, an error in the task log and a paid call",
		Why:   "the backend has no lookup pattern, or one that fits every conn_id, and the role's policy names only some secrets",
		Mend:  "`connections_lookup_pattern: auto` in the spec, then `aircon apply`",
	}},
	environment: checkElsewhere,
})

// checkElsewhere is row 6: each lookup of a connection that is kept elsewhere ends in AccessDenied.
func checkElsewhere(e *Environment) []Finding {
	if e.Role == nil || e.Settings.Backend == nil {
		return nil
	}
	names := e.Settings.Backend.Names(lookup.Connection, unlikely, "")
	if len(names.Asked) == 0 || e.Role.reads(e.secretARN(names.Asked[0])+suffix) {
		return nil
	}
	return one(Found("AC006", "connections_lookup_pattern lets every conn_id through, and the execution role may read only some: "+
		"a lookup of any other is refused with AccessDenied before the next source is asked",
		e.applyPattern(e.onlyStored()),
	).At("", "option "+e.Settings.KwargsOption()+" of environment "+e.Name))
}

// onlyStored is the mend that lets the backend be asked for what Secrets Manager has, and for nothing else.
func (e *Environment) onlyStored() Mend {
	option := e.Settings.KwargsOption()
	text := "let connections_lookup_pattern in " + option + " match the conn_ids that Secrets Manager holds, and no other"
	kwargs, err := mwaa.ParseKwargs(e.MWAA.Options[option])
	if err != nil || e.Names == nil || e.asksAbroad() { // whose secrets cannot be listed
		return Mend{Text: text}
	}
	ids := slices.DeleteFunc(e.stored(), isAWSDefault)
	if len(ids) == 0 { // a pattern of nothing would shut Secrets Manager out; more probably the prefix is wrong
		prefix, _ := e.Settings.Backend.Prefix(lookup.Connection)
		return Mend{Text: text + "; none lies under " + prefix + " now"}
	}
	if kwargs, err = kwargs.Set("connections_lookup_pattern", mwaa.LookupPattern(ids)); err != nil {
		return Mend{Text: text}
	}
	return e.setKwargs(text, option, kwargs)
}
