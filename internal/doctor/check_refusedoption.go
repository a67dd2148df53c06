package doctor

import "aircon/mwaa"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC191", Severity: Error, Arrow: ArrowOptions, Topic: "airflow.md#mwaa",
		Title: "MWAA refuses the option",
		Means: "UpdateEnvironment and CreateEnvironment answer ValidationException, and nothing of the update is carried out",
		Why:   "the API takes keys such as section.option in lower case, and values of 1 to 65,536 printable ASCII characters",
		Mend:  "write the key and the value as the API takes them; in JSON every other character can be written as \\uXXXX",
	}},
	environment: checkRefusedOptions,
})

// checkRefusedOptions finds options that an environment cannot have, before the API says so.
func checkRefusedOptions(e *Environment) []Finding {
	if e.selfManaged() {
		return nil
	}
	var all []Finding
	for _, f := range mwaa.CheckOptions(e.MWAA.Airflow, e.MWAA.Options) {
		if f.Refused() {
			all = append(all, Found("AC191", f.Error(), e.mendRefused(f)).At("", e.optionPlace(f.Key, 0)))
		}
	}
	return all
}

func (e *Environment) mendRefused(f mwaa.Fault) Mend {
	value := e.MWAA.Options[f.Key]
	kwargs, err := mwaa.ParseKwargs(value)
	switch {
	case f.Trouble == mwaa.BadValue && value == "":
		return e.mendOptions("remove the option "+f.Key, optionChange{option: f.Key, remove: true})
	case f.Trouble == mwaa.BadValue && err == nil && len(kwargs.Names()) > 0:
		return e.setKwargs("write "+f.Key+" with escapes", f.Key, kwargs)
	}
	return Mend{Text: "write another " + map[bool]string{true: "key", false: "value"}[f.Trouble == mwaa.BadKey]}
}
