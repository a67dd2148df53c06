package dags

import (
	"slices"
	"strings"

	"aircon/internal/pysyntax"
)

// given is an argument of a call.
type given struct {
	value *value
	node  *pysyntax.Node
}

// arguments are those of a call.
type arguments struct {
	positional []given
	named      map[string]given
	order      []string // of the names
	open       bool     // there are more, which are not known
}

func (a *arguments) name(name string, g given) {
	if a.named == nil {
		a.named = map[string]given{}
	}
	if _, again := a.named[name]; !again {
		a.order = append(a.order, name)
	}
	a.named[name] = g
}

// bound is functools.partial(f, …).
func bound(n *pysyntax.Node, args *arguments) *value {
	rest := *args
	rest.positional = args.positional[1:]
	of, with := args.positional[0].value, &rest
	if of.kind == partial && of.of != nil {
		of, with = of.of, joined(of.made.with, with)
	}
	if len(with.positional)+len(with.order) > longest {
		return anything
	}
	return &value{kind: partial, of: of, made: &instance{with: with, node: n}}
}

// joined are the arguments of functools.partial followed by those of the call of what it made.
func joined(first, then *arguments) *arguments {
	all := &arguments{positional: slices.Concat(first.positional, then.positional), open: first.open || then.open}
	for _, a := range []*arguments{first, then} {
		for _, name := range a.order {
			all.name(name, a.named[name])
		}
	}
	return all
}

// get returns an argument by its name or its position.
func (a *arguments) get(name string, position int) (given, bool) {
	if g, ok := a.named[name]; ok {
		return g, true
	}
	if position >= 0 && position < len(a.positional) {
		return a.positional[position], true
	}
	return given{}, false
}

// arguments evaluates those of a call or of a class.
func (r *run) arguments(nodes []*pysyntax.Node) *arguments {
	a := &arguments{}
	for _, n := range nodes {
		switch n.Kind {
		case pysyntax.Keyword:
			a.name(n.Text, given{r.eval(n.Kids[0]), n.Kids[0]})
		case pysyntax.Star:
			items, known := elements(r.eval(n.Kids[0]))
			a.open = a.open || !known
			for _, v := range items {
				a.positional = append(a.positional, given{v, n})
			}
		case pysyntax.DoubleStar:
			v := r.eval(n.Kids[0])
			a.open = a.open || v.kind != dict
			for i, key := range v.keys {
				if key.kind == text {
					a.name(key.text, given{v.items[i], n})
				}
			}
		default:
			a.positional = append(a.positional, given{r.eval(n), n})
		}
	}
	return a
}

// call follows a call.
func (r *run) call(n *pysyntax.Node) *value {
	callee := r.eval(n.Kids[0])
	args := r.arguments(n.Kids[1:])
	var all []*value
	for _, one := range callee.alternatives() {
		all = append(all, r.callOne(n, one, args))
	}
	r.changed(n, callee, args)
	return oneOf(all...)
}

// changed follows d.update(…), l.append(…) and l.extend(…) of what has a name.
func (r *run) changed(n *pysyntax.Node, callee *value, args *arguments) {
	if callee.kind != method || n.Kids[0].Kind != pysyntax.Attribute || n.Kids[0].Kids[0].Kind != pysyntax.Name {
		return
	}
	name, of := n.Kids[0].Kids[0].Text, callee.of
	more := &value{kind: of.kind}
	if len(args.positional) > 0 {
		more = args.positional[0].value
	}
	switch {
	case of.kind == dict && callee.text == "update":
		for _, key := range args.order {
			more = united(more, &value{kind: dict, keys: []*value{textOf(key)}, items: []*value{args.named[key].value}})
		}
		r.set(r.scope, name, united(of, more))
	case of.kind == list && callee.text == "append":
		r.set(r.scope, name, add(of, &value{kind: list, items: []*value{more}}))
	case of.kind == list && callee.text == "extend":
		r.set(r.scope, name, add(of, more))
	}
}

func (r *run) callOne(n *pysyntax.Node, callee *value, args *arguments) *value {
	switch callee.kind {
	case named:
		return r.callNamed(n, callee.text, args)
	case classType:
		return r.construct(n, callee.class.known, callee.class, callee.class.name, args)
	case callable:
		return r.callFunction(n, callee.fn, args)
	case method:
		return r.callMethod(n, callee, args)
	case partial:
		if callee.of != nil {
			return r.callOne(n, callee.of, joined(callee.made.with, args))
		}
	}
	r.generic(calleeName(n), args)
	return anything
}

// calleeName is the last part of what a call calls.
func calleeName(n *pysyntax.Node) string {
	switch f := n.Kids[0]; f.Kind {
	case pysyntax.Name, pysyntax.Attribute:
		return f.Text
	}
	return ""
}

// callNamed follows the call of something imported, or of a builtin.
func (r *run) callNamed(n *pysyntax.Node, name string, args *arguments) *value {
	if g, ok := getterOf(name); ok {
		return r.get(n, g, args)
	}
	if builtin, ok := strings.CutPrefix(name, "builtins."); ok {
		return r.builtin(builtin, args)
	}
	if name == "os.getenv" || name == "os.environ.get" {
		if g, ok := args.get("default", 1); ok {
			return oneOf(anything, g.value)
		}
		return anything
	}
	if name == "functools.partial" && len(args.positional) > 0 {
		return bound(n, args)
	}
	if of, what, ok := r.mapped(name); ok {
		return r.callMethod(n, &value{kind: method, text: what, of: of}, args)
	}
	if known, ok := r.scanner.table.Lookup(name); ok {
		return r.construct(n, known, nil, known.Base(), args)
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	if isDAG(name) {
		r.generic(last, args)
		return &value{kind: object, made: &instance{defaultArgs: defaultArgs(args)}}
	}
	if of, method, ok := cutLast(name); ok && method == "get_connection" && strings.HasSuffix(of, "Hook") {
		return r.get(n, getter{Connection, GetConnection, "conn_id", lastTwo(name)}, args)
	}
	if last != "Connection" {
		r.generic(last, args)
		r.unknownOperator(n, name, args)
	}
	return anything
}

// mapped tells Operator.partial of an operator that is imported.
func (r *run) mapped(name string) (of *value, method string, ok bool) {
	class, method, ok := cutLast(name)
	if !ok || method != "partial" && method != "expand" && method != "expand_kwargs" {
		return nil, "", false
	}
	return &value{kind: named, text: class}, method, true
}

func cutLast(name string) (before, last string, ok bool) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return "", name, false
	}
	return name[:i], name[i+1:], true
}

// lastTwo are the last two parts of a full name: BaseHook.get_connection.
func lastTwo(name string) string {
	before, last, ok := cutLast(name)
	if !ok {
		return last
	}
	_, of, _ := cutLast(before)
	return of + "." + last
}

// isDAG tells the names that make a DAG or a group of tasks within one.
func isDAG(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	return strings.HasPrefix(name, "airflow.") && (last == "DAG" || last == "TaskGroup")
}

// defaultArgs is what a DAG or a group gives to its tasks.
func defaultArgs(args *arguments) *value {
	if g, ok := args.named["default_args"]; ok {
		return g.value
	}
	return anything
}

// builtin follows the few of Python's own functions that make lists and texts.
func (r *run) builtin(name string, args *arguments) *value {
	if len(args.positional) == 0 {
		if name == "dict" && !args.open {
			v := &value{kind: dict}
			for _, key := range args.order {
				v.keys, v.items = append(v.keys, textOf(key)), append(v.items, args.named[key].value)
			}
			return v
		}
		return anything
	}
	first := args.positional[0].value
	switch name {
	case "str":
		return asText(first)
	case "range":
		return ranged(args)
	case "dict":
		return first
	}
	items, known := elements(first)
	switch {
	case !known:
		return anything
	case name == "enumerate":
		return paired(items, nil)
	case name == "zip" && len(args.positional) == 2:
		if others, known := elements(args.positional[1].value); known {
			return paired(others, items)
		}
		return anything
	case name == "zip":
		return anything
	}
	return &value{kind: list, items: items}
}

// ranged is range(n) and range(a, b), of up to most numbers.
func ranged(args *arguments) *value {
	from, to, ok := 0, 0, false
	switch len(args.positional) {
	case 1:
		to, ok = integer(args.positional[0].value)
	case 2:
		var both bool
		from, both = integer(args.positional[0].value)
		to, ok = integer(args.positional[1].value)
		ok = ok && both
	}
	if !ok || to-from > most {
		return anything
	}
	v := &value{kind: list}
	for i := from; i < to; i++ {
		v.items = append(v.items, numberOf(i))
	}
	return v
}
