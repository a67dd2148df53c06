package exchange

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// errSurrogate says what YAML cannot hold.
var errSurrogate = errors.New("it holds a lone surrogate, half of a character, which YAML cannot")

// writeYAML writes what `airflow connections export` does: ids and fields sorted, extra as text. Where yaml.dump breaks a long text into
// several lines, this does not.
func writeYAML(rt aircon.Runtime, connections []aircon.Connection) (string, error) {
	text, err := writeJSON(rt, connections)
	if err != nil {
		return "", err
	}
	value, err := py.Loads(text)
	if err != nil {
		return "", err
	}
	all := value.(*py.Dict)
	if all.Len() == 0 {
		return "{}\n", nil
	}
	var b strings.Builder
	for _, id := range sortedKeys(all) {
		object, _ := all.Get(id)
		if err := writeObject(&b, id, object.(*py.Dict)); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

func writeObject(b *strings.Builder, id string, object *py.Dict) error {
	key, err := yamlText(id)
	if err != nil {
		return err
	}
	b.WriteString(key + ":\n")
	for _, name := range sortedKeys(object) {
		value, _ := object.Get(name)
		written := "null"
		switch value := value.(type) {
		case nil:
		case string:
			if written, err = yamlText(value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		case bool, py.Digits:
			written = py.Dumps(value)
		case float64:
			written = yamlFloatText(value)
		default:
			return fmt.Errorf("%s: it is of Python's type %s, and no field holds one", name, py.TypeName(value))
		}
		b.WriteString("  " + name + ": " + written + "\n")
	}
	return nil
}

func sortedKeys(d *py.Dict) []string {
	var keys []string
	for key := range d.All() {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// yamlFloatText is represent_float: YAML 1.1 knows a float by its point.
func yamlFloatText(f float64) string {
	text := py.FloatRepr(f)
	switch {
	case strings.HasSuffix(text, "inf"):
		return strings.TrimSuffix(text, "inf") + ".inf"
	case text == "nan":
		return ".nan"
	case !strings.Contains(text, "."):
		return strings.Replace(text, "e", ".0e", 1)
	}
	return text
}

// Texts that mean themselves to any reader of YAML, bare or between single quotation marks.
var (
	yamlBare   = regexp.MustCompile(`^[A-Za-z_/.][A-Za-z0-9_/.@+\-]*(?: [A-Za-z0-9_/.@+\-]+)*$`)
	yamlSingle = regexp.MustCompile(`^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$`)
)

func yamlText(text string) (string, error) {
	switch {
	case text == "":
		return "''", nil
	case yamlBare.MatchString(text) && plainKind(text) == "!!str":
		return text, nil
	case yamlSingle.MatchString(text):
		return "'" + strings.ReplaceAll(text, "'", "''") + "'", nil
	case py.HasSurrogate(text):
		return "", errSurrogate
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r >= ' ' && r < 0x7f:
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			fmt.Fprintf(&b, `\U%08X`, r)
		}
	}
	return b.String() + `"`, nil
}
