package operators

import (
	"strings"

	"aircon/internal/pysyntax"
)

// Source is a class as one file defines it: what it says itself, and where it looks for the rest.
type Source struct {
	Name  string   // with its module
	Bases []string // with their modules, as far as the file's imports tell them

	parsed *file
	body   *pysyntax.Node
	init   *pysyntax.Node // __init__, or nil
}

// file is what the classes of a file share.
type file struct {
	module string
	names  map[string]string         // imported names and the file's own classes, with their modules
	consts map[string]*pysyntax.Node // what is assigned to a name at the top
}

// Read returns the classes that a module defines at its top, also under if and try.
func Read(module string, tree *pysyntax.Tree) []*Source {
	f := &file{module: module, names: map[string]string{}, consts: map[string]*pysyntax.Node{}}
	var classes []*Source
	f.top(tree.Module, &classes)
	for _, c := range classes {
		for _, base := range c.body.Kid(1).Kids {
			if name := f.dotted(base); name != "" {
				c.Bases = append(c.Bases, name)
			}
		}
	}
	return classes
}

// top goes through the statements that run when the module is imported.
func (f *file) top(block *pysyntax.Node, classes *[]*Source) {
	for _, n := range block.Kids {
		switch {
		case n == nil:
		case n.Kind == pysyntax.Import, n.Kind == pysyntax.ImportFrom:
			f.imports(n)
		case n.Kind == pysyntax.Assign && n.Kids[0].Kind == pysyntax.Name:
			f.consts[n.Kids[0].Text] = n.Kids[len(n.Kids)-1]
		case n.Kind == pysyntax.AnnAssign && n.Kids[0].Kind == pysyntax.Name && n.Kids[2] != nil:
			f.consts[n.Kids[0].Text] = n.Kids[2]
		case n.Kind == pysyntax.Class:
			name := f.module + "." + n.Text
			f.names[n.Text] = name
			*classes = append(*classes, &Source{Name: name, parsed: f, body: n, init: method(n, "__init__")})
		case n.Kind == pysyntax.If, n.Kind == pysyntax.Try, n.Kind == pysyntax.Block, n.Kind == pysyntax.Handler:
			f.top(n, classes)
		}
	}
}

func (f *file) imports(n *pysyntax.Node) {
	for name, dotted := range Imports(n, f.module) {
		if _, known := f.names[name]; !known || !strings.Contains(dotted, ".typing.") {
			f.names[name] = dotted
		}
	}
}

// Imports returns the names that an import statement in a module binds, and what they stand for.
func Imports(n *pysyntax.Node, module string) map[string]string {
	bound := map[string]string{}
	for _, alias := range n.Kids {
		name, dotted := alias.Text, alias.Text
		if n.Kind == pysyntax.ImportFrom {
			dotted = absolute(n.Text, module) + "." + alias.Text
		} else if alias.Kid(0) == nil {
			name, _, _ = strings.Cut(name, ".")
			dotted = name
		}
		if as := alias.Kid(0); as != nil {
			name = as.Text
		}
		bound[name] = dotted
	}
	return bound
}

// absolute turns the module of a relative import into its full name.
func absolute(name, module string) string {
	rest := strings.TrimLeft(name, ".")
	for range len(name) - len(rest) {
		module = module[:max(0, strings.LastIndexByte(module, '.'))]
	}
	if len(rest) == len(name) || module == "" {
		return rest
	}
	return strings.TrimSuffix(module+"."+rest, ".")
}

// method returns a function that a class's body defines.
func method(class *pysyntax.Node, name string) *pysyntax.Node {
	for _, n := range class.Kids[2].Kids {
		if n.Is(pysyntax.Function) && n.Text == name {
			return n
		}
	}
	return nil
}

// dotted returns the full name of what an expression names: Name, a.b.Name, or Name[…].
func (f *file) dotted(n *pysyntax.Node) string {
	switch n.Kind {
	case pysyntax.Name:
		if full, known := f.names[n.Text]; known {
			return full
		}
		return n.Text
	case pysyntax.Attribute:
		if of := f.dotted(n.Kids[0]); of != "" {
			return of + "." + n.Text
		}
	case pysyntax.Subscript:
		return f.dotted(n.Kids[0])
	}
	return ""
}

// attribute returns what a class's body assigns to a name.
func (s *Source) attribute(name string) *pysyntax.Node {
	var value *pysyntax.Node
	for _, n := range s.body.Kids[2].Kids {
		switch {
		case n.Is(pysyntax.Assign) && n.Kids[0].Is(pysyntax.Name) && n.Kids[0].Text == name:
			value = n.Kids[len(n.Kids)-1]
		case n.Is(pysyntax.AnnAssign) && n.Kids[0].Text == name && n.Kids[2] != nil:
			value = n.Kids[2]
		}
	}
	return value
}
