package doctor

import (
	"fmt"
	"regexp"
	"strings"

	"aircon/lookup"
	"aircon/mwaa"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC048", Severity: Warning, Arrow: ArrowOptions, Topic: "airflow.md#mwaa",
		Title: "a dollar sign or a leading ~ in an option is expanded on the machine",
		Means: "Airflow replaces $NAME and ${NAME} wherever the machine has a variable of that name, and a leading ~ by its home directory: " +
			"the kwargs, prefix or password are then others than what is written",
		Why:  "Airflow passes every option through os.path.expandvars and os.path.expanduser",
		Mend: "in JSON write the dollar sign as \\u0024, which nothing expands; elsewhere choose a value without",
	}},
	environment: checkExpanded,
})

// expandable is what os.path.expandvars takes for a variable.
var expandable = regexp.MustCompile(`\$([A-Za-z0-9_]+|\{[^}]*\})`)

// checkExpanded is row 48, for the options that set up the search and for those that hold something secret: elsewhere people mean it.
func checkExpanded(e *Environment) []Finding {
	var all []Finding
	for _, option := range sortedKeys(e.MWAA.Options) {
		section, name := splitOption(option)
		search := section == "secrets" || section == "workers" && strings.HasPrefix(name, "secrets_")
		if !search && !secretOption(e, option, e.MWAA.Options[option]) || oneKwarg(option) { // one kwarg in a variable of its own is read as it stands
			continue
		}
		if f, is := e.expansion(option, e.MWAA.Options[option]); is {
			all = append(all, f)
		}
	}
	for _, w := range e.warned(lookup.NeverEnds) {
		all = append(all, Found("AC048", w.Text, Mend{Text: "let " + w.Where + " name no variable"}).At("", e.optionPlace(w.Where, 0)))
	}
	return all
}

func (e *Environment) expansion(option, value string) (Finding, bool) {
	found := expandable.FindStringIndex(value)
	home := value == "~" || strings.HasPrefix(value, "~/")
	if found == nil && !home {
		return Finding{}, false
	}
	if found == nil {
		return Found("AC048", "it begins with ~, which becomes the home directory of whatever process reads it",
			Mend{Text: "write the path in full"}).At("", e.optionPlace(option, 1)), true
	}
	seen := fmt.Sprintf("a dollar sign at character %d: ", len([]rune(value[:found[0]]))+1)
	name := strings.Trim(value[found[0]+1:found[1]], "{}")
	switch _, set := e.Variables[name]; {
	case secretOption(e, option, value) && !strings.HasSuffix(option, "_kwargs"):
		seen += "what follows is taken for a variable's name" // and may be a piece of a password
	case set:
		seen += "$" + name + " is replaced, as the environment has that variable"
	default:
		seen += "$" + name + " is replaced where a process has that variable"
	}
	return Found("AC048", seen, e.mendExpanded(option, value)).At("", e.optionPlace(option, found[0]+1)), true
}

func (e *Environment) mendExpanded(option, value string) Mend {
	kwargs, err := mwaa.ParseKwargs(value)
	if err != nil || len(kwargs.Names()) == 0 {
		return Mend{Text: "choose a value without a dollar sign before a letter, a digit, _ or {"}
	}
	return e.setKwargs("write the dollar sign as \\u0024 in "+option, option, kwargs)
}
