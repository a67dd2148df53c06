package dags

import (
	"strings"

	"aircon/internal/operators"
	"aircon/internal/pysyntax"
)

// Module is the text of a module that a file imports.
type Module struct {
	Text    []byte
	Package bool // it is a package's __init__.py, from which its relative imports count
}

// Modules returns a scanner that looks the constants which a file imports up in other files: source returns the text of a module by its
// full name, such as common.settings, and false where there is none. It may be called by several goroutines at once.
func (s *Scanner) Modules(source func(module string) (Module, bool)) *Scanner {
	return &Scanner{table: s.table, source: source}
}

// imported is what a name from another module stands for: a constant of a module that can be read, or else the name alone.
func (r *run) imported(name string) *value {
	module, last, ok := cutLast(name)
	if r.scanner.source != nil && ok && !strings.HasPrefix(name, "airflow.") {
		if v := r.constants(module)[last]; v != nil {
			return v
		}
	}
	return &value{kind: named, text: name}
}

// constants are the names at the top of a module whose values can be known. A module that is being read already, as it imports itself in
// a circle, has none.
func (r *run) constants(module string) map[string]*value {
	if known, ok := r.scanner.modules.Load(module); ok {
		return known.(map[string]*value)
	}
	if found, ok := r.load.done[module]; ok {
		return found
	}
	if r.load.open[module] || len(r.load.open) > maxCalls {
		r.load.circle = true
		return nil
	}
	outside := len(r.load.open) == 0
	r.load.open[module] = true
	found := r.readConstants(module)
	delete(r.load.open, module)
	r.load.done[module] = found
	if outside || !r.load.circle { // what is read within a circle may lack names
		r.scanner.modules.Store(module, found)
	}
	if outside {
		r.load = newLoad()
	}
	return found
}

// load is the reading of a module and of those that it imports itself.
type load struct {
	open   map[string]bool // being read
	done   map[string]map[string]*value
	circle bool // one of them imports itself
}

func newLoad() *load { return &load{open: map[string]bool{}, done: map[string]map[string]*value{}} }

func (r *run) readConstants(module string) map[string]*value {
	source, ok := r.scanner.source(module)
	if !ok || len(source.Text) > maxModule {
		return nil
	}
	tree := pysyntax.Parse(source.Text)
	other := newRun(r.scanner, tree, &File{})
	if other.pkg = module; !source.Package {
		other.pkg, _, _ = cutLast(module)
	}
	other.load = r.load
	other.classes = operators.NewResolver(nil, r.scanner.table.Lookup)
	other.block(tree.Module)
	found := map[string]*value{}
	for name, v := range other.scope.names {
		if v = portable(v); v != nil {
			found[name] = v
		}
	}
	return found
}

// maxModule is how long a module may be whose constants are looked for.
const maxModule = 1 << 20

// portable is what another file can know of a value: one that is plain, or a class of such; nil for all else.
func portable(v *value) *value {
	switch {
	case v == nil:
	case v.kind == classType:
		return v.class.portable()
	case plainValue(v, 0):
		return v
	}
	return nil
}

// portable is a class that holds constants alone, such as an Enum.
func (c *class) portable() *value {
	if c.known != nil || len(c.fields) > 0 {
		return nil
	}
	for _, v := range c.scope.names {
		if v != nil && !plainValue(v, 0) && !(c.enum && v.kind == unknown) {
			return nil
		}
	}
	alone := &scope{names: c.scope.names, class: true}
	return &value{kind: classType, class: &class{name: c.name, scope: alone, enum: c.enum, members: c.members}}
}

// plainValue reports whether a value is made of texts, numbers, None, lists and dictionaries alone: nothing that belongs to its file.
func plainValue(v *value, depth int) bool {
	switch v.kind {
	case text, number, none:
		return true
	case list, dict, either:
		for _, item := range v.items {
			if depth >= deepest || !plainValue(item, depth+1) {
				return false
			}
		}
		for _, key := range v.keys {
			if !plainValue(key, depth+1) {
				return false
			}
		}
		return true
	}
	return false
}
