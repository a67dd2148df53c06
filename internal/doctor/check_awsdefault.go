package doctor

import (
	"slices"

	"aircon/lookup"
	"aircon/mwaa"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC007", Severity: Warning, Arrow: ArrowPattern, Topic: "airflow.md#mwaa",
		Title: "aws_default is looked up in Secrets Manager",
		Means: "own backend_kwargs replace MWAA's default ones, whose pattern keeps aws_default out: the backend asks for the connection that it may itself need",
		Why:   "backend_kwargs were set without the pattern of MWAA's own default",
		Mend:  "a lookup pattern that leaves `aws_default` out; `aircon apply` writes one",
	}},
	environment: checkAwsDefault,
})

// checkAwsDefault is row 7: own kwargs replace MWAA's default pattern, which keeps aws_default out.
func checkAwsDefault(e *Environment) []Finding {
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
}
