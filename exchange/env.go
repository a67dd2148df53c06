package exchange

import (
	"errors"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// line is one line of an env file, numbered from 1.
type line struct {
	number int
	text   string
}

// lines is str.splitlines of what Python's open() reads, less the lines that Airflow passes over: empty ones and comments.
func lines(text string) []line {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.NewReplacer("\r", "\n", "\v", "\n", "\f", "\n", "\x1c", "\n", "\x1d", "\n", "\x1e", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	var all []line
	for i, l := range strings.Split(text, "\n") {
		if l != "" && !strings.HasPrefix(strings.TrimLeftFunc(l, py.IsSpace), "#") {
			all = append(all, line{i + 1, l})
		}
	}
	return all
}

// readEnv is _parse_env_file: a line id=URI for each. Airflow refuses an id that comes twice (ConnectionNotUnique).
func readEnv(text string, _ aircon.Runtime) ([]entry, error) { return readLines(text, false) }

// readEnvJSON reads what `airflow connections export --serialization-format json` writes, and Airflow itself takes for URIs.
func readEnvJSON(text string, _ aircon.Runtime) ([]entry, error) {
	entries, err := readLines(text, true)
	for i, e := range entries {
		value, err := py.Loads(e.value.(string))
		if _, is := value.(*py.Dict); is && err == nil {
			entries[i].value = value
		}
	}
	return entries, err
}

func readLines(text string, envelope bool) ([]entry, error) {
	var entries []entry
	at := map[string]int{}
	for _, l := range lines(text) {
		id, value, is := strings.Cut(l.text, "=")
		switch {
		case !is:
			return nil, &FileError{l.number, 0, "a line without =; each has the form id=URI"}
		case id == "":
			return nil, &FileError{l.number, 1, "a line without an id before the ="}
		case value == "":
			return nil, &FileError{l.number, 0, "a line without a value after the ="}
		}
		e := entry{id: id, value: value, line: l.number, column: 1, envelope: envelope}
		if first, twice := at[id]; twice {
			entries[first].err = errors.New("the id comes more than once, which Airflow refuses (ConnectionNotUnique)")
			continue
		}
		at[id] = len(entries)
		entries = append(entries, e)
	}
	return entries, nil
}

// envKind tells which of the forms with lines a text has.
func envKind(text string) string {
	all := lines(text)
	objects := len(all) > 0
	for _, l := range all {
		if strings.HasPrefix(withoutExport(l.text), variablePrefix) {
			return "dotenv"
		}
		_, value, _ := strings.Cut(l.text, "=")
		objects = objects && strings.HasPrefix(value, "{")
	}
	if objects {
		return "env-json"
	}
	return "env"
}
