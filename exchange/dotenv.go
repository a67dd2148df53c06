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
// capital letters, so that the id is read in small ones. A value in quotation marks goes on over line ends, as in a shell.
func readDotenv(text string, _ aircon.Runtime) ([]entry, error) {
	var entries []entry
	at := map[string]int{}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for number := 1; text != ""; {
		e, n, err := readVariable(text, number)
		if err != nil {
			return nil, err
		}
		number += strings.Count(text[:n], "\n")
		text = text[n:]
		switch first, twice := at[e.id]; {
		case e.id == "":
		case twice: // the last one counts for whoever reads the file
			entries[first] = e
		default:
			at[e.id] = len(entries)
			entries = append(entries, e)
		}
	}
	return entries, nil
}

// readVariable reads what a text begins with, and returns how long that is with its line's end. The entry of what is no connection has no id.
func readVariable(text string, number int) (e entry, n int, err error) {
	first, _, _ := strings.Cut(text, "\n")
	n = min(len(first)+1, len(text))
	name, value, is := strings.Cut(first, "=")
	upper, connection := strings.CutPrefix(strings.TrimRight(withoutExport(name), " \t"), variablePrefix)
	if !is && connection {
		return e, n, &FileError{number, 0, "a line without =; each has the form " + variablePrefix + "ID=VALUE"}
	}
	if !connection || upper == "" {
		return e, n, nil
	}
	e = entry{id: py.Lower(upper), line: number, column: 1, envelope: true}
	plain := bare(value)
	if trimmed := strings.TrimLeft(value, " \t"); strings.HasPrefix(trimmed, "'") || strings.HasPrefix(trimmed, `"`) {
		begins := len(first) - len(trimmed)
		var length int
		if plain, length, e.err = shellWord(text[begins:]); e.err == nil {
			n = min(begins+length+1, len(text))
		}
	}
	if e.value = plain; e.err == nil && plain == "" {
		e.err = errors.New("an empty value, which is no connection to Airflow")
	}
	return e, n, nil
}

// bare reads a value without quotation marks, to the end of the line. JSON is taken as it is, as docker run --env-file does; in other text a #
// after white space begins a comment.
func bare(text string) string {
	text = strings.Trim(text, " \t\r")
	if strings.HasPrefix(text, "{") {
		return text
	}
	for _, space := range []string{" #", "\t#"} {
		text, _, _ = strings.Cut(text, space)
	}
	return strings.TrimRight(text, " \t")
}

// shellWord joins quoted and bare parts, as in 'it'\”s', up to white space, and what follows to the end of the line can be a comment only.
// It returns how long all of it is, without the line's end.
func shellWord(text string) (word string, n int, err error) {
	var b strings.Builder
	for n < len(text) {
		length := 1
		switch c := text[n]; c {
		case '\'':
			length = strings.IndexByte(text[n+1:], '\'') + 2
			if length < 2 {
				return "", 0, errors.New("a quotation mark ' that is not closed")
			}
			b.WriteString(text[n+1 : n+length-1])
		case '"':
			if length, err = doubleQuoted(&b, text[n:]); err != nil {
				return "", 0, err
			}
		case '\\':
			if length = min(2, len(text)-n); length == 2 && text[n+1] != '\n' {
				b.WriteByte(text[n+1])
			}
		case ' ', '\t', '\n':
			rest, _, _ := strings.Cut(text[n:], "\n")
			if said := strings.TrimLeft(rest, " \t"); said != "" && said[0] != '#' {
				return "", 0, errors.New("text after the closing quotation mark")
			}
			return b.String(), n + len(rest), nil
		default:
			b.WriteByte(c)
		}
		n += length
	}
	return b.String(), n, nil
}

// doubleQuoted reads what stands between double quotation marks, and returns how long it is with them. A $ is a $: nobody's variables are
// put in its place.
func doubleQuoted(b *strings.Builder, text string) (int, error) {
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return i + 1, nil
		case c == '\\' && i+1 < len(text) && text[i+1] == '\n': // a line that goes on
			i++
		case c == '\\' && i+1 < len(text) && strings.IndexByte("$`\"\\", text[i+1]) >= 0:
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return 0, errors.New(`a quotation mark " that is not closed`)
}

// writeDotenv writes each connection as JSON between single quotation marks, in which no $ stands, and no backslash but before u: a shell, Docker
// Compose, systemd and python-dotenv read the same text then, although they disagree about \\, \" and ', and python-dotenv puts variables in the
// place of ${} even there.
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
		case c == '\'' || c == '$':
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
