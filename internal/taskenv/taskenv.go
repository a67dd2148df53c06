package taskenv

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"aircon"
	"aircon/mwaa"
)

// foreign are the variables of the caller's that say where things are and who asks: by prefix, or whole.
var foreign = struct{ prefixes, names []string }{
	[]string{"AWS_", "PG", "AIRFLOW_", "MWAA_"}, []string{"DATABASE_URL", "BOTO_CONFIG"},
}

// Machine returns those of a process's variables that a program keeps: what is the machine's (PATH, HOME, TERM, proxies) and what is the
// user's own affair, and besides these the names to keep.
func Machine(environ, keep []string) map[string]string {
	kept := map[string]string{}
	for _, line := range environ {
		name, value, ok := strings.Cut(line, "=")
		if ok && name != "" && (slices.Contains(keep, name) || !Foreign(name)) {
			kept[name] = value
		}
	}
	return kept
}

// Foreign reports whether a variable of the caller's would let a program see something other than the environment's tasks do.
func Foreign(name string) bool {
	return slices.Contains(foreign.names, name) || slices.ContainsFunc(foreign.prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// imageOnly are the variables whose values name modules and services of MWAA's image, which are nowhere else: with them no Airflow process on
// this machine would start. Those of Celery are by prefix.
var imageOnly = []string{
	"AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS", "AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS", "AIRFLOW__WEBSERVER__CONFIG_FILE", "AIRFLOW__FAB__CONFIG_FILE", "CLASSPATH",
}

// Local returns what of MWAA's variables holds on this machine.
func Local(all mwaa.Variables) mwaa.Variables {
	local := maps.Clone(all)
	maps.DeleteFunc(local, func(name string, v mwaa.Value) bool {
		byUser := v.From == mwaa.Option || v.From == mwaa.StartupScript
		return slices.Contains(imageOnly, name) && !byUser || strings.HasPrefix(name, "AIRFLOW__CELERY")
	})
	return local
}

// Variable is one variable that a program gets.
type Variable struct {
	Name   string
	Value  aircon.Secret
	Secret bool   // whether its text must not show
	From   string // who gave it, as a person calls it
}

// Set is the variables that a program gets, by name. A later Add of the same name replaces an earlier one.
type Set map[string]Variable

// Add gives variables of one origin.
func (s Set) Add(from string, secret bool, variables map[string]aircon.Secret) {
	for name, value := range variables {
		s[name] = Variable{name, value, secret, from}
	}
}

// AddPlain gives variables of one origin whose values are no secrets.
func (s Set) AddPlain(from string, variables map[string]string) {
	for name, value := range variables {
		s[name] = Variable{name, aircon.NewSecret(value), false, from}
	}
}

// AddEnvironment gives an MWAA environment's variables.
func (s Set) AddEnvironment(all mwaa.Variables) {
	for name, value := range all {
		s[name] = Variable{name, aircon.NewSecret(value.Text), Hidden(name, value.Text), value.From.String()}
	}
}

// Sorted lists the variables by name.
func (s Set) Sorted() []Variable {
	return slices.SortedFunc(maps.Values(s), func(a, b Variable) int { return cmp.Compare(a.Name, b.Name) })
}

// Environ is a process's environment of these variables over those of the machine. It holds every secret in the clear: it is for the process alone.
func (s Set) Environ(machine map[string]string) []string {
	all := maps.Clone(machine)
	for name, v := range s {
		all[name] = v.Value.Reveal()
	}
	environ := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		environ = append(environ, name+"="+all[name])
	}
	return environ
}
