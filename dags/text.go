package dags

import (
	"strconv"
	"strings"

	"aircon/internal/pysyntax"
)

// fstring puts an f-string together where all of its parts are known.
func (r *run) fstring(n *pysyntax.Node) *value {
	whole := textOf("")
	for _, part := range n.Kids {
		if part.Kind == pysyntax.Str {
			whole = add(whole, textOf(part.Text))
			continue
		}
		v := asText(r.eval(part.Kids[0]))
		if part.Kids[1] != nil || part.Text == "r" || part.Text == "a" {
			v = anything
		}
		whole = add(whole, v)
	}
	return whole
}

// asText is str(v).
func asText(v *value) *value {
	var all []*value
	for _, a := range v.alternatives() {
		switch {
		case a.kind == text:
			all = append(all, a)
		case a.kind == number:
			all = append(all, textOf(a.text))
		case a.kind == none:
			all = append(all, textOf("None"))
		case a.kind == unknown && (a.text == "True" || a.text == "False"):
			all = append(all, textOf(a.text))
		default:
			all = append(all, anything)
		}
	}
	return oneOf(all...)
}

// percent is format % arguments, of %s and %d.
func percent(format string, arguments *value) *value {
	items := []*value{arguments}
	if arguments.kind == list {
		items = arguments.items
	}
	whole := textOf("")
	for {
		before, rest, found := strings.Cut(format, "%")
		whole = add(whole, textOf(before))
		switch {
		case !found:
			return whole
		case strings.HasPrefix(rest, "%"):
			whole = add(whole, textOf("%"))
			format = rest[1:]
			continue
		case len(items) > 0 && rest != "" && (rest[0] == 's' || rest[0] == 'd'):
			whole = add(whole, asText(items[0]))
			items, format = items[1:], rest[1:]
			continue
		}
		return anything
	}
}

// format is text.format(…), of fields that are names, numbers or empty.
func format(template string, args *arguments) *value {
	whole := textOf("")
	next := 0
	for template != "" {
		i := strings.IndexAny(template, "{}")
		if i < 0 {
			return add(whole, textOf(template))
		}
		whole = add(whole, textOf(template[:i]))
		if strings.HasPrefix(template[i:], "{{") || strings.HasPrefix(template[i:], "}}") {
			whole = add(whole, textOf(template[i:i+1]))
			template = template[i+2:]
			continue
		}
		field, rest, closed := strings.Cut(template[i+1:], "}")
		if template[i] == '}' || !closed {
			return anything
		}
		if field == "" {
			field = strconv.Itoa(next)
			next++
		}
		whole = add(whole, asText(args.field(field)))
		template = rest
	}
	return whole
}

// field returns the argument that a field of a format names.
func (a *arguments) field(name string) *value {
	if i, err := strconv.Atoi(name); err == nil {
		if i >= 0 && i < len(a.positional) {
			return a.positional[i].value
		}
		return anything
	}
	if g, ok := a.named[name]; ok {
		return g.value
	}
	return anything
}

// integer is the value of a number in decimal.
func integer(v *value) (int, bool) {
	if v.kind != number {
		return 0, false
	}
	i, err := strconv.Atoi(strings.ReplaceAll(v.text, "_", ""))
	return i, err == nil
}

// textMethod follows a method of a text whose result is known.
func textMethod(of *value, name string, args *arguments) *value {
	change := map[string]func(string) string{
		"lower": strings.ToLower, "upper": strings.ToUpper, "strip": strings.TrimSpace, "title": nil,
	}[name]
	switch {
	case name == "format":
		return format(of.text, args)
	case change != nil && len(args.positional) == 0:
		return textOf(change(of.text))
	case name == "join" && len(args.positional) == 1:
		return join(of.text, args.positional[0].value)
	case name == "replace" && len(args.positional) == 2:
		if a, b := args.positional[0].value, args.positional[1].value; a.kind == text && b.kind == text && a.text != "" {
			return textOf(strings.ReplaceAll(of.text, a.text, b.text))
		}
	case name == "split" && len(args.positional) <= 1:
		return splitText(of.text, args)
	}
	return anything
}

func join(separator string, over *value) *value {
	items, known := elements(over)
	if !known {
		return anything
	}
	whole := textOf("")
	for i, item := range items {
		if i > 0 {
			whole = add(whole, textOf(separator))
		}
		whole = add(whole, item)
	}
	return whole
}

func splitText(of string, args *arguments) *value {
	parts := strings.Fields(of)
	if len(args.positional) == 1 {
		separator := args.positional[0].value
		if separator.kind != text || separator.text == "" {
			return anything
		}
		parts = strings.Split(of, separator.text)
	}
	v := &value{kind: list}
	for _, p := range parts {
		v.items = append(v.items, textOf(p))
	}
	return v
}
