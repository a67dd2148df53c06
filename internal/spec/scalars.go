package spec

import (
	"bytes"
	"encoding/json"
	"math/big"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"

	"aircon"
)

func (t *Text) decode(d *decoder, n *yaml.Node, what string) {
	if n.ShortTag() == "!!null" {
		*t = Null()
		return
	}
	if d.isText(n, what) {
		d.shown[n] = true
		*t = Given(n.Value)
	}
}

// sourceHint says how to give a secret without writing it down.
const sourceHint = "say where it is: {env: NAME}, {file: PATH}, {command: [PROGRAM, …]}, or {keep: true} for what is stored already"

func (s *Source) decode(d *decoder, n *yaml.Node, what string) {
	if n.Kind == yaml.ScalarNode {
		s.pos = posOf(n)
		s.decodeLiteral(d, n, what)
		return
	}
	plain := sourceFields{}
	d.value(n, reflect.ValueOf(&plain).Elem(), what, "")
	s.Place, s.Env, s.File, s.Command, s.Keep = plain.Place, plain.Env, plain.File, plain.Command, plain.Keep
	if n.Kind == yaml.MappingNode && len(s.members) != 1 {
		d.fail(posOf(n), sourceHint, "%s must have exactly one of env, file, command and keep", what)
	}
}

func (s *Source) decodeLiteral(d *decoder, n *yaml.Node, what string) {
	if !d.opts.AllowLiteralSecrets {
		d.fail(posOf(n), sourceHint, "%s: a secret must not stand in the file (--allow-literal-secrets permits it)", what)
		return
	}
	if d.isText(n, what) {
		s.literal = aircon.NewSecret(n.Value)
	}
}

func (s *SecretField) decode(d *decoder, n *yaml.Node, what string) { s.Source.decode(d, n, what) }

func (v *Variable) decode(d *decoder, n *yaml.Node, what string) {
	if n.Kind != yaml.MappingNode {
		v.pos = posOf(n)
		v.mark(posOf(n), "value")
		if d.isText(n, what) {
			v.Value = &n.Value
		}
		return
	}
	plain := variableFields{}
	d.value(n, reflect.ValueOf(&plain).Elem(), what, "")
	v.Place, v.Value, v.JSON, v.Secret = plain.Place, plain.Value, plain.JSON, plain.Secret
	v.Description, v.KMSKey = plain.Description, plain.KMSKey
	d.hide(n, "value")
	given := 0
	for _, key := range []string{"value", "json", "secret"} {
		if v.Has(key) {
			given++
		}
	}
	if given != 1 {
		d.fail(posOf(n), "", "%s must have exactly one of value, json and secret", what)
	}
}

// The same structs without methods, so that the generic decoder reads them.
type (
	sourceFields   Source
	variableFields Variable
)

func (o *Object) decode(d *decoder, n *yaml.Node, what string) {
	if n.Kind != yaml.MappingNode {
		d.wrong(n, what, "a mapping", "write it as {sslmode: require, …}")
		return
	}
	o.JSON.decode(d, n, what)
}

func (j *JSON) decode(d *decoder, n *yaml.Node, what string) {
	var b bytes.Buffer
	d.writeJSON(&b, n, what)
	j.text = aircon.NewSecret(b.String())
}

// writeJSON writes n as Python's json.dumps would: a space after each comma and colon.
func (d *decoder) writeJSON(b *bytes.Buffer, n *yaml.Node, what string) {
	if d.exhausted() {
		return
	}
	switch n.Kind {
	case yaml.AliasNode:
		if d.enter(n, what) {
			d.writeJSON(b, n.Alias, what)
			d.leave(n)
		}
	case yaml.MappingNode:
		b.WriteByte('{')
		for i, m := range d.members(n, what) {
			separate(b, i)
			b.WriteString(QuoteJSON(m.key) + ": ")
			d.writeJSON(b, m.value, what+": "+m.key)
		}
		b.WriteByte('}')
	case yaml.SequenceNode:
		b.WriteByte('[')
		for i, item := range n.Content {
			separate(b, i)
			d.writeJSON(b, item, what)
		}
		b.WriteByte(']')
	default:
		b.WriteString(d.scalarJSON(n, what))
	}
}

func separate(b *bytes.Buffer, i int) {
	if i > 0 {
		b.WriteString(", ")
	}
}

// scalarJSON keeps the text of a number where JSON has that form too.
func (d *decoder) scalarJSON(n *yaml.Node, what string) string {
	switch n.ShortTag() {
	case "!!null":
		return "null"
	case "!!bool":
		return strings.ToLower(n.Value)
	case "!!str", "!!timestamp":
		return QuoteJSON(n.Value)
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return n.Value
		}
		if whole, ok := new(big.Int).SetString(n.Value, 0); ok {
			return whole.String()
		}
		var number float64
		if err := n.Decode(&number); err == nil {
			if text, err := json.Marshal(number); err == nil {
				return string(text)
			}
		}
	}
	d.wrong(n, what, "a value that JSON has", "")
	return "null"
}

// QuoteJSON writes a JSON string, all but quotes, backslashes and control characters as they are.
func QuoteJSON(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic("a string always has a JSON form: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}
