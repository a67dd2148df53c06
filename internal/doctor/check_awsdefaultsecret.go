package doctor

import (
	"slices"
	"strings"

	"aircon/lookup"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC008", Severity: Warning, Arrow: ArrowPattern, Topic: "airflow.md#mwaa",
		Title: "a secret stands in for MWAA's own connection aws_default",
		Means: "whatever in the environment uses aws_default gets that secret instead of the execution role: remote logs, operators, sensors; " +
			"the backend is asked before the variable AIRFLOW_CONN_AWS_DEFAULT by which MWAA sets it",
		Why:  "aws_default was moved into Secrets Manager with the other connections",
		Mend: "keep aws_default out of the lookups with the pattern, and give the secret another conn_id where somebody needs it",
	}},
	environment: checkAWSDefaultSecret,
})

// checkAWSDefaultSecret is row 8: the secret exists, and the backend is asked for it.
func checkAWSDefaultSecret(e *Environment) []Finding {
	if e.Settings.Backend == nil {
		return nil
	}
	names := e.Settings.Backend.Names(lookup.Connection, awsDefault, "")
	if len(names.Asked) == 0 || !slices.Contains(e.Names, names.Asked[0]) {
		return nil
	}
	return one(Found("AC008", "the secret "+names.Asked[0]+" exists, and the lookup pattern lets aws_default through to it",
		e.applyPattern(e.withoutAWSDefault())).At("", e.optionPlace(e.Settings.KwargsOption(), 0)))
}

// awsDefault is the connection that MWAA itself sets, by a variable.
const awsDefault = "aws_default"

// isAWSDefault reports whether an id is looked up as aws_default is: lookup patterns do not tell upper and lower case apart.
func isAWSDefault(id string) bool { return strings.EqualFold(id, awsDefault) }
