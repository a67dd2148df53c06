package doctor

import (
	"aircon/lookup"
	"aircon/mwaa"
)

// elsewhereCheck is row 6: each lookup of a connection that is kept elsewhere ends in AccessDenied.
var elsewhereCheck = check{id: "AC006", environment: func(e *Environment) []Finding {
	if e.Role == nil || e.Settings.Backend == nil {
		return nil
	}
	names := e.Settings.Backend.Names(lookup.Connection, unlikely, "")
	if len(names.Asked) == 0 || e.Role.reads(e.secretARN(names.Asked[0])+suffix) {
		return nil
	}
	return one(Found("AC006", "connections_lookup_pattern lets every conn_id through, and the execution role may read only some: "+
		"a lookup of any other is refused with AccessDenied before the next source is asked",
		e.applyPattern(Mend{Text: "set connections_lookup_pattern in " + mwaa.OptionBackendKwargs + " to match the conn_ids that Secrets Manager holds"}),
	).At("", "option "+mwaa.OptionBackendKwargs+" of environment "+e.Name))
}}
