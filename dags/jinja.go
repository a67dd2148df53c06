package dags

import (
	"regexp"
	"strings"

	"aircon/internal/pysyntax"
)

// expressions are what Jinja evaluates in a text, and first what it takes for no expression: comments and raw blocks.
var expressions = regexp.MustCompile(`(?s)\{#.*?#\}|\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}|\{\{.*?\}\}|\{%.*?%\}`)

// inert begins what is no expression.
var inert = regexp.MustCompile(`^(?:\{#|\{%[-+]?\s*raw\b)`)

// references are the names in such an expression that Airflow looks up (airflow/utils/context.py and
// airflow/sdk/execution_time/context.py): conn.x, conn["x"], conn.get("x"), var.value.x, var.json.x, and the same with [] and get. What is no text in [] or get( is dynamic, and
// ends with the bracket.
var references = regexp.MustCompile(`(?:^|[^\w.'"])(conn|var\s*\.\s*(?:value|json))\s*` +
	`(?:\.\s*get\s*\(\s*(?:\w+\s*=\s*)?['"]([^'"]+)['"]\s*(?:(,)|\))|\[\s*['"]([^'"]+)['"]\s*\]|\.\s*get\s*\(|\[|\.\s*([A-Za-z_]\w*))`)

// templates reports what the templates among a call's arguments name. fields are the arguments that are rendered; nil is all.
func (r *run) templates(args *arguments, fields []string) {
	rendered := func(name string) bool { return fields == nil }
	if fields != nil {
		is := map[string]bool{}
		for _, f := range fields {
			is[f] = true
		}
		rendered = func(name string) bool { return is[name] }
	}
	for _, name := range args.order {
		if rendered(name) {
			r.template(args.named[name].value, args.named[name].node, 0)
		}
	}
	if fields == nil {
		for _, g := range args.positional {
			r.template(g.value, g.node, 0)
		}
	}
}

// deepest is how far lists and dictionaries are looked into.
const deepest = 20

// template reports what a value's texts name, also inside of lists and dictionaries.
func (r *run) template(v *value, n *pysyntax.Node, depth int) {
	if depth > deepest || v == nil {
		return
	}
	switch v.kind {
	case text:
		r.references(v.text, n)
	case list, dict, either:
		kids := literals(n, len(v.items), v.kind)
		for i, item := range v.items {
			at := n
			if kids != nil {
				at = kids[i]
			}
			r.template(item, at, depth+1)
		}
	}
}

// literals returns the nodes of a list's or dictionary's elements, where it is written out.
func literals(n *pysyntax.Node, count int, k kind) []*pysyntax.Node {
	var kids []*pysyntax.Node
	switch {
	case k == list && (n.Kind == pysyntax.List || n.Kind == pysyntax.Tuple || n.Kind == pysyntax.Set):
		kids = n.Kids
	case k == dict && n.Kind == pysyntax.Dict:
		for i := 1; i < len(n.Kids); i += 2 {
			kids = append(kids, n.Kids[i])
		}
	}
	if len(kids) != count {
		return nil
	}
	return kids
}

// references reports what a text's Jinja expressions name, each at its own place where the text is written out.
func (r *run) references(text string, n *pysyntax.Node) {
	if !strings.Contains(text, "{") {
		return
	}
	written := r.tree.Source[n.Pos:max(n.Pos, n.End)]
	from := 0
	for _, expression := range expressions.FindAllString(text, -1) {
		place := n.Pos
		if i := strings.Index(written[from:], expression); i >= 0 && (n.Kind == pysyntax.Str || n.Kind == pysyntax.FString) {
			place += int32(from + i)
			from += i + len(expression)
		}
		if inert.MatchString(expression) {
			continue
		}
		for _, m := range references.FindAllStringSubmatch(expression, -1) {
			u := Use{Kind: Variable, How: Template, ID: m[2] + m[4] + m[5], Optional: m[3] != ""}
			if u.Dynamic() {
				u.Text = shortened(expression)
			}
			if m[1] == "conn" {
				u.Kind = Connection
			}
			r.reportAt(u, r.places.at(place))
		}
	}
}

// Templated reports whether a file of this name may be one that an operator renders: its template_ext.
func Templated(name string) bool {
	for _, ext := range []string{".sql", ".hql", ".sh", ".bash", ".json", ".html"} {
		if strings.HasSuffix(name, ext) {
			return true
		}
	}
	return false
}

// ScanTemplate finds what the Jinja expressions in a file name that an operator renders, such as one of SQL.
func (s *Scanner) ScanTemplate(name string, text []byte) *File {
	tree := &pysyntax.Tree{Source: string(text)}
	r := newRun(s, tree, &File{Name: name, Uses: []Use{}})
	r.references(tree.Source, &pysyntax.Node{Kind: pysyntax.Str, End: int32(len(text))})
	return r.file
}
