package exchange

import (
	"errors"
	"fmt"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// variablePrefix is what the names of variables with connections begin with (airflow.secrets.CONN_ENV_PREFIX in
// airflow/secrets/environment_variables.py).
const variablePrefix = "AIRFLOW_CONN_"

func withoutExport(text string) string {
	text = strings.TrimLeft(text, " \t")
	if rest, is := strings.CutPrefix(text, "export "); is {
		return strings.TrimLeft(rest, " \t")
	}
	return text
}

// readDotenv reads the connections among the variables of a .env file; other variables are passed over. A name has no more of an id than its
// capital letters, so that the id is read in small ones.
func readDotenv(text string, _ aircon.Runtime) ([]entry, error) {
	var entries []entry
	at := map[string]int{}
	for _, l := range lines(text) {
		name, value, is := strings.Cut(withoutExport(l.text), "=")
		name = strings.TrimRight(name, " \t")
		upper, connection := strings.CutPrefix(name, variablePrefix)
		if !is && connection {
			return nil, &FileError{l.number, 0, "a line without =; each has the form " + variablePrefix + "ID=VALUE"}
		}
		if !connection || upper == "" {
			continue
		}
		e := entry{id: py.Lower(upper), line: l.number, column: 1, envelope: true}
		plain, err := unquote(value)
		if e.value, e.err = plain, err; err == nil && plain == "" {
			e.err = errors.New("an empty value, which is no connection to Airflow")
		}
		if first, twice := at[e.id]; twice { // the last one counts for whoever reads the file
			entries[first] = e
			continue
		}
		at[e.id] = len(entries)
		entries = append(entries, e)
	}
	return entries, nil
}

// unquote reads a value: quoted as a shell reads it, or bare to the end of the line. Bare JSON is taken as it is, as docker run --env-file
// does; in other bare text a # after white space begins a comment.
func unquote(text string) (string, error) {
	text = strings.Trim(text, " \t")
	switch {
	case strings.HasPrefix(text, "'"), strings.HasPrefix(text, `"`):
		return shellWord(text)
	case strings.HasPrefix(text, "{"):
		return text, nil
	}
	for _, space := range []string{" #", "\t#"} {
		text, _, _ = strings.Cut(text, space)
	}
	return strings.TrimRight(text, " \t"), nil
}

// shellWord joins quoted and bare parts, as in 'it'\”s', up to white space.
func shellWord(text string) (string, error) {
	var b strings.Builder
	for text != "" {
		switch c := text[0]; c {
		case '\'':
			inside, rest, closed := strings.Cut(text[1:], "'")
			if !closed {
				return "", errors.New("a quotation mark ' that is not closed on its line")
			}
			b.WriteString(inside)
			text = rest
		case '"':
			n, err := doubleQuoted(&b, text)
			if err != nil {
				return "", err
			}
			text = text[n:]
		case '\\':
			if len(text) > 1 {
				b.WriteByte(text[1])
			}
			text = text[min(2, len(text)):]
		case ' ', '\t':
			if rest := strings.TrimLeft(text, " \t"); rest != "" && rest[0] != '#' {
				return "", errors.New("text after the closing quotation mark")
			}
			return b.String(), nil
		default:
			b.WriteByte(c)
			text = text[1:]
		}
	}
	return b.String(), nil
}

// doubleQuoted reads what stands between double quotation marks, and returns how long it is with them.
func doubleQuoted(b *strings.Builder, text string) (int, error) {
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return i + 1, nil
		case c == '\\' && i+1 < len(text) && strings.IndexByte("$`\"\\", text[i+1]) >= 0:
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return 0, errors.New(`a quotation mark " that is not closed on its line`)
}

// writeDotenv writes each connection as JSON between single quotation marks, in which no backslash stands but before u: a shell, Docker
// Compose, systemd and python-dotenv read the same text then, although they disagree about \\, \" and '.
func writeDotenv(rt aircon.Runtime, connections []aircon.Connection) (string, error) {
	var b strings.Builder
	for _, c := range connections {
		text, err := Text(c, rt)
		if err != nil {
			return "", err
		}
		b.WriteString(aircon.EnvName(c.ID.String()) + "='" + plainEscapes(text.Reveal()) + "'\n")
	}
	return b.String(), nil
}

// longEscapes are JSON's short escapes as \u ones.
var longEscapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func plainEscapes(json string) string {
	var b strings.Builder
	for i := 0; i < len(json); i++ {
		switch c := json[i]; {
		case c == '\'':
			fmt.Fprintf(&b, `\u%04x`, c)
		case c == '\\' && json[i+1] != 'u':
			i++
			fmt.Fprintf(&b, `\u%04x`, longEscapes[json[i]])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
