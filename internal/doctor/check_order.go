package doctor

import (
	"strings"

	"aircon/lookup"
	"aircon/mwaa"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC034", Severity: Info, Arrow: ArrowPattern, Topic: "airflow.md",
		Title: "the order of the sources is fixed",
		Means: "Airflow asks the secrets backend first, then AIRFLOW_CONN_… and AIRFLOW_VAR_… variables, then the metastore; the first that " +
			"has the id wins, and no option of the versions that MWAA runs changes that",
		Why:  "a variable was meant to win over the secret, for a laptop or a test",
		Mend: "keep the id out of the backend's lookup pattern: then the variable is the first that has it",
	}},
	environment: checkOrder, connection: checkShadowedVariable,
})

// fixedOrder reports whether an option is one by which people try to change the order. None of the eight versions that MWAA runs has it:
// their config.yml files do not name it.
func fixedOrder(option string) bool { return strings.HasSuffix(option, "backends_order") }

// checkOrder is row 34: an option that should change the order, and variables for ids that the backend is asked for first.
func checkOrder(e *Environment) []Finding {
	var all []Finding
	for _, option := range sortedKeys(e.MWAA.Options) {
		if fixedOrder(option) {
			f := Found("AC034", "Airflow "+e.MWAA.Airflow+" has no option "+option, e.mendOptions("remove the option "+option,
				optionChange{option: option, remove: true})).At("", e.optionPlace(option, 0))
			f.Severity = Warning
			all = append(all, f)
		}
	}
	if e.file == nil || e.Settings.Backend == nil {
		return all
	}
	for i := range e.file.Settings {
		s := &e.file.Settings[i]
		id, is := strings.CutPrefix(s.Variable, "AIRFLOW_CONN_")
		id = strings.ToLower(id)
		names := e.Settings.Backend.Names(lookup.Connection, id, "")
		if is && !isAWSDefault(id) && len(names.Asked) > 0 {
			all = append(all, Found("AC034", "Secrets Manager is asked for "+names.Asked[0]+" before "+s.Variable+" counts", e.leaveOut(id)).
				At(id, e.optionPlace(s.Variable, 0)))
		}
	}
	return all
}

// checkShadowedVariable says of a connection that works which of its variables has no effect.
func checkShadowedVariable(p *Patient) []Finding {
	if p.Trace.Outcome != lookup.Found || p.Entry == nil || p.Entry.Result != lookup.Won {
		return nil
	}
	for _, entry := range p.Trace.Entries[1:] {
		if entry.Class == "EnvironmentVariablesBackend" && len(entry.Asked) > 0 && entry.Asked[0].Result == lookup.Present {
			return one(Found("AC034", "the secret "+p.name()+" wins over the variable "+entry.Asked[0].Name, p.Env.leaveOut(p.ID)))
		}
	}
	return nil
}

// leaveOut is the mend that has an id's variable win: a pattern that keeps the id from the backend.
func (e *Environment) leaveOut(id string) Mend {
	option := e.Settings.KwargsOption()
	otherwise := Mend{Text: "to have the variable win, let connections_lookup_pattern in " + option + " not match " + id}
	kwargs, err := mwaa.ParseKwargs(e.MWAA.Options[option])
	if err != nil {
		return otherwise
	}
	pattern := ""
	if kwargs.Get("connections_lookup_pattern", &pattern); strings.HasPrefix(pattern, "(?") {
		return otherwise
	}
	kwargs, err = kwargs.Set("connections_lookup_pattern", "^(?!"+id+"$)(?:"+pattern+")")
	if err != nil {
		return otherwise
	}
	shown, _ := shownKwargs(kwargs.Text())
	return Mend{Text: "to have the variable win, set " + option + " to " + shown} // what is meant only a person knows: no edit
}
