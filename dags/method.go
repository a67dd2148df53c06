package dags

import (
	"maps"
	"strings"

	"aircon/internal/operators"
	"aircon/internal/pysyntax"
)

// callMethod follows the call of a method.
func (r *run) callMethod(n *pysyntax.Node, m *value, args *arguments) *value {
	switch of := m.of; of.kind {
	case text:
		return textMethod(of, m.text, args)
	case dict:
		return dictMethod(of, m.text, args)
	case callable:
		return r.callTask(n, of.fn, m.text, args)
	case named, classType, partial:
		return r.mapping(n, of, m.text, args)
	case object:
		return r.callOn(n, of, m.text, args)
	}
	r.generic(m.text, args)
	return anything
}

func dictMethod(of *value, name string, args *arguments) *value {
	switch {
	case name == "keys":
		return &value{kind: list, items: of.keys}
	case name == "values":
		return &value{kind: list, items: of.items}
	case name == "items":
		return paired(of.items, of.keys)
	case name == "get" && len(args.positional) > 0 && args.positional[0].value.kind == text:
		if v := of.entry(args.positional[0].value.text); v != nil {
			return v
		}
		if len(args.positional) > 1 {
			return args.positional[1].value
		}
		return noValue
	case name == "copy":
		return of
	case name == "get":
		return oneOf(append([]*value{anything}, of.items...)...)
	}
	return anything
}

// callTask follows a method of a task's function: override, partial and expand.
func (r *run) callTask(n *pysyntax.Node, f *function, name string, args *arguments) *value {
	switch name {
	case "override":
		r.generic("@task."+name, args)
		return &value{kind: callable, fn: f}
	case "partial":
		return &value{kind: partial, fn: f, made: &instance{with: args, node: n}}
	case "expand", "expand_kwargs":
		return r.callFunction(n, f, expanded(name, &arguments{}, args))
	}
	return anything
}

// mapping follows partial and expand of an operator: the second makes the tasks.
func (r *run) mapping(n *pysyntax.Node, of *value, name string, args *arguments) *value {
	switch {
	case name == "partial" && of.kind != partial:
		return &value{kind: partial, of: of, made: &instance{with: args, node: n}}
	case name != "expand" && name != "expand_kwargs":
		r.generic(name, args)
		return anything
	case of.kind != partial:
		of = &value{kind: partial, of: of, made: &instance{with: &arguments{}, node: n}}
	}
	all := expanded(name, of.made.with, args)
	if of.fn != nil {
		return r.callFunction(n, of.fn, all)
	}
	if of.of.kind == named {
		return r.callNamed(of.made.node, of.of.text, all)
	}
	return r.callOne(of.made.node, of.of, all)
}

// expanded joins the arguments of partial with those of expand, each of which becomes one of its elements.
func expanded(name string, fixed, args *arguments) *arguments {
	all := &arguments{positional: fixed.positional, named: maps.Clone(fixed.named), order: fixed.order[:len(fixed.order):len(fixed.order)], open: fixed.open || args.open}
	if name == "expand" {
		for _, param := range args.order {
			g := args.named[param]
			items, _ := elements(g.value)
			all.name(param, given{oneOf(items...), g.node})
		}
		return all
	}
	if len(args.positional) == 0 {
		return all
	}
	sets, known := elements(args.positional[0].value)
	all.open = all.open || !known
	for _, set := range sets {
		for i, key := range set.keys {
			v := set.items[i]
			if before, ok := all.named[key.text]; ok {
				v = oneOf(before.value, v)
			}
			all.name(key.text, given{v, args.positional[0].node})
		}
	}
	return all
}

// callOn follows a method of an object: of a class of the file, or of a hook, which looks its connection up.
func (r *run) callOn(n *pysyntax.Node, of *value, name string, args *arguments) *value {
	if name == "get_connection" {
		return r.get(n, getter{Connection, GetConnection, "conn_id", "get_connection"}, args)
	}
	made := of.made
	if made.what != nil && made.what.Kind == operators.Hook && r.now() == Parse {
		for _, i := range made.uses {
			r.file.Uses[i].When = Parse
		}
	}
	if made.what == nil && name == "override" {
		return of
	}
	r.generic(name, args)
	return anything
}

// getter is a function that looks an id up.
type getter struct {
	kind  Kind
	how   How
	param string
	name  string
}

// getters are Airflow's, by the last two parts of their names. Their classes have several homes: airflow.models, airflow.hooks.base,
// airflow.sdk and the modules that these come from.
var getters = []getter{
	{Connection, GetConnection, "conn_id", "BaseHook.get_connection"},
	{Connection, GetConnection, "conn_id", "BaseHook.aget_connection"},
	{Connection, GetConnection, "conn_id", "BaseHook.get_hook"},
	{Connection, Get, "conn_id", "Connection.get"},
	{Connection, Get, "conn_id", "Connection.async_get"},
	{Connection, Get, "conn_id", "Connection.get_connection_from_secrets"},
	{Variable, Get, "key", "Variable.get"},
	{Variable, Get, "key", "Variable.setdefault"},
	{Variable, Get, "key", "Variable.get_variable_from_secrets"},
}

func getterOf(name string) (getter, bool) {
	if strings.HasPrefix(name, "airflow.") {
		for _, g := range getters {
			if strings.HasSuffix(name, "."+g.name) {
				return g, true
			}
		}
	}
	return getter{}, false
}

// get reports what a getter is asked for.
func (r *run) get(n *pysyntax.Node, g getter, args *arguments) *value {
	id, ok := args.get(g.param, 0)
	if !ok {
		if args.open {
			id = given{anything, n}
		} else {
			return anything
		}
	}
	u := Use{Kind: g.kind, How: g.how, When: r.now(), Callee: g.name, Param: g.param}
	if g.kind == Variable {
		_, u.Optional = args.get("default_var", 1)
		if _, is := args.named["default"]; is || g.name == "Variable.setdefault" {
			u.Optional = true
		}
	}
	r.ids(u, id.value, id.node)
	return anything
}
