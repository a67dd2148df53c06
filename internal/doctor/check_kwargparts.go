package doctor

import (
	"strings"

	"aircon/lookup"
	"aircon/mwaa"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC192", Severity: Info, Arrow: ArrowOptions, Topic: "airflow.md#mwaa",
		Title: "one kwarg is set by an option of its own",
		Means: "from Airflow 3.2 secrets.backend_kwarg__NAME beats NAME in secrets.backend_kwargs, and is always a text: null, false and lists " +
			"cannot be said so; before 3.2 it is ignored without a word",
		Why:  "the option was added beside backend_kwargs, or copied from the documentation of a newer Airflow",
		Mend: "write the kwarg into backend_kwargs, where plan and apply see it, and remove the option",
	}},
	environment: checkOneKwarg,
})

// oneKwarg reports whether an option sets one kwarg.
func oneKwarg(option string) bool {
	return strings.HasPrefix(option, "secrets.backend_kwarg__") || strings.HasPrefix(option, "workers.secrets_backend_kwarg__")
}

// checkOneKwarg finds options that set one kwarg, which whoever reads backend_kwargs alone does not see.
func checkOneKwarg(e *Environment) []Finding {
	var all []Finding
	for _, option := range sortedKeys(e.MWAA.Options) {
		if !oneKwarg(option) {
			continue
		}
		whole, name, _ := strings.Cut(option, "__")
		seen := "it sets the kwarg " + name + " as text, and beats " + whole + "s"
		works := e.Runtime.Airflow.AtLeast(3, 2)
		if !works {
			seen = "Airflow " + e.MWAA.Airflow + " has no such option and ignores it: it came with 3.2"
		}
		f := Found("AC192", seen, e.mendOneKwarg(option, whole+"s", name)).At("", e.optionPlace(option, 0))
		if !works {
			f.Severity = Warning
		}
		all = append(all, f)
	}
	return all
}

func (e *Environment) mendOneKwarg(option, whole, name string) Mend {
	mend := Mend{Text: "write " + name + " into " + whole + ", and remove " + option}
	text, given := e.MWAA.Options[whole]
	if !given && !e.selfManaged() {
		text = mwaa.DefaultKwargs // which own kwargs replace
	}
	kwargs, err := mwaa.ParseKwargs(text)
	if err != nil || e.Settings.Backend == nil {
		return mend
	}
	if kwargs, err = kwargs.Set(name, e.MWAA.Options[option]); err != nil {
		return mend
	}
	return e.mendOptions(mend.Text, optionChange{option: option, remove: true}, optionChange{option: whole, value: kwargs.Text()})
}

var _ = register(check{
	kinds: []Kind{{
		ID: "AC193", Severity: Warning, Arrow: ArrowOptions, Topic: "airflow.md#mwaa",
		Title: "kwargs that nobody reads",
		Means: "workers use [workers] kwargs only together with [workers] secrets_backend; else they use the backend and the kwargs of [secrets]",
		Why:   "workers.secrets_backend_kwargs was set alone, or for an Airflow before 3",
		Mend:  "set workers.secrets_backend too, or remove the kwargs",
	}},
	environment: checkUnusedKwargs,
})

// checkUnusedKwargs finds kwargs for workers that have no backend of their own.
func checkUnusedKwargs(e *Environment) []Finding {
	_, given := e.MWAA.Options[mwaa.OptionWorkersBackendKwargs]
	if !given || e.MWAA.Options[mwaa.OptionWorkersBackend] != "" && e.Runtime.Airflow.Major >= 3 {
		return nil
	}
	option := mwaa.OptionWorkersBackendKwargs
	return one(Found("AC193", option+" has no effect without "+mwaa.OptionWorkersBackend, e.mendOptions("remove the option "+option,
		optionChange{option: option, remove: true})).At("", e.optionPlace(option, 0)))
}

var _ = register(check{
	kinds: []Kind{{
		ID: "AC194", Severity: Warning, Arrow: ArrowOptions, Topic: "airflow.md#mwaa",
		Title: "a kwarg without effect",
		Means: "the backend takes the kwarg and does nothing with it in this version, or will not in the next: what it was set for does not happen",
		Why:   "it was copied from a guide for an older amazon provider",
		Mend:  "remove the kwarg; how secrets are read is decided by their texts",
	}},
	environment: checkDeadKwargs,
})

// checkDeadKwargs finds full_url_mode and are_secret_values_urlencoded, which every other guide sets.
func checkDeadKwargs(e *Environment) []Finding {
	var all []Finding
	for _, w := range e.warned(lookup.NoEffect, lookup.Deprecated) {
		mend := Mend{Text: "remove " + w.Name}
		kwargs, err := mwaa.ParseKwargs(e.MWAA.Options[w.Where])
		if err == nil && w.Code == lookup.NoEffect {
			mend = e.setKwargs("remove "+w.Name+" from "+w.Where, w.Where, kwargs.Without(w.Name))
		}
		all = append(all, Found("AC194", w.Text, mend).At("", e.optionPlace(w.Where, w.At)))
	}
	return all
}
