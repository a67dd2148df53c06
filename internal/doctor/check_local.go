package doctor

import (
	"maps"
	"slices"
	"strings"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC029", Severity: Info, Arrow: ArrowOptions, Topic: "exec.md#what-the-program-gets",
		Title: "an Airflow on this machine is set up otherwise than the environment",
		Means: "a DAG that works on MWAA fails here, or the reverse: another backend, prefix or region, or connections of this machine's own",
		Why:   "AIRFLOW__… and AIRFLOW_CONN_… variables of this shell differ from what MWAA makes of its options; credentials are the caller's, not the execution role's",
		Mend:  "`aircon exec ENV -- COMMAND` runs anything with the environment's own values for these variables and the execution role's credentials",
	}},
	environment: checkLocal,
})

// searchVariables are those that decide where an Airflow looks.
var searchVariables = []string{"AIRFLOW__SECRETS__BACKEND", "AIRFLOW__SECRETS__BACKEND_KWARGS", "AIRFLOW__WORKERS__SECRETS_BACKEND", "AIRFLOW__WORKERS__SECRETS_BACKEND_KWARGS"}

// checkLocal is row 29. A machine without any variable of Airflow's has none to set up, and there is nothing to say of it.
func checkLocal(e *Environment) []Finding {
	var here, differ, mends []string
	for _, name := range slices.Sorted(maps.Keys(e.Local)) {
		conn := strings.HasPrefix(name, "AIRFLOW_CONN_")
		if e.Local[name] == "" || !conn && !strings.HasPrefix(name, "AIRFLOW__") {
			continue
		}
		here = append(here, name)
		if conn && e.Variables[name] != e.Local[name] {
			differ = append(differ, name+" is this machine's own")
			mends = append(mends, "unset "+name)
		}
	}
	if len(here) == 0 {
		return nil
	}
	for _, name := range append(slices.Clone(searchVariables), "AWS_REGION", "AWS_DEFAULT_REGION") {
		mine, theirs := e.Local[name], e.Variables[name]
		switch {
		case mine == theirs, mine == "" && strings.HasPrefix(name, "AWS_"):
		case theirs == "":
			differ, mends = append(differ, name+" is set here only"), append(mends, "unset "+name)
		default:
			differ, mends = append(differ, name+" is another there"), append(mends, "set "+name+" to the environment's")
		}
	}
	if len(differ) == 0 {
		return nil
	}
	f := Found("AC029", strings.Join(differ, "; ")+"; the credentials here are those of "+e.Caller.ARN, Mend{
		Text:    "run what fails here as the environment would: in the place of sh, any command; or  " + strings.Join(mends, "; "),
		Command: append(e.command("exec"), "--", "sh"),
	})
	return one(f.At("", "the environment variables of this machine"))
}
