package dags

import (
	"slices"

	"aircon/internal/pysyntax"
)

// eval follows an expression and returns what is known of its value.
func (r *run) eval(n *pysyntax.Node) *value {
	r.budget--
	switch n.Kind {
	case pysyntax.Str:
		return textOf(n.Text)
	case pysyntax.Number:
		return &value{kind: number, text: n.Text}
	case pysyntax.Constant:
		if n.Text == "None" {
			return noValue
		}
		return &value{kind: unknown, text: n.Text}
	case pysyntax.Name:
		return r.name(n.Text)
	case pysyntax.FString:
		return r.fstring(n)
	case pysyntax.Tuple, pysyntax.List, pysyntax.Set:
		return r.list(n)
	case pysyntax.Dict:
		return r.dict(n)
	case pysyntax.Attribute:
		return r.attribute(r.eval(n.Kids[0]), n.Text)
	case pysyntax.Subscript:
		return item(r.eval(n.Kids[0]), r.eval(n.Kids[1]))
	case pysyntax.Call:
		return r.call(n)
	case pysyntax.Binary:
		return r.binary(n)
	case pysyntax.BoolOp:
		return r.boolean(n)
	case pysyntax.Conditional:
		r.eval(n.Kids[0])
		return oneOf(r.eval(n.Kids[1]), r.eval(n.Kids[2]))
	case pysyntax.NamedExpr:
		v := r.eval(n.Kids[1])
		r.bind(n.Kids[0], v)
		return v
	case pysyntax.Lambda:
		f := &function{node: n, scope: r.scope}
		r.functions = append(r.functions, f)
		return &value{kind: callable, fn: f}
	case pysyntax.ListComp, pysyntax.SetComp, pysyntax.Generator, pysyntax.DictComp:
		return r.comprehension(n)
	}
	r.all(n.Kids)
	return anything
}

// name returns what a name stands for; one that the file does not bind is Python's own.
func (r *run) name(name string) *value {
	if v := r.scope.lookup(name); v != nil {
		return v
	}
	switch name {
	case "str", "list", "tuple", "set", "sorted", "dict", "range", "enumerate", "zip", "reversed":
		return &value{kind: named, text: "builtins." + name}
	}
	return anything
}

func (r *run) list(n *pysyntax.Node) *value {
	v := &value{kind: list}
	for _, kid := range n.Kids {
		if kid.Kind != pysyntax.Star {
			v.items = append(v.items, r.eval(kid))
			continue
		}
		more, known := elements(r.eval(kid.Kids[0]))
		if !known {
			return anything
		}
		v.items = append(v.items, more...)
	}
	return v
}

func (r *run) dict(n *pysyntax.Node) *value {
	v := &value{kind: dict}
	for i := 0; i+1 < len(n.Kids); i += 2 {
		of := r.eval(n.Kids[i+1])
		if n.Kids[i] != nil {
			v.keys, v.items = append(v.keys, r.eval(n.Kids[i])), append(v.items, of)
		} else if of.kind == dict {
			v.keys, v.items = append(v.keys, of.keys...), append(v.items, of.items...)
		}
	}
	return v
}

// boolean is one of its operands: with `or` no text that is certain to be there lets those after it be.
func (r *run) boolean(n *pysyntax.Node) *value {
	var may []*value
	certain := false
	for _, kid := range n.Kids {
		v := r.eval(kid)
		if certain || n.Text == "or" && kid != n.Kids[len(n.Kids)-1] && v.kind == none {
			continue
		}
		may = append(may, v)
		certain = n.Text == "or" && v.kind == text && v.text != ""
	}
	return oneOf(may...)
}

func (r *run) binary(n *pysyntax.Node) *value {
	left, right := r.eval(n.Kids[0]), r.eval(n.Kids[1])
	switch {
	case n.Text == "+":
		return add(left, right)
	case n.Text == "%" && left.kind == text:
		return percent(left.text, right)
	case n.Text == "|" && left.kind == dict:
		return united(left, right)
	case n.Text == "/" && left.kind == object, n.Text == ">>", n.Text == "<<":
		return right
	}
	return anything
}

// united is the dictionary a with what b has.
func united(a, b *value) *value {
	if a.kind != dict || b.kind != dict || len(a.items)+len(b.items) > longest {
		return anything
	}
	return &value{kind: dict, keys: slices.Concat(a.keys, b.keys), items: slices.Concat(a.items, b.items)}
}

// add is a + b of texts and lists.
func add(a, b *value) *value {
	if a.kind == list && b.kind == list && len(a.items)+len(b.items) <= longest {
		return &value{kind: list, items: slices.Concat(a.items, b.items)}
	}
	return combine(a, b, func(x, y string) string { return x + y })
}

// maxText bounds a text that is put together: doubling one in a loop ends there.
const maxText = 1 << 16

// combine makes a text of each pair of alternatives.
func combine(a, b *value, join func(x, y string) string) *value {
	var all []*value
	as, bs := a.alternatives(), b.alternatives()
	if len(as)*len(bs) > most {
		return anything
	}
	for _, x := range as {
		for _, y := range bs {
			joined := anything
			if x.kind == text && y.kind == text && len(x.text)+len(y.text) <= maxText {
				joined = textOf(join(x.text, y.text))
			}
			all = append(all, joined)
		}
	}
	return oneOf(all...)
}

// item is of[key].
func item(of, key *value) *value {
	switch {
	case of.kind == dict && key.kind == text:
		if v := of.entry(key.text); v != nil {
			return v
		}
	case of.kind == classType && key.kind == text && of.class.member(key.text) != nil:
		return of.class.member(key.text)
	case of.kind == dict && key.kind != text && len(of.items) > 0:
		return oneOf(append([]*value{anything}, of.items...)...)
	case of.kind == list && key.kind == number:
		if i, ok := integer(key); ok && i >= 0 && i < len(of.items) {
			return of.items[i]
		}
	case of.kind == list && len(of.items) > 0:
		return oneOf(append([]*value{anything}, of.items...)...)
	}
	return anything
}

// elements returns what a loop over a value sees, and false where that is not known.
func elements(v *value) ([]*value, bool) {
	switch v.kind {
	case list:
		return v.items, true
	case dict:
		return v.keys, true
	case classType:
		if v.class.enum {
			return v.class.list(), true
		}
	}
	return nil, false
}

// comprehension follows it as the loop that it is.
func (r *run) comprehension(n *pysyntax.Node) *value {
	clauses := 1
	if n.Kind == pysyntax.DictComp {
		clauses = 2
	}
	outer := r.scope
	r.scope = outer.inner()
	v := &value{kind: list}
	if n.Kind == pysyntax.DictComp {
		v.kind = dict
	}
	known := true
	r.clause(n.Kids[clauses:], &known, func() {
		if clauses == 2 {
			v.keys = append(v.keys, r.eval(n.Kids[0]))
		}
		v.items = append(v.items, r.eval(n.Kids[clauses-1]))
	})
	r.scope = outer
	if !known {
		return anything
	}
	return v
}

// clause follows the for clauses of a comprehension from the first on. known is set to false where not all elements are.
func (r *run) clause(clauses []*pysyntax.Node, known *bool, body func()) {
	if len(clauses) == 0 {
		body()
		return
	}
	c := clauses[0]
	over := r.eval(c.Kids[1])
	if _, is := elements(over); !is || len(c.Kids) > 2 || r.budget <= 0 {
		*known = false
	}
	r.loop(c.Kids[0], over, func() {
		r.all(c.Kids[2:])
		r.clause(clauses[1:], known, body)
	})
}

// attribute is of.name.
func (r *run) attribute(of *value, name string) *value {
	if v := of.ofMember(name); v != nil {
		return v
	}
	switch of.kind {
	case named:
		return r.imported(of.text + "." + name)
	case classType:
		if v := of.class.member(name); v != nil {
			return v
		}
		if v := of.class.attribute(name); v != nil {
			return v
		}
	case object:
		if c := of.made.class; c != nil {
			if v := c.field(name, of.made.with); v != nil {
				return v
			}
			if v := c.attribute(name); v != nil {
				return v
			}
		}
		if isSelf(of) && selfAttribute(name) {
			return &value{kind: argument, text: name}
		}
	case unknown, none:
		return anything
	case either:
		var all []*value
		for _, a := range of.items {
			all = append(all, r.attribute(a, name))
		}
		return oneOf(all...)
	}
	return &value{kind: method, text: name, of: of}
}

// field is what an object of a dataclass, or of the like, was given for a field of its class; nil where it was given nothing.
func (c *class) field(name string, with *arguments) *value {
	position := slices.Index(c.fields, name)
	if position < 0 || with == nil || c.constructor() != nil {
		return nil
	}
	if g, ok := with.get(name, position); ok {
		return g.value
	}
	if with.open {
		return anything
	}
	return nil
}

// attribute is what a class's body, or that of one above it, binds a name to.
func (c *class) attribute(name string) *value {
	for range maxCalls {
		if v := c.scope.names[name]; v != nil {
			return v
		}
		next := c
		for _, b := range c.bases {
			if b.kind == classType {
				next = b.class
				break
			}
		}
		if next == c {
			return nil
		}
		c = next
	}
	return nil
}
