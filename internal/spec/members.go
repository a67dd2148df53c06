package spec

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// member is one key of a mapping with its value.
type member struct {
	key   string
	pos   Pos // of the key
	value *yaml.Node
}

// members returns a mapping's keys in the order of the file, with what `<<` merges in after them. Duplicates, and keys that
// are no text, are reported.
func (d *decoder) members(n *yaml.Node, what string) []member {
	if n.Kind != yaml.MappingNode {
		d.wrong(n, what, "a mapping", "")
		return nil
	}
	var own, merged []member
	seen := map[string]Pos{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.ShortTag() == "!!merge" {
			merged = append(merged, d.merge(value, what)...)
			continue
		}
		if key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode || !slices.Contains([]string{"!!str", "!!timestamp"}, key.ShortTag()) {
			d.fail(posOf(key), "put quotes around it", "%s: a key must be text", what)
			continue
		}
		if first, ok := seen[key.Value]; ok {
			d.fail(posOf(key), "", "%s: the key %q stands here a second time (first on line %d)", what, key.Value, first.Line)
			continue
		}
		seen[key.Value] = posOf(key)
		own = append(own, member{key.Value, posOf(key), value})
	}
	for _, m := range merged {
		if _, ok := seen[m.key]; !ok {
			seen[m.key] = m.pos
			own = append(own, m)
		}
	}
	return own
}

// merge returns what `<<: *anchor`, or a list of such, brings into a mapping.
func (d *decoder) merge(n *yaml.Node, what string) []member {
	if d.exhausted() {
		return nil
	}
	if n.Kind == yaml.AliasNode {
		if !d.enter(n, what) {
			return nil
		}
		defer d.leave(n)
		n = n.Alias
	}
	if n.Kind != yaml.SequenceNode {
		return d.members(n, what+", merged with <<")
	}
	var all []member
	for _, item := range n.Content {
		all = append(all, d.merge(item, what)...)
	}
	return all
}

// decode reads a mapping of named values.
func (n *Named[T]) decode(d *decoder, node *yaml.Node, what string) {
	for _, m := range d.members(node, what) {
		item := reflect.New(reflect.TypeFor[T]().Elem())
		named := item.Interface().(T)
		*named.name() = m.key
		d.value(m.value, item.Elem(), label(named), "")
		if placed, ok := any(named).(interface{ placeAt(Pos) }); ok {
			placed.placeAt(m.pos)
		}
		*n = append(*n, named)
	}
}

func (p *Place) placeAt(pos Pos) { p.pos = pos }

func (s *SecretField) placeAt(pos Pos) { s.Source.pos = pos }

// label names a named value in problems.
func label(n named) string {
	switch n := n.(type) {
	case *Environment:
		return "environment " + strconv.Quote(n.Name)
	case *Connection:
		return "connection " + strconv.Quote(n.ID)
	case *Variable:
		return "variable " + strconv.Quote(n.Key)
	}
	return "secret_extra: " + *n.name()
}

// field is a struct's field as the file knows it.
type field struct {
	index int
	tag   string // jsonschema's
}

// fieldsOf returns a struct's fields by their key in the file.
func fieldsOf(t reflect.Type) map[string]field {
	fields := map[string]field{}
	for i := range t.NumField() {
		if key := keyOf(t.Field(i)); key != "" {
			fields[key] = field{i, t.Field(i).Tag.Get("jsonschema")}
		}
	}
	return fields
}

// keysOf returns a struct's keys in its order.
func keysOf(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if key := keyOf(t.Field(i)); key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

func keyOf(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if key == "-" {
		return ""
	}
	return key
}

// enumOf returns the values that a jsonschema tag allows, none meaning any.
func enumOf(tag string) []string {
	var values []string
	for part := range strings.SplitSeq(tag, ",") {
		if value, ok := strings.CutPrefix(part, "enum="); ok {
			values = append(values, value)
		}
	}
	return values
}

// limitOf returns the number that a jsonschema tag gives under name, or 0.
func limitOf(tag, name string) int {
	for part := range strings.SplitSeq(tag, ",") {
		if value, ok := strings.CutPrefix(part, name+"="); ok {
			number, _ := strconv.Atoi(value)
			return number
		}
	}
	return 0
}

func tagged(tag, word string) bool { return slices.Contains(strings.Split(tag, ","), word) }

func sortedCopy(words []string) []string {
	sorted := slices.Clone(words)
	slices.Sort(sorted)
	return sorted
}
