package exchange

import (
	"strings"

	"aircon"
	"aircon/internal/py"
)

func foldEqual(a, b string) bool { return a != b && py.Lower(a) == py.Lower(b) }

// whyObject says why an object of fields, in JSON or YAML, gives something back otherwise.
func whyObject(d Difference) string {
	if d.Field == "password" && d.Change == EmptyToNull {
		return "Airflow makes null of an empty password"
	}
	return ""
}

// whyURI says what a URI has no place for.
func whyURI(d Difference) string {
	switch {
	case d.Field == "description":
		return "a URI has no place for it"
	case d.Field == "password" && d.Change == EmptyToNull:
		return "Airflow makes null of an empty password"
	case d.Field == "port" && d.Change == Lost:
		return "a URI leaves out a port of 0"
	case d.Change == NullToEmpty || d.Change == EmptyToNull:
		return "a URI writes nothing for null and for empty text alike"
	case d.Field == "conn_type":
		return "a URI's scheme has small letters, and - for _"
	case d.Field == "host" && d.Folded:
		return "a URI's host is read in small letters"
	case d.Field == "host" && d.Change == Lost:
		return "a :// elsewhere in the URI takes the host's place"
	case strings.HasPrefix(d.Field, "extra") && d.Change == Retyped:
		return "the values of a URI's query lose their types"
	}
	return ""
}

// whyVariable says what a variable of the name AIRFLOW_CONN_… does not hold.
func whyVariable(d Difference) string {
	if d.Field == "conn_id" {
		return "a variable's name has the id in capital letters: its own are not told from small ones, but Airflow finds it by the id as it was"
	}
	return whyObject(d)
}

// refuseVariable says which ids a .env file cannot have: one line with such a name, and a shell reads none of the file.
func refuseVariable(id string) string {
	plain := func(r rune) bool { return r == '_' || r < 0x80 && py.IsWord(r) }
	if strings.ContainsFunc(id, func(r rune) bool { return !plain(r) }) {
		return "a shell cannot set the variable " + aircon.EnvName(id) + "; Airflow would find it, if a container's environment had it"
	}
	return ""
}

func warnNothing(string, aircon.Runtime) string { return "" }

// warnImport says which ids `airflow connections import` passes over: it asks more of them than a connection does (validate_key in
// airflow/utils/helpers.py, with max_length=200).
func warnImport(id string, rt aircon.Runtime) string {
	plain := func(r rune) bool { return r == '.' || r == '-' || py.IsWord(r) }
	dots := strings.Contains(id, "..") && rt.Airflow.AtLeast(3, 3)
	if dots || py.Len(id) > 200 || strings.ContainsFunc(id, func(r rune) bool { return !plain(r) }) {
		return "`airflow connections import` passes this id over; LocalFilesystemBackend reads it"
	}
	return ""
}
