package doctor

import (
	"slices"
	"strings"

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
	if e.Settings.Backend == nil || e.selfManaged() { // which has no such default
		return nil
	}
	if len(e.warned(lookup.NotJSON, lookup.NotAnObject)) > 0 {
		return nil // what the kwargs say once they are read, AC012's mend shows
	}
	names := e.Settings.Backend.Names(lookup.Connection, "aws_default", "")
	if len(names.Asked) == 0 || slices.Contains(e.Names, names.Asked[0]) {
		return nil
	}
	mend := e.withoutAWSDefault()
	if elsewhere := checkElsewhere(e); len(elsewhere) > 0 && len(elsewhere[0].Mend.Command) > 0 {
		mend = e.onlyStored() // which AC006 asks for, and which this one's would undo
	}
	return one(Found("AC007", "Airflow asks for "+names.Asked[0]+" whenever aws_default is looked up",
		e.applyPattern(mend)).At("", e.optionPlace(e.Settings.KwargsOption(), 0)))
}

// withoutAWSDefault is the mend that keeps aws_default out of the lookups: MWAA's own pattern, or what there is behind a lookahead.
func (e *Environment) withoutAWSDefault() Mend {
	option := e.Settings.KwargsOption()
	otherwise := Mend{Text: "set connections_lookup_pattern in " + option + ", such as " + mwaa.DefaultPattern}
	kwargs, err := mwaa.ParseKwargs(e.MWAA.Options[option])
	if err != nil {
		return otherwise
	}
	pattern := ""
	kwargs.Get("connections_lookup_pattern", &pattern)
	switch {
	case pattern == "":
		pattern = mwaa.DefaultPattern
	case strings.HasPrefix(pattern, "(?"): // Python takes flags such as (?s) only at the very beginning
		return otherwise
	default:
		pattern = "^(?!aws_default$)(?:" + pattern + ")"
	}
	if kwargs, err = kwargs.Set("connections_lookup_pattern", pattern); err != nil {
		return otherwise
	}
	return e.setKwargs("set connections_lookup_pattern in "+option, option, kwargs)
}
