package doctor

import (
	"fmt"
	"slices"
	"strings"

	"aircon/internal/optionfile"
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
	if e.Start != nil {
		return one(Found("AC011", "Airflow does not start: ["+e.Start.Option+"] "+e.Start.Message,
			e.adopt(e.mendStart())).At("", e.optionPlace(e.Start.Option, 0)))
	}
	var all []Finding
	said := map[string]bool{}
	for _, w := range e.warned(lookup.UnknownOption) {
		if fixedOrder(w.Name) || oneKwarg(w.Name) {
			continue // see AC034 and AC192
		}
		said[w.Name] = true
		all = append(all, e.ignored(w.Text, e.rename(w.Name, w.Nearest)).At("", e.optionPlace(w.Name, 0)))
	}
	for _, fault := range mwaa.CheckOptions(e.MWAA.Airflow, e.MWAA.Options) {
		if fault.Trouble == mwaa.Unknown && fault.Nearest != "" && !said[fault.Key] && !oneKwarg(fault.Key) && !fixedOrder(fault.Key) {
			all = append(all, e.ignored(fault.Error(), e.rename(fault.Key, fault.Nearest)).At("", e.optionPlace(fault.Key, 0)))
		}
	}
	for _, w := range e.warned(lookup.UnknownKwarg) {
		all = append(all, e.ignored(w.Text, e.renameKwarg(w)).At("", e.optionPlace(w.Where, w.At)))
	}
	if e.Settings.Class == "" && len(all) == 0 && e.complete() {
		all = append(all, Found("AC011", "the option "+mwaa.OptionBackend+" is not set: Airflow never asks Secrets Manager",
			e.apply(e.setOption(mwaa.OptionBackend, mwaa.BackendClass))).At("", e.optionPlace(mwaa.OptionBackend, 0)))
	}
	if e.Settings.Class != "" && e.Settings.Backend == nil && e.Spec != nil && len(e.Spec.Connections.Keys()) > 0 {
		all = append(all, Found("AC011", "Airflow asks "+e.Settings.Class+", and the spec's connections are in Secrets Manager",
			e.adopt(Mend{}).saying("move first what that backend serves: it is lost to Airflow then")).At("", e.optionPlace(mwaa.OptionBackend, 0)))
	}
	return all
}

// complete reports whether what was read are all of an environment's options, so that what is missing is not set elsewhere.
func (e *Environment) complete() bool {
	if e.file == nil || e.file.Format == optionfile.Map || e.file.Format == optionfile.Answer || e.file.Format == optionfile.Terraform {
		return true
	}
	return e.file.Find(mwaa.OptionBackendKwargs) != nil
}

// mendStart is the mend of a class that Airflow cannot load, or of kwargs with which it does not make the backend.
func (e *Environment) mendStart() Mend {
	class := mwaa.OptionBackend
	if strings.HasPrefix(e.Start.Option, "workers.") {
		class = mwaa.OptionWorkersBackend
	}
	if e.Start.Option == class {
		return e.setOption(class, mwaa.BackendClass)
	}
	return Mend{Text: "mend " + e.Start.Option + ": a prefix and sep must be texts"}
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

// rename is the mend of a misspelt option.
func (e *Environment) rename(option, nearest string) Mend {
	if nearest == "" {
		return e.mendOptions("remove the option "+option, optionChange{option: option, remove: true})
	}
	if _, taken := e.MWAA.Options[nearest]; taken {
		return e.mendOptions("remove the option "+option+": "+nearest+" is set too", optionChange{option: option, remove: true})
	}
	return e.mendOptions("rename the option "+option+" to "+nearest, optionChange{option: option, rename: nearest})
}

// renameKwarg is the mend of a misspelt kwarg.
func (e *Environment) renameKwarg(w lookup.Warning) Mend {
	kwargs, err := mwaa.ParseKwargs(e.MWAA.Options[w.Where])
	if err != nil || !slices.Contains(kwargs.Names(), w.Name) { // it stands in a variable of its own
		return Mend{Text: "remove the kwarg " + w.Name}
	}
	if w.Nearest == "" || slices.Contains(kwargs.Names(), w.Nearest) {
		return e.setKwargs("remove "+w.Name+" from "+w.Where, w.Where, kwargs.Without(w.Name))
	}
	return e.setKwargs("rename "+w.Name+" to "+w.Nearest+" in "+w.Where, w.Where, kwargs.Rename(w.Name, w.Nearest))
}

// setKwargs is the mend that gives a backend other kwargs.
func (e *Environment) setKwargs(text, option string, kwargs mwaa.Kwargs) Mend {
	shown, _ := shownKwargs(kwargs.Text())
	return e.mendOptions(text+": "+shown, optionChange{option: option, value: kwargs.Text()})
}

// setOption is the mend of an option where no spec declares it.
func (e *Environment) setOption(key, value string) Mend {
	shown, _ := shownKwargs(value)
	text := "set the configuration option " + key + " to " + shown
	if e.file == nil {
		text = fmt.Sprintf("set the configuration option %s of environment %s to %s, and keep the others", key, e.Name, shown)
	}
	return e.mendOptions(text, optionChange{option: key, value: value})
}

// splitOption takes section.option apart.
func splitOption(option string) (section, name string) {
	section, name, _ = strings.Cut(option, ".")
	return section, name
}
