package policy

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// withStatement returns the document's text with one more statement.
func (d *Document) withStatement(statement string) string {
	return d.rebuilt(append(d.raw(), statement))
}

// without returns the document's text less these statements, or "" where none is left.
func (d *Document) without(statements []StatementRef) string {
	var left []string
	for i, raw := range d.raw() {
		if !slices.ContainsFunc(statements, func(s StatementRef) bool { return s.Statement == i }) {
			left = append(left, raw)
		}
	}
	if len(left) == 0 {
		return ""
	}
	return d.rebuilt(left)
}

// replaced returns the document's text with another statement in the place of one.
func (d *Document) replaced(i int, statement string) string {
	all := d.raw()
	all[i] = statement
	return d.rebuilt(all)
}

// raw returns the JSON of each statement.
func (d *Document) raw() (all []string) {
	for _, n := range d.nodes() {
		all = append(all, d.text[n.at:n.end])
	}
	return all
}

// nodes returns the statements as they stand in the text.
func (d *Document) nodes() []*node {
	root, err := readJSON(d.text)
	if err != nil {
		panic(err) // it was parsed once
	}
	return root.get("Statement").list()
}

// rebuilt writes the document anew, indented, with these statements.
func (d *Document) rebuilt(statements []string) string {
	head := ""
	if d.version != "" {
		head += `"Version":` + quote(d.version) + ","
	}
	if d.id != "" {
		head += `"Id":` + quote(d.id) + ","
	}
	return indented("{" + head + `"Statement":[` + strings.Join(statements, ",") + "]}")
}

// newDocument writes a policy of one statement.
func newDocument(statement string) string {
	return (&Document{version: version2012}).rebuilt([]string{statement})
}

// swapped returns a statement's JSON with a new entry in the place of an old one of an element.
func (d *Document) swapped(statement int, element, old, entry string) string {
	n := d.nodes()[statement]
	for _, e := range n.get(element).list() {
		if e.text == old {
			return d.text[n.at:e.at] + quote(entry) + d.text[e.end:n.end]
		}
	}
	return d.text[n.at:n.end]
}

// extended returns a statement's JSON with one more entry in an element, which becomes a list if it is none.
func (d *Document) extended(statement int, element, entry string) string {
	n := d.nodes()[statement]
	of := n.get(element)
	entries := of.list()
	last := entries[len(entries)-1]
	if of.kind == '[' {
		return d.text[n.at:last.end] + "," + quote(entry) + d.text[last.end:n.end]
	}
	return d.text[n.at:of.at] + "[" + d.text[of.at:of.end] + "," + quote(entry) + "]" + d.text[of.end:n.end]
}

// quote writes a text as JSON, with < and > as they are.
func quote(text string) string { return marshal(text) }

func marshal(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // strings always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func indented(text string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		panic(err) // it was parsed once
	}
	return b.String()
}
