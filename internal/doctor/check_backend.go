package doctor

import (
	"fmt"
	"slices"
	"strings"

	"aircon/lookup"
	"aircon/mwaa"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC011", Severity: Error, Arrow: ArrowOptions, Topic: "airflow.md#mwaa",
		Title: "the secrets backend is not the one that was meant",
		Means: "with a wrong class no Airflow process starts; a misspelt option or kwarg is ignored without a word",
		Why:   "the option was left out or misspelt, or the class of another version of the provider was copied from a guide",
		Mend:  "the nearest valid name is under `seen`; `aircon apply` sets options that fit",
	}},
	environment: checkBackend,
})

// checkBackend is row 11 of what goes wrong: a wrong class, or a misspelt option or kwarg.
func checkBackend(e *Environment) []Finding {
	where := "options of environment " + e.Name
	if e.Start != nil {
		return one(Found("AC011", "Airflow does not start: ["+e.Start.Option+"] "+e.Start.Message,
			e.adopt(setOption(e, mwaa.OptionBackend, mwaa.BackendClass))).At("", where))
	}
	var all []Finding
	for _, w := range e.warned(lookup.UnknownOption, lookup.UnknownKwarg) {
		all = append(all, e.ignored(w.Text, rename(w)).At("", where))
	}
	for _, fault := range mwaa.CheckOptions(e.MWAA.Airflow, e.MWAA.Options) {
		if fault.Nearest != "" && !slices.ContainsFunc(all, func(f Finding) bool { return strings.Contains(f.Seen, fault.Key) }) {
			all = append(all, e.ignored(fault.Error(), Mend{Text: "rename the option " + fault.Key + " to " + fault.Nearest}).At("", where))
		}
	}
	if e.Settings.Class == "" && len(all) == 0 {
		all = append(all, Found("AC011", "the option "+mwaa.OptionBackend+" is not set: Airflow never asks Secrets Manager",
			e.apply(setOption(e, mwaa.OptionBackend, mwaa.BackendClass))).At("", where))
	}
	return all
}

// ignored is a misspelt option or kwarg. It breaks the chain only where it leaves Airflow without the backend.
func (e *Environment) ignored(seen string, mend Mend) Finding {
	f := Found("AC011", seen, mend)
	if e.Settings.Class == "" {
		f.Mend = e.apply(mend)
		return f
	}
	f.Severity = Warning
	return f
}

func rename(w lookup.Warning) Mend {
	if w.Nearest == "" {
		return Mend{Text: "remove " + w.Name + " from " + w.Where}
	}
	return Mend{Text: "rename " + w.Name + " to " + w.Nearest + " in " + w.Where}
}

// setOption is the mend of an option where no spec declares it.
func setOption(e *Environment, key, value string) Mend {
	return Mend{Text: fmt.Sprintf("set the configuration option %s of environment %s to %s, and keep the others", key, e.Name, value)}
}
