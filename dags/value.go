package dags

import (
	"slices"

	"aircon/internal/operators"
	"aircon/internal/pysyntax"
)

// value is what is known of an expression's value.
type value struct {
	kind  kind
	text  string   // of texts and numbers; the full name of what is named; the method's name
	items []*value // elements of a list, values of a dictionary, alternatives
	keys  []*value // of a dictionary
	of    *value   // whose method it is
	fn    *function
	class *class
	made  *instance

	member string // of a member of an Enum: its name
}

type kind uint8

const (
	unknown  kind = iota
	text          // a str
	number        // its text as str() gives it
	none          // None
	argument      // an argument of a class of the file: what it holds is reported where the class is used
	named         // something imported, or a builtin
	list          // a list, tuple or set
	dict
	either // one of items
	callable
	classType
	object // an instance
	method
	partial // an operator's partial(…)
)

// most is how many alternatives a value has at most; with more it is unknown.
const most = 64

// longest is how many elements a list or dictionary may have that is put together piece by piece; with more it is unknown.
const longest = 1000

var (
	anything = &value{kind: unknown}
	noValue  = &value{kind: none}
)

func textOf(s string) *value { return &value{kind: text, text: s} }

// function is a def or a lambda of the file.
type function struct {
	node  *pysyntax.Node
	scope *scope // it was defined in
	role  role
	args  *value // default_args of a @dag
	class *class // whose method it is, or nil
	open  bool   // its body is being followed
	ran   bool
	known map[string]*value // what it returned, by what it was given
}

// role is what a decorator makes of a function.
type role uint8

const (
	plain role = iota
	task       // its body runs when the task does
	dag        // its body runs at import time, within a DAG
)

// class is one that the file defines.
type class struct {
	name  string
	scope *scope
	known *operators.Class // nil where it is built on nothing known
	bases []*value
	// fields are the names that its body annotates, in order: the arguments of a dataclass or a NamedTuple.
	fields []string
	// enum says that it is built on one of Python's Enums, and members are the names that its body binds then, in order.
	enum    bool
	members []string
}

// instance is an object that the file makes.
type instance struct {
	what        *operators.Class // nil: of a class of the file without a known base, or a DAG
	class       *class
	defaultArgs *value // of a DAG or task group
	uses        []int  // of a hook: where its conn_ids stand in the uses
	with        *arguments
	node        *pysyntax.Node
}

// oneOf joins alternatives.
func oneOf(values ...*value) *value {
	var all []*value
	for _, v := range values {
		if v == nil {
			continue
		}
		if len(all) > most {
			return anything
		}
		alternatives := []*value{v}
		if v.kind == either {
			alternatives = v.items
		}
		for _, a := range alternatives {
			if !slices.ContainsFunc(all, func(b *value) bool { return same(a, b) }) {
				all = append(all, a)
			}
		}
	}
	switch {
	case len(all) == 0 || len(all) > most:
		return anything
	case len(all) == 1:
		return all[0]
	}
	return &value{kind: either, items: all}
}

// same reports whether two values are the same text, number or thing.
func same(a, b *value) bool {
	if a == b {
		return true
	}
	switch a.kind {
	case text, number, none, named, unknown, argument:
		return a.kind == b.kind && a.text == b.text
	}
	return false
}

// alternatives returns the values that v may be.
func (v *value) alternatives() []*value {
	if v.kind == either {
		return v.items
	}
	return []*value{v}
}

// entry returns what a dictionary has under a key, or nil.
func (v *value) entry(key string) *value {
	if v == nil || v.kind != dict {
		return nil
	}
	for i := len(v.keys) - 1; i >= 0; i-- {
		if k := v.keys[i]; k.kind == text && k.text == key {
			return v.items[i]
		}
	}
	return nil
}

// scope holds the names of a module, a class or a function.
type scope struct {
	names map[string]*value
	up    *scope
	class bool // its names are not seen by the functions inside
}

func (s *scope) inner() *scope { return &scope{names: map[string]*value{}, up: s} }

// lookup returns a name's value, or nil.
func (s *scope) lookup(name string) *value {
	for at := s; at != nil; at = at.up {
		if at.class && at != s {
			continue
		}
		if v := at.names[name]; v != nil {
			return v
		}
	}
	return nil
}
