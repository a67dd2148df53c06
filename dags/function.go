package dags

import (
	"fmt"
	"strconv"
	"strings"

	"aircon/internal/operators"
	"aircon/internal/pysyntax"
)

func numberOf(i int) *value { return &value{kind: number, text: strconv.Itoa(i)} }

// paired is what enumerate and zip make: each of items with its number, or with the one of firsts.
func paired(items, firsts []*value) *value {
	v := &value{kind: list}
	for i, item := range items {
		first := numberOf(i)
		if firsts != nil {
			if i >= len(firsts) {
				break
			}
			first = firsts[i]
		}
		v.items = append(v.items, &value{kind: list, items: []*value{first, item}})
	}
	return v
}

// define follows a def: its decorators and defaults run now, its body when it is called.
func (r *run) define(n *pysyntax.Node) {
	f := &function{node: n, scope: r.scope}
	for _, d := range n.Kids[0].Kids {
		r.decorate(f, d)
	}
	r.functions = append(r.functions, f)
	r.set(r.scope, n.Text, &value{kind: callable, fn: f})
}

// decorate follows a decorator and notes what it makes of the function.
func (r *run) decorate(f *function, d *pysyntax.Node) {
	args := &arguments{}
	of := d
	if d.Kind == pysyntax.Call {
		of = d.Kids[0]
	}
	v := r.eval(of)
	if d.Kind == pysyntax.Call {
		args = r.arguments(d.Kids[1:])
		if v.kind != named {
			r.callOne(d, v, args)
		}
	}
	if v.kind != named || !strings.HasPrefix(v.text, "airflow.") {
		return
	}
	parts := "." + v.text + "."
	switch {
	case strings.HasSuffix(parts, ".dag."), strings.HasSuffix(parts, ".task_group."):
		f.role, f.args = dag, defaultArgs(args)
	case strings.Contains(parts, ".task."), strings.HasSuffix(parts, "_task."):
		f.role = task
	default:
		return
	}
	if d.Kind == pysyntax.Call {
		r.generic("@"+strings.Trim(parts[strings.LastIndex(strings.TrimSuffix(parts, "."), ".task")+1:], "."), args)
	}
}

// defineClass follows a class's body, which runs at once.
func (r *run) defineClass(n *pysyntax.Node) {
	c := &class{name: n.Text, scope: r.scope.inner()}
	c.scope.class = true
	r.all(n.Kids[0].Kids)
	for _, base := range n.Kids[1].Kids {
		if base.Kind == pysyntax.Keyword || base.Kind == pysyntax.Star || base.Kind == pysyntax.DoubleStar {
			r.all(base.Kids)
			continue
		}
		c.bases = append(c.bases, r.eval(base))
	}
	if known, ok := r.classes.Resolve(ownModule + "." + n.Text); ok {
		c.known = known
	}
	outer, before := r.scope, len(r.functions)
	r.scope = c.scope
	r.block(n.Kids[2])
	r.scope = outer
	for _, f := range r.functions[before:] {
		if f.scope == c.scope && f.node.Kind == pysyntax.Function {
			f.class = c
		}
	}
	c.enum = c.isEnum()
	for _, s := range n.Kids[2].Kids {
		switch {
		case s.Kind == pysyntax.AnnAssign && s.Kids[0].Kind == pysyntax.Name:
			c.fields = append(c.fields, s.Kids[0].Text)
		case c.enum && s.Kind == pysyntax.Assign && s.Kids[0].Kind == pysyntax.Name:
			c.members = append(c.members, s.Kids[0].Text)
		}
	}
	r.set(r.scope, n.Text, &value{kind: classType, class: c})
}

// callFunction follows the call of a function of the file. The body of a task runs later, all others at once.
func (r *run) callFunction(n *pysyntax.Node, f *function, args *arguments) *value {
	if f.role == task {
		r.templates(args, nil)
		r.pending = append(r.pending, pending{f, args})
		return anything
	}
	if f.open || r.calls >= maxCalls || r.budget <= 0 {
		r.generic(calleeName(n), args)
		return anything
	}
	key := r.key(args)
	v, known := f.known[key]
	if !known {
		v = r.enter(f, args)
		if f.known == nil {
			f.known = map[string]*value{}
		}
		f.known[key] = v
	}
	return v
}

// key tells calls apart whose bodies may use other ids.
func (r *run) key(args *arguments) string {
	var b strings.Builder
	fmt.Fprint(&b, r.atRun, len(r.dags))
	if n := len(r.dags); n > 0 {
		fmt.Fprintf(&b, "%p", r.dags[n-1])
	}
	one := func(v *value) {
		switch v.kind {
		case text, number, none, named, unknown, argument:
			fmt.Fprintf(&b, "|%d%q", v.kind, v.text)
		default:
			fmt.Fprintf(&b, "|%p", v)
		}
	}
	for _, g := range args.positional {
		one(g.value)
	}
	for _, name := range args.order {
		b.WriteString("," + name)
		one(args.named[name].value)
	}
	return b.String()
}

// enter follows a function's body and returns what it returns.
func (r *run) enter(f *function, args *arguments) *value {
	f.ran, f.open = true, true
	outer, in, returned, depth := r.scope, r.in, r.returned, len(r.dags)
	r.scope, r.returned = f.scope.inner(), nil
	r.calls++
	r.parameters(f, args)
	v := anything
	if f.node.Kind == pysyntax.Lambda {
		v = r.eval(f.node.Kids[1])
	} else {
		r.in = f.node.Text
		if f.role == dag {
			r.dags = append(r.dags, f.args)
		}
		r.block(f.node.Kids[3])
		if len(r.returned) > 0 {
			v = oneOf(r.returned...)
		}
	}
	r.calls--
	f.open = false
	r.scope, r.in, r.returned, r.dags = outer, in, returned, r.dags[:depth]
	return v
}

// parameters binds a function's parameters to what is given, or to their defaults.
func (r *run) parameters(f *function, args *arguments) {
	params := f.node.Kids[1]
	if f.node.Kind == pysyntax.Lambda {
		params = f.node.Kids[0]
	}
	position := 0
	for i, p := range params.Kids {
		if i == 0 && f.class != nil && p.Kind == pysyntax.Param {
			r.scope.names[p.Text] = &value{kind: object, made: &instance{class: f.class, what: f.class.known}}
			continue
		}
		switch p.Kind {
		case pysyntax.ParamStar, pysyntax.ParamDoubleStar:
			position = len(args.positional)
			r.scope.names[p.Text] = anything
		case pysyntax.Param:
			r.scope.names[p.Text] = r.parameter(f, p, args, position)
			if f.class != nil && f.node.Text == "__init__" && operators.IsConn(p.Text) {
				r.scope.names[p.Text] = &value{kind: argument, text: p.Text} // known where the class is used
			}
			position++
		}
	}
}

func (r *run) parameter(f *function, p *pysyntax.Node, args *arguments, position int) *value {
	if g, ok := args.get(p.Text, position); ok {
		return g.value
	}
	if p.Kids[1] == nil {
		return anything
	}
	inside := r.scope
	r.scope = f.scope
	v := r.eval(p.Kids[1])
	r.scope = inside
	return v
}
