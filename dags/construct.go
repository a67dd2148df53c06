package dags

import (
	"aircon/internal/operators"
	"aircon/internal/pysyntax"
)

// construct follows the making of an object of a class: of the providers' (known), or of one of the file's (own), or both.
func (r *run) construct(n *pysyntax.Node, known *operators.Class, own *class, name string, args *arguments) *value {
	made := &instance{what: known, class: own, with: args, node: n}
	if init := own.constructor(); init != nil {
		r.callFunction(n, init, args)
	}
	if known == nil {
		r.generic(name, args)
		return &value{kind: object, made: made}
	}
	named := map[string]bool{}
	for _, p := range known.Params {
		named[p.Name] = true
		made.uses = append(made.uses, r.param(n, known, own, name, p, args)...)
	}
	r.others(name, args, named)
	r.callables(args)
	if known.Kind == operators.Operator {
		r.templates(args, known.Templated)
	}
	if g, ok := args.named["schema"]; ok && r.isPostgresHook(known, own) {
		r.file.Schemas = append(r.file.Schemas, r.places.at(g.node.Pos))
	}
	return &value{kind: object, made: made}
}

// param reports the conn_id that a parameter gets: as an argument, from default_args, or by default.
func (r *run) param(n *pysyntax.Node, known *operators.Class, own *class, name string, p operators.Param, args *arguments) []int {
	u := Use{Kind: Connection, How: Argument, Callee: name, Param: p.Name}
	position := p.Position
	if known.Kind == operators.Operator {
		position = -1
	}
	if g, ok := args.get(p.Name, position); ok && !p.Fixed {
		return r.ids(u, g.value, g.node)
	}
	if known.Kind == operators.Operator && !p.Fixed {
		if v := r.fromDefaultArgs(p.Name, args); v != nil {
			u.How = DefaultArgs
			return r.ids(u, v, n)
		}
	}
	u.How = Default
	if v, ok := r.ownDefault(own, p.Name); ok {
		return r.ids(u, v, n)
	}
	if p.Default == "" {
		return nil
	}
	u.ID = p.Default
	return []int{r.report(u, n)}
}

// ownDefault evaluates the default of a parameter of a constructor that the file defines.
func (r *run) ownDefault(own *class, name string) (*value, bool) {
	init := own.constructor()
	if init == nil {
		return nil, false
	}
	for _, p := range init.node.Kids[1].Kids {
		if p.Text == name && p.Kids[1] != nil {
			return r.parameter(init, p, &arguments{}, -1), true
		}
	}
	return nil, false
}

// constructor is the __init__ of a class of the file, or of one above it; nil where there is none.
func (c *class) constructor() *function {
	if c == nil {
		return nil
	}
	init := c.attribute("__init__")
	if init == nil || init.kind != callable || init.fn.node.Kind != pysyntax.Function {
		return nil
	}
	return init.fn
}

// fromDefaultArgs returns what the task's default_args, or those of the group or DAG around it, have under a name.
func (r *run) fromDefaultArgs(name string, args *arguments) *value {
	if g, ok := args.named["default_args"]; ok {
		if v := g.value.entry(name); v != nil {
			return v
		}
	}
	if g, ok := args.named["dag"]; ok && g.value.kind == object {
		if v := g.value.made.defaultArgs.entry(name); v != nil {
			return v
		}
	}
	for i := len(r.dags) - 1; i >= 0; i-- {
		if v := r.dags[i].entry(name); v != nil {
			return v
		}
	}
	return nil
}

// generic reports what a call gives as *conn_id to something that is not known, and its templates.
func (r *run) generic(name string, args *arguments) {
	r.others(name, args, nil)
	r.callables(args)
	if name != "" && name[0] >= 'A' && name[0] <= 'Z' {
		r.templates(args, nil)
	}
}

// others reports the arguments called *conn_id that are not among those reported already.
func (r *run) others(name string, args *arguments, reported map[string]bool) {
	for _, param := range args.order {
		if operators.IsConn(param) && !reported[param] {
			g := args.named[param]
			r.ids(Use{Kind: Connection, How: Argument, Callee: name, Param: param}, g.value, g.node)
		}
	}
}

// callables notes the python_callable of a task with the arguments that it will get.
func (r *run) callables(args *arguments) {
	g, ok := args.named["python_callable"]
	if !ok {
		return
	}
	with, called := &arguments{}, g.value
	if called.kind == partial && called.of != nil {
		with, called = joined(called.made.with, with), called.of
	}
	if called.kind != callable {
		return
	}
	if list, ok := args.named["op_args"]; ok {
		items, _ := elements(list.value)
		for _, v := range items {
			with.positional = append(with.positional, given{v, list.node})
		}
	}
	if kwargs, ok := args.named["op_kwargs"]; ok && kwargs.value.kind == dict {
		for i, key := range kwargs.value.keys {
			with.name(key.text, given{kwargs.value.items[i], kwargs.node})
		}
	}
	r.pending = append(r.pending, pending{called.fn, with})
}

// postgresHook is the class whose schema argument provider 6.0 ignores.
const postgresHook = "airflow.providers.postgres.hooks.postgres.PostgresHook"

func (r *run) isPostgresHook(known *operators.Class, own *class) bool {
	if known.Name == postgresHook {
		return true
	}
	for range maxCalls {
		if own == nil {
			break
		}
		var next *class
		for _, b := range own.bases {
			if b.kind == named {
				if c, ok := r.scanner.table.Lookup(b.text); ok && c.Name == postgresHook {
					return true
				}
			}
			if b.kind == classType {
				next = b.class
			}
		}
		own = next
	}
	return false
}

// isSelf tells the object that a method of the file's classes is called on.
func isSelf(v *value) bool { return v.made.with == nil && v.made.class != nil }

// selfAttribute tells the attributes that hold what the constructor was given.
func selfAttribute(name string) bool { return operators.IsConn(name) }
