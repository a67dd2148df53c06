package dags

import (
	"slices"
	"strings"

	"aircon/internal/operators"
	"aircon/internal/pysyntax"
)

// block follows statements up to the first that leaves the block, and reports whether one does.
func (r *run) block(n *pysyntax.Node) bool {
	if n == nil {
		return false
	}
	for _, s := range n.Kids {
		if r.statement(s) {
			return true
		}
	}
	return false
}

// statement follows one statement and reports whether it leaves the block.
func (r *run) statement(n *pysyntax.Node) bool {
	r.budget--
	switch n.Kind {
	case pysyntax.ExprStmt, pysyntax.Assert, pysyntax.Delete:
		r.all(n.Kids)
	case pysyntax.Return:
		if n.Kids[0] != nil {
			r.returned = append(r.returned, r.eval(n.Kids[0]))
		}
		return true
	case pysyntax.Raise:
		r.all(n.Kids)
		return true
	case pysyntax.Break, pysyntax.Continue:
		return true
	case pysyntax.Assign:
		r.assign(n)
	case pysyntax.AnnAssign:
		if n.Kids[2] != nil {
			r.bind(n.Kids[0], r.eval(n.Kids[2]))
		}
	case pysyntax.AugAssign:
		r.augment(n)
	case pysyntax.Import, pysyntax.ImportFrom:
		r.importNames(n)
	case pysyntax.Function:
		r.define(n)
	case pysyntax.Class:
		r.defineClass(n)
	case pysyntax.If, pysyntax.While, pysyntax.For, pysyntax.With, pysyntax.Try, pysyntax.Match:
		return r.compound(n)
	}
	return false
}

// importNames binds what is imported. A relative import beyond the file's package, which Python refuses, stays a name.
func (r *run) importNames(n *pysyntax.Node) {
	module := ownModule
	dots := len(n.Text) - len(strings.TrimLeft(n.Text, "."))
	within := n.Kind == pysyntax.ImportFrom && dots > 0 && r.pkg != "" && dots <= strings.Count(r.pkg, ".")+1
	if within {
		module = r.pkg + "." + ownModule
	}
	for name, dotted := range operators.Imports(n, module) {
		v := &value{kind: named, text: dotted}
		if n.Kind == pysyntax.ImportFrom && (dots == 0 || within) {
			v = r.imported(dotted)
		}
		r.set(r.scope, name, v)
	}
}

func (r *run) all(nodes []*pysyntax.Node) {
	for _, n := range nodes {
		if n != nil {
			r.eval(n)
		}
	}
}

func (r *run) assign(n *pysyntax.Node) {
	last := len(n.Kids) - 1
	v := r.eval(n.Kids[last])
	for _, target := range n.Kids[:last] {
		r.bind(target, v)
	}
}

// augment follows x += y as x = x + y.
func (r *run) augment(n *pysyntax.Node) {
	right := r.eval(n.Kids[1])
	if n.Kids[0].Kind != pysyntax.Name || n.Text != "+=" {
		return
	}
	left := r.scope.lookup(n.Kids[0].Text)
	if left == nil {
		left = anything
	}
	r.bind(n.Kids[0], add(left, right))
}

// variable is a name in its scope.
type variable struct {
	scope *scope
	name  string
}

// set gives a name a value. Within a branch the value before is kept, to come back to.
func (r *run) set(s *scope, name string, v *value) {
	if n := len(r.journals); n > 0 {
		at := variable{s, name}
		if _, kept := r.journals[n-1][at]; !kept {
			r.journals[n-1][at] = s.names[name]
		}
	}
	s.names[name] = v
}

// bind assigns a value to a target: a name, several, an item, an attribute.
func (r *run) bind(target *pysyntax.Node, v *value) {
	switch target.Kind {
	case pysyntax.Name:
		r.set(r.scope, target.Text, v)
	case pysyntax.Tuple, pysyntax.List:
		for i, t := range target.Kids {
			if v.kind == list && i < len(v.items) && len(v.items) == len(target.Kids) {
				r.bind(t, v.items[i])
			} else {
				r.bind(t, anything)
			}
		}
	case pysyntax.Star:
		r.bind(target.Kids[0], anything)
	case pysyntax.Subscript:
		r.bindItem(target, v)
	}
}

// bindItem follows d["key"] = value of a dictionary that has a name.
func (r *run) bindItem(target *pysyntax.Node, v *value) {
	of, key := r.eval(target.Kids[0]), r.eval(target.Kids[1])
	if of.kind != dict || target.Kids[0].Kind != pysyntax.Name {
		return
	}
	changed := anything
	if len(of.items) < longest {
		changed = &value{kind: dict, keys: append(slices.Clone(of.keys), key), items: append(slices.Clone(of.items), v)}
	}
	r.set(r.scope, target.Kids[0].Text, changed)
}

// branches follows each of several ways, of which one is taken: afterwards a name has the value of any.
func (r *run) branches(ways ...func()) {
	finals := map[variable][]*value{}
	before := map[variable]*value{}
	for _, way := range ways {
		journal := map[variable]*value{}
		r.journals = append(r.journals, journal)
		way()
		r.journals = r.journals[:len(r.journals)-1]
		for at, old := range journal {
			finals[at] = append(finals[at], at.scope.names[at.name])
			before[at] = old
			at.scope.names[at.name] = old
		}
	}
	for at, values := range finals {
		if len(values) < len(ways) {
			values = append(values, before[at])
		}
		r.set(at.scope, at.name, oneOf(values...))
	}
}

// compound follows a statement with blocks. It reports whether every way leaves the block around it.
func (r *run) compound(n *pysyntax.Node) bool {
	switch n.Kind {
	case pysyntax.If:
		return r.conditional(n)
	case pysyntax.While:
		r.eval(n.Kids[0])
		r.branches(func() { r.block(n.Kids[1]) }, func() {})
		r.block(n.Kids[2])
	case pysyntax.For:
		r.loop(n.Kids[0], r.eval(n.Kids[1]), func() { r.block(n.Kids[2]) })
		r.block(n.Kids[3])
	case pysyntax.With:
		return r.with(n)
	case pysyntax.Try:
		return r.try(n)
	case pysyntax.Match:
		r.eval(n.Kids[0])
		ways := []func(){func() {}}
		for _, c := range n.Kids[1:] {
			ways = append(ways, func() { r.names(c.Kids[0]); r.block(c.Kids[2]) })
		}
		r.branches(ways...)
	}
	return false
}

// names makes the names in a pattern unknown.
func (r *run) names(pattern *pysyntax.Node) {
	if pattern == nil {
		return
	}
	if pattern.Kind == pysyntax.Name {
		r.set(r.scope, pattern.Text, anything)
	}
	for _, kid := range pattern.Kids {
		r.names(kid)
	}
}

// conditional follows an if with its elifs in a loop, as there may be thousands.
func (r *run) conditional(n *pysyntax.Node) bool {
	leaves := true
	var ways []func()
	for {
		r.eval(n.Kids[0])
		then, rest := n.Kids[1], n.Kids[2]
		if !never(n.Kids[0]) {
			ways = append(ways, func() { leaves = r.block(then) && leaves })
		}
		if rest == nil {
			ways = append(ways, func() { leaves = false })
			break
		}
		if len(rest.Kids) != 1 || rest.Kids[0].Kind != pysyntax.If {
			ways = append(ways, func() { leaves = r.block(rest) && leaves })
			break
		}
		n = rest.Kids[0]
	}
	r.branches(ways...)
	return leaves
}

// never tells the conditions that do not hold where Airflow imports a file: that it is the program, that a type checker reads it, and False.
func never(condition *pysyntax.Node) bool {
	switch condition.Kind {
	case pysyntax.Constant:
		return condition.Text == "False"
	case pysyntax.Name, pysyntax.Attribute:
		return condition.Text == "TYPE_CHECKING"
	case pysyntax.Compare:
		a, b := condition.Kids[0], condition.Kids[1]
		if a.Kind == pysyntax.Str {
			a, b = b, a
		}
		return condition.Text == "==" && a.Kind == pysyntax.Name && a.Text == "__name__" && b.Kind == pysyntax.Str && b.Text == "__main__"
	}
	return false
}

// loop follows a body once for each element that is known, or once with an unknown one.
func (r *run) loop(target *pysyntax.Node, over *value, body func()) {
	items, known := elements(over)
	if !known || r.budget <= 0 {
		r.branches(func() {
			r.bind(target, anything)
			body()
		}, func() {})
		return
	}
	for _, item := range items {
		r.bind(target, item)
		body()
		if r.budget <= 0 {
			return
		}
	}
}

func (r *run) with(n *pysyntax.Node) bool {
	depth := len(r.dags)
	last := len(n.Kids) - 1
	for _, item := range n.Kids[:last] {
		v := r.eval(item.Kids[0])
		if v.kind == object && v.made.defaultArgs != nil {
			r.dags = append(r.dags, v.made.defaultArgs)
		}
		if item.Kids[1] != nil {
			r.bind(item.Kids[1], v)
		}
	}
	leaves := r.block(n.Kids[last])
	r.dags = r.dags[:depth]
	return leaves
}

func (r *run) try(n *pysyntax.Node) bool {
	last := len(n.Kids) - 1
	leaves := false
	ways := []func(){func() {
		leaves = r.block(n.Kids[0])
		r.block(n.Kids[last-1])
	}}
	for _, h := range n.Kids[1 : last-1] {
		ways = append(ways, func() {
			if h.Kids[0] != nil {
				r.eval(h.Kids[0])
			}
			if h.Text != "" {
				r.set(r.scope, h.Text, anything)
			}
			leaves = r.block(h.Kids[1]) && leaves
		})
	}
	r.branches(ways...)
	return r.block(n.Kids[last]) || leaves
}
