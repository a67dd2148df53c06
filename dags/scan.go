package dags

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"aircon"
	"aircon/internal/operators"
	"aircon/internal/pysyntax"
)

// Scanner scans files for one runtime. It can be used by several goroutines at once.
type Scanner struct {
	table   *operators.Table
	source  func(module string) (Module, bool) // nil: no other file is looked into
	modules sync.Map                           // the constants of modules, by their names
}

// New returns a scanner that knows the providers of a runtime.
func New(rt aircon.Runtime) *Scanner { return &Scanner{table: operators.TableFor(rt)} }

// steps is for how many expressions and statements Scan follows loops and calls, beyond those that the file itself has.
const steps = 400_000

// maxCalls is how deep calls of the file's own functions are followed.
const maxCalls = 12

// Scan finds the connections and variables that a file uses. What cannot be read is in Problems, and what can is found all the same.
func (s *Scanner) Scan(name string, source []byte) *File { return s.ScanIn("", name, source) }

// ScanIn scans a file of a package, whose relative imports count from there.
func (s *Scanner) ScanIn(pkg, name string, source []byte) *File {
	tree := pysyntax.Parse(source)
	r := newRun(s, tree, &File{Name: name, Uses: []Use{}})
	r.pkg = pkg
	for _, e := range tree.Errors {
		r.file.Problems = append(r.file.Problems, Problem{r.places.at(e.Pos), e.Problem, true})
	}
	r.classes = operators.NewResolver(operators.Read(ownModule, tree), s.table.Lookup)
	r.block(tree.Module)
	r.rest()
	if r.budget <= 0 {
		r.file.Problems = append(r.file.Problems, Problem{Place{1, 1}, "its loops and calls are too many to follow all of them: ids may be missing", false})
	}
	slices.SortStableFunc(r.file.Uses, func(a, b Use) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), strings.Compare(a.ID, b.ID))
	})
	return r.file
}

func newRun(s *Scanner, tree *pysyntax.Tree, file *File) *run {
	return &run{
		scanner: s, tree: tree, file: file, places: newPlaces(tree.Source), budget: steps,
		seen: map[Use]int{}, scope: &scope{names: map[string]*value{}}, load: newLoad(),
	}
}

// ownModule is what the scanned file is called among modules.
const ownModule = "<file>"

// run is one scan.
type run struct {
	scanner *Scanner
	tree    *pysyntax.Tree
	file    *File
	places  *places
	classes *operators.Resolver
	seen    map[Use]int // uses that were reported, at their index
	load    *load       // of modules, for their constants
	pkg     string      // the package that relative imports count from; "" where there is none

	scope     *scope
	atRun     bool   // what is followed runs with a task
	in        string // the function that is followed
	budget    int
	calls     int
	dags      []*value // default_args of the DAGs and task groups around
	journals  []map[variable]*value
	returned  []*value
	functions []*function
	pending   []pending
}

// pending is a function that runs with a task.
type pending struct {
	fn   *function
	args *arguments
}

// rest follows the functions that tasks run: with the arguments that they are given, and the others with none.
func (r *run) rest() {
	r.atRun, r.dags = true, nil
	for len(r.pending) > 0 || len(r.functions) > 0 {
		if len(r.pending) > 0 {
			next := r.pending[0]
			r.pending = r.pending[1:]
			if r.budget > 0 || !next.fn.ran {
				r.enter(next.fn, next.args)
			}
			continue
		}
		next := r.functions[0]
		r.functions = r.functions[1:]
		if !next.ran {
			r.enter(next, &arguments{})
		}
	}
}

// report adds a use, once for each place.
func (r *run) report(u Use, n *pysyntax.Node) int {
	place := r.places.at(n.Pos)
	return r.reportAt(u, place)
}

func (r *run) reportAt(u Use, place Place) int {
	u.Line, u.Column, u.In = place.Line, place.Column, r.in
	if u.When == "" {
		u.When = Run
	}
	key := u
	key.When, key.Optional, key.In = "", false, ""
	if i, known := r.seen[key]; known {
		if u.When == Parse {
			r.file.Uses[i].When = Parse
		}
		return i
	}
	r.seen[key] = len(r.file.Uses)
	r.file.Uses = append(r.file.Uses, u)
	return len(r.file.Uses) - 1
}

// now is when what is followed runs.
func (r *run) now() When {
	if r.atRun {
		return Run
	}
	return Parse
}

// ids reports what an expression names: each text that it may be, and once that it is dynamic where it may be something else.
func (r *run) ids(u Use, v *value, n *pysyntax.Node) []int {
	var at []int
	for _, a := range v.alternatives() {
		switch a.kind {
		case none, argument:
			continue
		case text, number:
			if strings.Contains(a.text, "{{") || strings.Contains(a.text, "{%") {
				u.ID, u.Text = "", a.text
				break
			}
			u.ID, u.Text = a.text, ""
		default:
			u.ID, u.Text = "", r.snippet(n)
		}
		if u.ID == "" && u.Text == "" {
			continue // an empty text names nothing
		}
		at = append(at, r.report(u, n))
	}
	return at
}

// snippet is an expression as the file has it, on one line and not too long.
func (r *run) snippet(n *pysyntax.Node) string {
	return shortened(r.tree.Source[n.Pos:max(n.Pos, n.End)])
}

func shortened(written string) string {
	const longest = 60
	written = strings.Join(strings.Fields(written), " ")
	if runes := []rune(written); len(runes) > longest {
		written = string(runes[:longest-1]) + "…"
	}
	return written
}
