package mwaa

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
)

// DefaultKwargs is the backend_kwargs that MWAA sets where the user sets none. It keeps the lookup of aws_default, which the backend itself
// needs, away from Secrets Manager. A user's kwargs replace the whole text, pattern included.
const DefaultKwargs = `{"connections_lookup_pattern": "` + DefaultPattern + `"}`

// DefaultPattern is the connections_lookup_pattern of DefaultKwargs.
const DefaultPattern = `^(?!aws_default$).*$`

// Kwargs is the JSON object of a backend_kwargs option: its keys in the order of the text. The zero value is the empty object.
type Kwargs struct {
	entries []kwarg
}

type kwarg struct {
	name  string
	value json.RawMessage
}

// ErrKwargs is the error of a backend_kwargs text that is not a JSON object: Airflow warns and uses the backend's defaults.
var ErrKwargs = errors.New("backend_kwargs is not a JSON object")

// ParseKwargs reads a backend_kwargs text. "" is the empty object; of a key given twice the last value counts, as in Python. The error wraps
// ErrKwargs, tells the byte at which reading stopped, and does not quote the text.
func ParseKwargs(text string) (Kwargs, error) {
	var k Kwargs
	if strings.TrimSpace(text) == "" {
		return k, nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	fail := func() (Kwargs, error) {
		return Kwargs{}, fmt.Errorf("%w (reading stopped at byte %d)", ErrKwargs, d.InputOffset())
	}
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return fail()
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return fail()
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return fail()
		}
		k.put(name.(string), value) // the decoder admits only strings as keys
	}
	if _, err := d.Token(); err != nil {
		return fail()
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fail()
	}
	return k, nil
}

// Names returns the names of the kwargs in their order.
func (k Kwargs) Names() []string {
	names := make([]string, len(k.entries))
	for i, e := range k.entries {
		names[i] = e.name
	}
	return names
}

// Get decodes the kwarg into value and reports whether there is one and it has that type. A null leaves value as it is.
func (k Kwargs) Get(name string, value any) bool {
	i := k.index(name)
	return i >= 0 && json.Unmarshal(k.entries[i].value, value) == nil
}

// Set returns k with the kwarg set to value, which must marshal to JSON; a new one comes last. Nil is null, which turns a prefix's lookups off.
func (k Kwargs) Set(name string, value any) (Kwargs, error) {
	var raw bytes.Buffer
	e := json.NewEncoder(&raw)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return k, fmt.Errorf("kwarg %s: %w", name, err)
	}
	set := Kwargs{slices.Clone(k.entries)}
	set.put(name, bytes.TrimSpace(raw.Bytes()))
	return set, nil
}

// Rename returns k with another name for a kwarg, in its place. There must be none of that name yet.
func (k Kwargs) Rename(name, to string) Kwargs {
	renamed := Kwargs{slices.Clone(k.entries)}
	if i := k.index(name); i >= 0 {
		renamed.entries[i].name = to
	}
	return renamed
}

// Without returns k without the kwarg.
func (k Kwargs) Without(name string) Kwargs {
	i := k.index(name)
	if i < 0 {
		return k
	}
	return Kwargs{slices.Delete(slices.Clone(k.entries), i, i+1)}
}

// Text returns the object as an option's value: printable ASCII, and written so that Airflow, which expands $NAME in values from the environment,
// finds nothing to expand.
func (k Kwargs) Text() string {
	var text strings.Builder
	text.WriteByte('{')
	for i, e := range k.entries {
		if i > 0 {
			text.WriteString(", ")
		}
		name, err := json.Marshal(e.name)
		if err != nil {
			panic(err) // a string always marshals
		}
		text.Write(name)
		text.WriteString(": ")
		text.Write(e.value)
	}
	text.WriteByte('}')
	return plain(text.String())
}

// plain writes what is not printable ASCII, and each dollar sign that could begin a variable, as JSON escapes. In JSON neither can stand outside
// of a string.
func plain(text string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == '$' && expands(text[i+1:]), r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case r < 0x7f:
			b.WriteRune(r)
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		}
	}
	return b.String()
}

// expands reports whether Python's os.path.expandvars takes a dollar sign before rest for a variable: a word, or a brace.
func expands(rest string) bool {
	if rest == "" {
		return false
	}
	c := rest[0]
	return c == '{' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func (k *Kwargs) put(name string, value json.RawMessage) {
	if i := k.index(name); i >= 0 {
		k.entries[i].value = value
		return
	}
	k.entries = append(k.entries, kwarg{name, value})
}

func (k Kwargs) index(name string) int {
	return slices.IndexFunc(k.entries, func(e kwarg) bool { return e.name == name })
}
