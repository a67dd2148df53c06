package doctor

import (
	"slices"
	"strings"

	"aircon/mwaa"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC190", Severity: Warning, Arrow: ArrowOptions, Topic: "airflow.md#mwaa",
		Title: "MWAA sets the option itself, and this value is lost",
		Means: "Airflow never sees the value, and nothing says so",
		Why:   "the option works in a self-managed Airflow; on MWAA it belongs to the service",
		Mend:  "remove the option",
	}},
	environment: checkImposed,
})

// checkImposed finds options whose values do not reach Airflow.
func checkImposed(e *Environment) []Finding {
	if e.selfManaged() {
		return nil
	}
	var all []Finding
	for _, f := range mwaa.CheckOptions(e.MWAA.Airflow, e.MWAA.Options) {
		lost := slices.ContainsFunc(e.Hidden, func(o mwaa.Overridden) bool { return o.Variable == mwaa.Variable(f.Key) })
		if f.Trouble == mwaa.NoEffect && lost {
			all = append(all, e.lost(f.Key, f.Why))
		}
	}
	for _, option := range sortedKeys(e.MWAA.Options) {
		for _, suffix := range []string{"_secret", "_cmd"} {
			plain, is := strings.CutSuffix(option, suffix)
			if is && e.imposes(plain) {
				all = append(all, e.lost(option, "MWAA sets "+mwaa.Variable(plain)+", which Airflow reads first"))
			}
		}
	}
	return all
}

func (e *Environment) lost(option, why string) Finding {
	return Found("AC190", option+": "+why, e.mendOptions("remove the option "+option, optionChange{option: option, remove: true})).
		At("", e.optionPlace(option, 0))
}

// imposes reports whether MWAA gives an option a value of its own, whatever the user's is.
func (e *Environment) imposes(option string) bool {
	faults := mwaa.CheckOptions(e.MWAA.Airflow, map[string]string{option: "x"})
	return len(faults) > 0 && faults[0].Trouble == mwaa.NoEffect
}

// selfManaged reports whether the options are of an Airflow that nobody else sets options of.
func (e *Environment) selfManaged() bool { return e.file != nil && selfManagedFile(e.file) }
