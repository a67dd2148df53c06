package mwaa

import (
	"maps"
	"slices"
	"strings"
)

// Source says which layer gave a variable its value. A later source overrides an earlier one.
type Source uint8

// The layers, from low to high.
const (
	// Container is what the container starts with.
	Container Source = iota
	// Default is what MWAA sets and the user may override.
	Default
	// StartupScript is what the environment's startup script exports.
	StartupScript
	// Option is a configuration option of the environment.
	Option
	// ProtectedVariable is what the container starts with and nobody may override.
	ProtectedVariable
	// Essential is what MWAA sets last.
	Essential
)

// String returns what a person calls the layer.
func (s Source) String() string {
	return [...]string{
		"the container", "MWAA's default", "the startup script", "a configuration option", "the container (protected)", "MWAA",
	}[s]
}

// Setup is what the variables of an environment are composed of. Maps may be nil.
type Setup struct {
	Version   string            // of Airflow, such as 2.10.3
	Container map[string]string // variables that the container starts with, such as AWS_REGION
	Startup   map[string]string // what the startup script exports
	Options   map[string]string // the environment's AirflowConfigurationOptions: section.option to value
	Essential map[string]string // values of essential variables that only the environment knows, such as its Fernet key
}

// Value is a variable's value and the layer that gave it.
type Value struct {
	Text string
	From Source
}

// Overridden is a value that somebody set and Airflow does not see.
type Overridden struct {
	Variable string
	From     Source // who set it
	By       Source // who set it after that
}

// Variables is the environment of Airflow's processes.
type Variables map[string]Value

// Compose returns the variables that Airflow sees and, ordered by name, the users' values that it does not see. An option wins over
// a startup script's variable of the same name, which few expect. An essential variable of unknown value is left out, but still
// overrides.
func Compose(s Setup) (Variables, []Overridden) {
	c := composer{Variables{}, nil}
	c.layer(Container, s.Container)
	c.layer(Default, settingsOf(defaults, s.Version))
	c.layer(StartupScript, s.Startup)
	c.layer(Option, optionVariables(s.Options))
	c.layer(ProtectedVariable, protectedOf(s.Container))
	for _, name := range essentialNames(s) {
		c.set(name, Value{From: Essential})
		delete(c.vars, name)
	}
	c.layer(Essential, settingsOf(essentials, s.Version))
	c.layer(Essential, map[string]string{"AWS_EXECUTION_ENV": "Amazon_MWAA_" + strings.ReplaceAll(s.Version, ".", "")})
	c.layer(Essential, s.Essential)
	slices.SortStableFunc(c.lost, func(a, b Overridden) int { return strings.Compare(a.Variable, b.Variable) })
	return c.vars, c.lost
}

// Map returns the variables without their sources.
func (v Variables) Map() map[string]string {
	plain := make(map[string]string, len(v))
	for name, value := range v {
		plain[name] = value.Text
	}
	return plain
}

type composer struct {
	vars Variables
	lost []Overridden
}

func (c *composer) layer(from Source, variables map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		c.set(name, Value{variables[name], from})
	}
}

// set gives a variable a value and notes the user's value that it replaces.
func (c *composer) set(name string, value Value) {
	before, had := c.vars[name]
	users := before.From == StartupScript || before.From == Option
	if had && users && before.From != value.From && before.Text != value.Text {
		c.lost = append(c.lost, Overridden{name, before.From, value.From})
	}
	c.vars[name] = value
}

// settingsOf returns those of a table that hold in version and whose value is known.
func settingsOf(table []setting, version string) map[string]string {
	known := map[string]string{}
	for _, s := range table {
		if s.in(version) && s.value != "" {
			known[s.name] = s.value
		}
	}
	return known
}

func optionVariables(options map[string]string) map[string]string {
	variables := make(map[string]string, len(options))
	for key, value := range options {
		variables[Variable(key)] = value
	}
	return variables
}

func protectedOf(container map[string]string) map[string]string {
	kept := map[string]string{}
	for name, value := range container {
		if Protected(name) {
			kept[name] = value
		}
	}
	return kept
}

// essentialNames returns the essential variables of unknown value that the user set, and the metrics options among them.
func essentialNames(s Setup) []string {
	var names []string
	for _, e := range essentials {
		if e.in(s.Version) && e.value == "" {
			names = append(names, e.name)
		}
	}
	for _, given := range []map[string]string{s.Startup, optionVariables(s.Options)} {
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if strings.HasPrefix(name, metricsPrefix) && !metricsHonoured[name] {
				names = append(names, name)
			}
		}
	}
	return names
}
