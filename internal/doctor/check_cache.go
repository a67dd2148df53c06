package doctor

import (
	"fmt"
	"strings"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC014", Severity: Info, Arrow: ArrowOptions, Topic: "cost.md#the-cache",
		Title: "the secrets cache does less than its name says",
		Means: "secrets.use_cache serves the parsing of DAG files alone: each task asks Secrets Manager anew, and in Airflow 3.0 nothing is cached at all",
		Why:   "Airflow fills the cache in the DAG processor only; the Task SDK of Airflow 3.0 came without it, and it is back from 3.2",
		Mend:  "move lookups from the top level of DAG files into tasks, so that parsing asks for nothing; `aircon cost` says what that saves",
	}},
	environment: checkCache,
})

// checkCache is row 14: a cache that was switched on, and what it does in this version.
func checkCache(e *Environment) []Finding {
	const option = "secrets.use_cache"
	switch strings.ToLower(strings.TrimSpace(e.Variables["AIRFLOW__SECRETS__USE_CACHE"])) {
	case "t", "true", "1":
	default:
		return nil
	}
	version := e.Runtime.Airflow
	where := "option " + option + " of environment " + e.Name
	if version.Major == 3 && !version.AtLeast(3, 2) {
		f := Found("AC014", fmt.Sprintf("%s is on, and Airflow %s never reads it", option, version),
			e.mendOptions("take the configuration option "+option+" away, and move lookups from the top level of DAG files into tasks",
				optionChange{option: option, remove: true}))
		f.Severity = Warning
		return one(f.At("", where))
	}
	return one(Found("AC014", fmt.Sprintf("%s is on: in Airflow %s DAG files are parsed from the cache, and tasks ask each time", option, version),
		Mend{Text: "nothing, if that is what it is for; a change of a secret is seen by parsing after secrets.cache_ttl_seconds (900 by default)"}).At("", where))
}
