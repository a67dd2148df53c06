package spec

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"aircon/internal/near"
)

// decoder turns YAML nodes into the types of this package, led by their tags, and collects what is wrong.
type decoder struct {
	name     string
	opts     Options
	lines    []string
	root     *yaml.Node
	problems Problems
	visits   int
	within   map[*yaml.Node]bool // what is being read through an alias
	shown    map[*yaml.Node]bool // values that hold nothing secret, which problems may quote
}

// decodes is a type that reads itself from a node.
type decodes interface {
	decode(d *decoder, n *yaml.Node, what string)
}

func (d *decoder) fail(pos Pos, hint, format string, args ...any) {
	d.problems = append(d.problems, Problem{File: d.name, Pos: pos, What: fmt.Sprintf(format, args...), Hint: hint})
}

// exhausted counts one more node and reports whether the file holds too many, which an alias inside aliases can bring about.
func (d *decoder) exhausted() bool {
	d.visits++
	if d.visits == MaxNodes {
		d.fail(Pos{1, 1}, "write fewer aliases (*), or several files", "more than %d values, aliases counted at each use", MaxNodes)
	}
	return d.visits >= MaxNodes
}

// enter follows an alias, and refuses one that would never end: it stands inside of what it names, or too many aliases lead into each other.
// The rest of the file is not read then.
func (d *decoder) enter(alias *yaml.Node, what string) bool {
	switch {
	case d.within[alias.Alias]:
		d.fail(posOf(alias), "write out what is meant", "%s: the alias *%s stands inside of what it names, and would never end", what, alias.Value)
	case len(d.within) == MaxDepth:
		d.fail(posOf(alias), "write out what is meant", "%s: more than %d aliases (*) lead into each other", what, MaxDepth)
	default:
		d.within[alias.Alias] = true
		return true
	}
	d.visits = MaxNodes
	return false
}

func (d *decoder) leave(alias *yaml.Node) { delete(d.within, alias.Alias) }

func (d *decoder) decode(n *yaml.Node, into any) {
	d.value(n, reflect.ValueOf(into).Elem(), "the file", "")
}

func posOf(n *yaml.Node) Pos { return Pos{n.Line, n.Column} }

// value reads n into v. What names the value in problems; tag is its jsonschema tag.
func (d *decoder) value(n *yaml.Node, v reflect.Value, what, tag string) {
	if d.exhausted() {
		return
	}
	if n.Kind == yaml.AliasNode {
		if !d.enter(n, what) {
			return
		}
		defer d.leave(n)
		n = n.Alias
	}
	if custom, ok := v.Addr().Interface().(decodes); ok {
		custom.decode(d, n, what)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), what, tag)
	case reflect.Struct:
		d.structure(n, v, what)
	case reflect.Map:
		d.mapping(n, v, what)
	case reflect.Slice:
		d.list(n, v, what)
	case reflect.Int:
		d.integer(n, v, what, tag)
	case reflect.Bool:
		d.truth(n, v, what, tag)
	default:
		d.text(n, v, what, tag)
	}
}

// structure reads a mapping whose keys are the struct's yaml tags.
func (d *decoder) structure(n *yaml.Node, v reflect.Value, what string) {
	fields := fieldsOf(v.Type())
	place := v.FieldByName("Place").Addr().Interface().(*Place)
	place.pos = posOf(n)
	for _, m := range d.members(n, what) {
		place.mark(posOf(m.value), m.key)
		place.markMembers(m)
		f, ok := fields[m.key]
		if !ok {
			d.unknown(m, what, fields)
			continue
		}
		d.value(m.value, v.Field(f.index), what+": "+m.key, f.tag)
	}
	for _, key := range keysOf(v.Type()) {
		if f := fields[key]; !place.Has(key) && tagged(f.tag, "required") && n.Kind == yaml.MappingNode {
			d.fail(posOf(n), "add  "+key+": …", "%s: %s is missing", what, key)
		}
	}
}

func (d *decoder) unknown(m member, what string, fields map[string]field) {
	candidates := make([]string, 0, len(fields))
	for key := range fields {
		candidates = append(candidates, key)
	}
	shown := m.key
	if !plainKey(shown) {
		shown = blank
	}
	d.fail(m.pos, didYouMean(m.key, candidates), "%s: unknown key %q", what, shown)
}

// didYouMean gives the nearest valid word, or all of them where none is near.
func didYouMean(word string, valid []string) string {
	sorted := sortedCopy(valid)
	if nearest, ok := near.Nearest(word, sorted); ok {
		return fmt.Sprintf("did you mean %s?", nearest)
	}
	return "valid are: " + strings.Join(sorted, ", ")
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value, what string) {
	v.Set(reflect.MakeMap(v.Type()))
	for _, m := range d.members(n, what) {
		element := reflect.New(v.Type().Elem()).Elem()
		d.value(m.value, element, what+": "+m.key, "")
		v.SetMapIndex(reflect.ValueOf(m.key), element)
	}
}

func (d *decoder) list(n *yaml.Node, v reflect.Value, what string) {
	if n.Kind != yaml.SequenceNode {
		d.wrong(n, what, "a list", `write it as ["…", "…"]`)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		d.value(item, v.Index(i), fmt.Sprintf("%s, item %d", what, i+1), "")
	}
	if len(n.Content) == 0 {
		d.fail(posOf(n), "", "%s: the list is empty", what)
	}
}

func (d *decoder) integer(n *yaml.Node, v reflect.Value, what, tag string) {
	number, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || err != nil {
		d.wrong(n, what, "a whole number", "write it without quotes, such as 5432")
		return
	}
	d.shown[n] = true
	v.SetInt(int64(number))
	d.oneOf(n, what, tag)
	least, most := limitOf(tag, "minimum"), limitOf(tag, "maximum")
	if most > 0 && (number < least || number > most) {
		d.fail(posOf(n), "", "%s: %d is not between %d and %d", what, number, least, most)
	}
}

func (d *decoder) truth(n *yaml.Node, v reflect.Value, what, tag string) {
	if n.ShortTag() != "!!bool" {
		d.wrong(n, what, "true or false", "")
		return
	}
	d.shown[n] = true
	v.SetBool(strings.EqualFold(n.Value, "true"))
	d.oneOf(n, what, tag)
}

func (d *decoder) text(n *yaml.Node, v reflect.Value, what, tag string) {
	if !d.isText(n, what) {
		return
	}
	d.shown[n] = true
	v.SetString(n.Value)
	d.oneOf(n, what, tag)
	if n.Value == "" && v.CanAddr() && limitOf(tag, "minLength") > 0 {
		d.fail(posOf(n), "", "%s is empty", what)
	}
}

// isText reports whether n is a text, and says what to write where it is something else.
func (d *decoder) isText(n *yaml.Node, what string) bool {
	switch tag := n.ShortTag(); {
	case n.Kind == yaml.ScalarNode && (tag == "!!str" || tag == "!!timestamp"):
		return true
	case n.Kind == yaml.ScalarNode && (tag == "!!int" || tag == "!!float" || tag == "!!bool"):
		d.wrong(n, what, "text", "put quotes around it")
	case tag == "!!null":
		d.wrong(n, what, "text", `leave the key out, or write "" for an empty text`)
	default:
		d.wrong(n, what, "text", "")
	}
	return false
}

// oneOf checks a value against the enum of its tag.
func (d *decoder) oneOf(n *yaml.Node, what, tag string) {
	valid := enumOf(tag)
	for _, word := range valid {
		if n.Value == word {
			return
		}
	}
	if len(valid) > 0 {
		d.fail(posOf(n), didYouMean(n.Value, valid), "%s: %q is not valid", what, n.Value)
	}
}

// wrong reports a value of another type than it must be.
func (d *decoder) wrong(n *yaml.Node, what, wanted, hint string) {
	d.fail(posOf(n), hint, "%s must be %s, not %s", what, wanted, kindOf(n))
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "a truth value"
	case "!!null":
		return "empty"
	case "!!str", "!!timestamp":
		return "text"
	}
	return "a value with a tag of its own (!…)"
}
