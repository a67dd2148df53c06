package operators

import (
	"slices"
	"strings"

	"aircon/internal/pysyntax"
)

// Resolver puts classes and those above them together.
type Resolver struct {
	sources map[string]*Source
	known   func(name string) (*Class, bool) // of classes that have no source here; may be nil
	done    map[string]*raw
	open    map[string]bool // being resolved: a cycle ends there
}

// NewResolver returns a resolver over classes from sources; known answers for the others, and may be nil.
func NewResolver(classes []*Source, known func(name string) (*Class, bool)) *Resolver {
	r := &Resolver{sources: map[string]*Source{}, known: known, done: map[string]*raw{}, open: map[string]bool{}}
	for _, c := range classes {
		r.sources[c.Name] = c
	}
	return r
}

// raw is a class in which the parameter of DbApiHook is still to be named.
type raw struct {
	kind      Kind
	params    []Param
	templated []string
	attrs     map[string]string // conn_name_attr and default_conn_name
}

// dbAPIHook takes its conn_id as the only positional argument, or under the name that its class attribute conn_name_attr has. Its
// default is the attribute default_conn_name (its __init__ in airflow/providers/common/sql/hooks/sql.py).
const dbAPIHook = "airflow.providers.common.sql.hooks.sql.DbApiHook"

const (
	connNameAttr    = "conn_name_attr"
	defaultConnName = "default_conn_name"
)

// roots are classes of Airflow's core that tell what those below them are. They have many homes: the last part of the name decides.
var roots = map[string]Kind{
	"BaseOperator": Operator, "BaseSensorOperator": Operator, "DecoratedOperator": Operator, "PythonOperator": Operator,
	"BaseHook": Hook, "BaseHookMeta": Hook, "SFTPHook": Hook,
}

// Resolve returns a class by its full name, and false where it has no source.
func (r *Resolver) Resolve(name string) (*Class, bool) {
	if _, here := r.sources[name]; !here {
		return nil, false
	}
	of := r.class(name)
	c := &Class{Name: name, Kind: of.kind, Templated: of.templated}
	for _, p := range of.params {
		if p.Name == connNameAttr {
			p.Name, p.Default, p.Attr = of.attrs[connNameAttr], of.attrs[defaultConnName], true
		}
		if p.Name != "" {
			c.Params = append(c.Params, p)
		}
	}
	return c, true
}

func (r *Resolver) class(name string) *raw {
	if found := r.done[name]; found != nil {
		return found
	}
	s := r.sources[name]
	if s == nil || r.open[name] {
		return r.foreign(name)
	}
	r.open[name] = true
	of := r.inherited(s)
	if name == dbAPIHook {
		of.params = []Param{{Name: connNameAttr, Position: 0}}
	} else if s.init != nil {
		of.params = r.constructor(s, of.params)
	}
	delete(r.open, name)
	r.done[name] = of
	return of
}

// foreign is a class without a source.
func (r *Resolver) foreign(name string) *raw {
	if r.known != nil {
		if c, ok := r.known(name); ok {
			of := &raw{kind: c.Kind, params: slices.Clone(c.Params), templated: c.Templated, attrs: map[string]string{}}
			for i, p := range of.params {
				if p.Attr {
					of.attrs[connNameAttr], of.attrs[defaultConnName] = p.Name, p.Default
					of.params[i] = Param{Name: connNameAttr, Position: p.Position}
				}
			}
			return of
		}
	}
	kind, ok := roots[name[strings.LastIndexByte(name, '.')+1:]]
	if !ok {
		kind = Other
	}
	return &raw{kind: kind, attrs: map[string]string{}}
}

// inherited is what a class has from those above it, and from attributes in its own body.
func (r *Resolver) inherited(s *Source) *raw {
	of := &raw{kind: Other, attrs: map[string]string{}}
	for i, base := range s.Bases {
		above := r.class(base)
		if above.kind != Other && of.kind == Other {
			of.kind = above.kind
		}
		if i == 0 || len(of.params) == 0 {
			of.params = above.params
		}
		if len(of.templated) == 0 {
			of.templated = above.templated
		}
		for name, value := range above.attrs {
			if of.attrs[name] == "" {
				of.attrs[name] = value
			}
		}
	}
	if fields := s.attribute("template_fields"); fields != nil {
		of.templated = r.fields(s, fields)
	}
	for _, name := range []string{connNameAttr, defaultConnName} {
		if value := s.attribute(name); value != nil {
			of.attrs[name], _ = r.text(s, value)
		}
	}
	return of
}

// constructor merges an __init__ with the parameters that its **kwargs hand on.
func (r *Resolver) constructor(s *Source, above []Param) []Param {
	var own []Param
	names := map[string]bool{}
	position, positional, star, kwargs := -1, true, false, false // -1 is self
	for _, p := range s.init.Kids[1].Kids {
		switch p.Kind {
		case pysyntax.ParamStar:
			positional, star = false, p.Text != ""
			continue
		case pysyntax.ParamDoubleStar:
			kwargs = true
			continue
		case pysyntax.ParamSlash:
			continue
		}
		names[p.Text] = true
		at := -1
		if positional {
			at = position
			position++
		}
		if IsConn(p.Text) {
			value, ok := r.text(s, p.Kids[1])
			if !ok {
				value = s.settled(p)
			}
			own = append(own, Param{Name: p.Text, Position: at, Default: value})
		}
	}
	given := r.superArguments(s)
	for _, p := range above {
		name := p.Name
		if name == connNameAttr {
			name = r.attr(s, connNameAttr)
		}
		value, explicit := given[name]
		switch {
		case names[name]:
		case explicit:
			if fixed, ok := r.text(s, value); ok && fixed != "" {
				own = append(own, Param{Name: name, Position: -1, Default: fixed, Fixed: true})
			}
		case p.Fixed:
			own = append(own, p)
		case kwargs:
			if !star || position > 0 {
				p.Position = -1
			}
			own = append(own, p)
		}
	}
	return own
}

// settled returns the text that an __init__ gives to the attribute of a parameter that was not given: its default is a marker, such as
// NOTSET, and the body tells what that means.
func (s *Source) settled(p *pysyntax.Node) string {
	value := ""
	if !p.Kid(1).Is(pysyntax.Name) {
		return value
	}
	walk(s.init.Kids[3], func(n *pysyntax.Node) {
		if n.Kind == pysyntax.Assign && n.Kids[0].Kind == pysyntax.Attribute && strings.TrimLeft(n.Kids[0].Text, "_") == p.Text {
			if v := n.Kids[len(n.Kids)-1]; v.Kind == pysyntax.Str {
				value = v.Text
			}
		}
	})
	return value
}

// attr returns a class attribute of s or above it.
func (r *Resolver) attr(s *Source, name string) string {
	if value := s.attribute(name); value != nil {
		text, _ := r.text(s, value)
		return text
	}
	for _, base := range s.Bases {
		if text := r.class(base).attrs[name]; text != "" {
			return text
		}
	}
	return ""
}

// superArguments returns what __init__ gives by name to the constructor above it.
func (r *Resolver) superArguments(s *Source) map[string]*pysyntax.Node {
	given := map[string]*pysyntax.Node{}
	walk(s.init.Kids[3], func(n *pysyntax.Node) {
		if n.Kind != pysyntax.Call || !n.Kids[0].Is(pysyntax.Attribute) || n.Kids[0].Text != "__init__" {
			return
		}
		for _, a := range n.Kids[1:] {
			if a.Is(pysyntax.Keyword) {
				given[a.Text] = a.Kids[0]
			}
		}
	})
	return given
}

// walk calls visit for a node and all below it.
func walk(n *pysyntax.Node, visit func(*pysyntax.Node)) {
	if n == nil {
		return
	}
	visit(n)
	for _, kid := range n.Kids {
		walk(kid, visit)
	}
}

// text returns the value of an expression that is a text or names one: a constant of the file, an attribute of a class.
func (r *Resolver) text(s *Source, n *pysyntax.Node) (string, bool) {
	for range 10 { // a constant may name another
		switch {
		case n == nil:
			return "", false
		case n.Kind == pysyntax.Str:
			return n.Text, true
		case n.Kind == pysyntax.Name:
			next := s.attribute(n.Text)
			if next == nil {
				next = s.parsed.consts[n.Text]
			}
			n = next
		case n.Kind == pysyntax.Attribute:
			of := r.class(s.parsed.dotted(n.Kids[0]))
			text, ok := of.attrs[n.Text]
			return text, ok
		default:
			return "", false
		}
	}
	return "", false
}

// fields returns the names in template_fields: a tuple or list, sums and stars of them, those of another class, or aws_template_fields.
func (r *Resolver) fields(s *Source, n *pysyntax.Node) []string {
	var names []string
	switch n.Kind {
	case pysyntax.Str:
		names = []string{n.Text}
	case pysyntax.Tuple, pysyntax.List, pysyntax.Star, pysyntax.Binary:
		for _, kid := range n.Kids {
			names = append(names, r.fields(s, kid)...)
		}
	case pysyntax.Attribute:
		names = r.class(s.parsed.dotted(n.Kids[0])).templated
	case pysyntax.Call:
		for _, a := range n.Kids[1:] {
			names = append(names, r.fields(s, a)...)
		}
		if strings.HasSuffix(s.parsed.dotted(n.Kids[0]), "aws_template_fields") {
			names = append(names, "aws_conn_id", "region_name", "verify")
		}
	}
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}
