package doctor

import (
	"slices"

	"aircon/lookup"
	"aircon/mwaa"
)

// awsDefaultCheck is row 7: own kwargs replace MWAA's default pattern, which keeps aws_default out.
var awsDefaultCheck = check{id: "AC007", environment: func(e *Environment) []Finding {
	if e.Settings.Backend == nil {
		return nil
	}
	names := e.Settings.Backend.Names(lookup.Connection, "aws_default", "")
	if len(names.Asked) == 0 || slices.Contains(e.Names, names.Asked[0]) {
		return nil
	}
	return one(Found("AC007", "Airflow asks for "+names.Asked[0]+" whenever aws_default is looked up",
		e.applyPattern(Mend{Text: "set connections_lookup_pattern in " + mwaa.OptionBackendKwargs + ", such as " + mwaa.DefaultPattern}),
	).At("", "option "+mwaa.OptionBackendKwargs+" of environment "+e.Name))
}}
