package layering

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// row says what the packages at and below a path may import of the repository, and which libraries. The longest path that fits
// a package is its row.
type row struct {
	path      string   // "" is the root package, x/... is x and all below it
	packages  []string // of this module, with /... for all below as well
	libraries []string // path prefixes outside of the standard library
}

// directions is docs/design.md's picture of the packages: imports point downwards only.
var directions = []row{
	// The bottom is pure: no network, no clock, no SDK.
	{"internal/near", nil, nil},
	{"internal/pause", nil, nil},
	{"internal/edit", nil, nil},
	{"internal/py", nil, []string{"golang.org/x/text"}},
	{"", []string{"internal/py"}, nil},
	{"mwaa", []string{"internal/near"}, nil},
	{"policy", nil, nil},
	{"policy/reference", nil, nil},
	{"internal/network", []string{"policy"}, nil},

	{"internal/pysyntax", nil, nil},
	{"internal/operators", []string{"", "internal/pysyntax"}, nil},
	{"internal/dagfolder", []string{"dags"}, nil},
	{"dags", []string{"", "internal/operators", "internal/py", "internal/pysyntax"}, nil},

	{"lookup", []string{"", "internal/near", "internal/py"}, nil},
	{"exchange", []string{"", "internal/py"}, []string{"filippo.io/age", "go.yaml.in/yaml/v4"}},
	{"cost", []string{"", "lookup", "mwaa"}, nil},
	{"pghook", []string{"", "internal/py"}, []string{"github.com/jackc"}},
	{"rotate", []string{"", "internal/scram", "pghook"}, []string{"github.com/jackc/pgx/v5"}},
	{"agent", []string{"", "internal/awswire", "internal/sigv4", "lookup"}, []string{"github.com/maypok86/otter/v2", "golang.org/x"}},

	{"internal/awsanswers", nil, nil}, // for tests
	{"internal/awswire", nil, nil},
	{"internal/rolecreds", []string{""}, nil},
	{"internal/taskenv", []string{"", "mwaa"}, nil},
	{"internal/filelock", nil, []string{"golang.org/x/sys"}},
	{"internal/attend", nil, []string{"golang.org/x/sys"}},
	{"internal/scram", nil, []string{"golang.org/x/text"}},
	{"internal/sigv4", nil, nil},
	{"internal/supervise", nil, []string{"golang.org/x/sys"}},
	{"internal/scratch", []string{"internal/filelock"}, nil},
	{"internal/startup", []string{"internal/supervise"}, nil},
	{"internal/store/datafile", nil, nil},
	{"internal/syncrate", []string{"internal/store/datafile"}, nil}, // for benchmarks
	{"internal/store", []string{"internal/filelock", "internal/store/datafile"}, []string{
		"filippo.io/age", "github.com/jackc/pgx/v5", "github.com/pressly/goose/v3", "github.com/tidwall/btree", "golang.org/x", "modernc.org/sqlite",
	}},
	{"internal/store/faultydisk", []string{"internal/store/datafile"}, []string{"modernc.org"}}, // for tests
	{"internal/pglocal", []string{"", "internal/filelock", "internal/scram", "internal/supervise"}, []string{"github.com/jackc/pgx/v5", "golang.org/x/sys"}},
	{"internal/probe", []string{"", "internal/pause"}, nil},
	{"internal/pgfiles", []string{"", "internal/filelock", "pghook"}, nil},
	{"internal/term", nil, []string{"charm.land/lipgloss/v2", "golang.org/x/term"}},

	// A service of local AWS knows the contract and the store, nothing of HTTP; only the frame knows the services.
	{"localaws/op", []string{"internal/store", "policy"}, nil},
	{"localaws/...", []string{
		"internal/near", "internal/store", "localaws/accesskey", "localaws/constraint", "localaws/internal/...", "localaws/op", "mwaa", "policy", "policy/reference",
	}, []string{"golang.org/x"}},
	{"localaws/internal/...", []string{"internal/awswire", "internal/store", "localaws/constraint", "localaws/model", "localaws/op", "policy"}, nil},
	{"localaws", []string{"internal/awswire", "internal/sigv4", "internal/store", "localaws/...", "mwaa", "policy"}, []string{"golang.org/x"}},
	{"aircontest", []string{"", "internal/pglocal", "localaws"}, []string{"github.com/jackc/pgx/v5"}},

	{"internal/spec", []string{"", "internal/near", "internal/py", "lookup", "mwaa", "policy"}, []string{
		"github.com/invopop/jsonschema", "github.com/santhosh-tekuri/jsonschema/v6", "github.com/tailscale/hujson",
		"go.yaml.in/yaml/v4",
	}},
	{"internal/optionfile", []string{"internal/edit", "mwaa"}, []string{"github.com/tailscale/hujson"}},
	{"internal/metastore", []string{""}, []string{"github.com/fernet/fernet-go", "github.com/jackc/pgx/v5", "modernc.org/sqlite"}},
	{"internal/airflow", []string{"", "internal/filelock", "internal/pause", "internal/startup", "internal/supervise", "mwaa"}, []string{"github.com/jackc/pgx/v5", "modernc.org/sqlite"}},
	{"internal/dagtest", []string{"internal/airflow", "internal/supervise", "localaws"}, nil},
	{"internal/plan", []string{"", "internal/near", "internal/pause", "internal/spec", "lookup", "mwaa", "policy"}, []string{"golang.org/x/sync"}},
	{"internal/migrate", []string{"", "exchange", "internal/plan", "internal/spec", "lookup", "mwaa"}, []string{"golang.org/x/sync"}},
	{"internal/textfix", []string{"", "internal/near", "internal/py", "lookup", "pghook"}, nil},
	{"internal/doctor", []string{
		"", "dags", "internal/edit", "internal/near", "internal/network", "internal/optionfile", "internal/probe", "internal/spec", "internal/textfix", "lookup",
		"mwaa", "pghook", "policy", "policy/reference",
	}, []string{
		"github.com/jackc/pgx/v5", "golang.org/x",
	}},
	{"internal/report", []string{"internal/doctor"}, nil},
	{"internal/explain", []string{"policy"}, nil},
	{"internal/iac", nil, nil},
	// At the top: what satisfies the others' interfaces with AWS itself.
	{"internal/awsapi", []string{"", "internal/doctor", "internal/network", "internal/plan", "internal/probe", "internal/rolecreds", "internal/spec", "lookup", "mwaa", "pghook", "policy", "rotate"}, []string{
		"github.com/aws", "golang.org/x",
	}},

	{"internal/oracle/...", []string{"", "internal/oracle/...", "internal/py", "lookup", "pghook"}, nil},
	{"internal/policycases/...", []string{"internal/policycases/...", "policy"}, nil}, // for tests
	{"internal/layering", nil, nil},
	{"cmd/...", []string{"..."}, []string{"github.com/rogpeppe/go-internal/diff", "github.com/spf13", "golang.org/x"}},
	{"tools/...", []string{"..."}, []string{"github.com", "golang.org/x"}},
	{"examples/...", []string{"", "aircontest", "lookup", "localaws", "mwaa", "pghook", "policy", "rotate"}, []string{"github.com", "golang.org/x"}},
}

// public are the packages that others may import and whose signatures are a promise. The services below localaws are wired by localaws alone.
var public = []string{"", "agent", "aircontest", "dags", "exchange", "localaws", "lookup", "mwaa", "pghook", "policy", "rotate"}

const module = "aircon"

// pkg is what go list tells of a package.
type pkg struct {
	ImportPath   string
	Dir          string
	Doc          string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
	Error        *struct{ Err string }
}

func (p pkg) path() string { return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/") }

func packages(t *testing.T) []pkg {
	t.Helper()
	list := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Doc,GoFiles,TestGoFiles,XTestGoFiles,Imports,Error", module+"/...")
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		t.Fatalf("go list found %d packages", len(all))
	}
	return all
}

// covers reports whether a pattern (a path, or a path with /... for all below as well) names a package.
func covers(pattern, path string) bool {
	below, all := strings.CutSuffix(pattern, "...")
	return path == strings.TrimSuffix(below, "/") || all && strings.HasPrefix(path, below)
}

// rowOf returns the row of a package: the one with the longest path, and of two equals the one without /... .
func rowOf(path string) (row, bool) {
	best, found := row{}, false
	weight := func(r row) int {
		below, all := strings.CutSuffix(r.path, "/...")
		if all {
			return 2 * len(below)
		}
		return 2*len(below) + 1
	}
	for _, r := range directions {
		if covers(r.path, path) && (!found || weight(r) > weight(best)) {
			best, found = r, true
		}
	}
	return best, found
}

// calling are the packages of the standard library that call methods by names which only a run knows.
var calling = []string{"html/template", "text/template"}

// offence says what is wrong with an import, or "".
func offence(r row, from, imported string) string {
	path, ours := strings.CutPrefix(imported, module+"/")
	if imported == module {
		path, ours = "", true
	}
	switch {
	case slices.Contains(calling, imported) && !strings.HasPrefix(from, module+"/tools/"):
		return from + " may not use " + imported + ": it calls methods by their names, and so the linker keeps all that there are, 50 MB of AWS's SDK"
	case ours:
		if slices.ContainsFunc(r.packages, func(p string) bool { return covers(p, path) }) {
			return ""
		}
		return from + " may not import " + imported + ": imports point downwards only (see directions)"
	case !strings.Contains(strings.SplitN(imported, "/", 2)[0], "."):
		return "" // the standard library
	case slices.ContainsFunc(r.libraries, func(l string) bool { return imported == l || strings.HasPrefix(imported, l+"/") }):
		return ""
	}
	return from + " may not use " + imported + " (see directions)"
}

func TestImportsPointDownwards(t *testing.T) {
	for _, p := range packages(t) {
		r, ok := rowOf(p.path())
		if !ok {
			t.Errorf("%s has no row in directions: say what it may import", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if text := offence(r, p.ImportPath, imported); text != "" {
				t.Error(text)
			}
		}
	}
}

// The table itself would let a row name a package above it: no two rows may name each other.
func TestDirectionsHaveNoCycle(t *testing.T) {
	for _, a := range directions {
		for _, b := range directions {
			if a.path == b.path || strings.HasSuffix(a.path, "...") || strings.HasSuffix(b.path, "...") {
				continue
			}
			down := slices.ContainsFunc(a.packages, func(p string) bool { return covers(p, b.path) })
			up := slices.ContainsFunc(b.packages, func(p string) bool { return covers(p, a.path) })
			if down && up {
				t.Errorf("%q and %q name each other", a.path, b.path)
			}
		}
	}
}

func TestOffence(t *testing.T) {
	for _, test := range []struct {
		from, imported string
		allowed        bool
	}{
		{"policy", "fmt", true},
		{"policy", "html/template", false},
		{"policy", "aircon/mwaa", false},
		{"policy", "golang.org/x/text", false},
		{"mwaa", "aircon/internal/near", true},
		{"lookup", "aircon", true},
		{"", "aircon/lookup", false},
		{"localaws/iam", "aircon/localaws/op", true},
		{"localaws/iam", "aircon/localaws", false},
		{"localaws/iam", "aircon/localaws/mwaa", false},
		{"localaws", "aircon/localaws/iam", true},
		{"localaws", "github.com/aws/aws-sdk-go-v2/aws", false},
		{"internal/plan", "github.com/aws/aws-sdk-go-v2/aws", false},
		{"internal/awsapi", "github.com/aws/aws-sdk-go-v2/aws", true},
		{"internal/awsapi", "aircon/cmd/aircon", false},
		{"internal/oracle/codec", "aircon/internal/oracle", true},
		{"internal/pyx", "fmt", false},
	} {
		r, ok := rowOf(test.from)
		if got := ok && offence(r, test.from, test.imported) == ""; got != test.allowed {
			t.Errorf("%q importing %s: allowed %v, want %v (row %q)", test.from, test.imported, got, test.allowed, r.path)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.ImportPath)
		}
	}
}

func TestNoPublicSignatureHoldsAnInternalType(t *testing.T) {
	for _, p := range packages(t) {
		if !slices.Contains(public, p.path()) {
			continue
		}
		for _, file := range parse(t, p.Dir, p.GoFiles) {
			for _, name := range leaks(file) {
				t.Errorf("%s: %s holds a type of an internal package, which nobody outside can name", p.ImportPath, name)
			}
		}
	}
}

func TestNoTestSkipsItself(t *testing.T) {
	for _, p := range packages(t) {
		for _, file := range parse(t, p.Dir, append(p.TestGoFiles, p.XTestGoFiles...)) {
			ast.Inspect(file, func(n ast.Node) bool {
				call, ok := n.(*ast.SelectorExpr)
				if ok && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, call.Sel.Name) {
					t.Errorf("%s: a test calls %s: use a build tag and a make target of its own", p.ImportPath, call.Sel.Name)
				}
				return true
			})
		}
	}
}

func parse(t *testing.T, dir string, names []string) []*ast.File {
	t.Helper()
	var files []*ast.File
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		files = append(files, file)
	}
	return files
}

// leaks returns the exported names of a file whose declared types name a type of an internal package.
func leaks(file *ast.File) []string {
	inside := internalImports(file)
	var found []string
	note := func(name string, nodes ...ast.Node) {
		for _, n := range nodes {
			if !ast.IsExported(name) || !names(n, inside) {
				continue
			}
			found = append(found, name)
		}
	}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil || ast.IsExported(receiver(d.Recv.List[0].Type)) {
				note(d.Name.Name, d.Type)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					note(s.Name.Name, visible(s.Type))
				case *ast.ValueSpec:
					for _, name := range s.Names {
						if s.Type != nil {
							note(name.Name, s.Type)
						}
					}
				}
			}
		}
	}
	return found
}

// internalImports returns the names by which a file knows internal packages.
func internalImports(file *ast.File) map[string]bool {
	inside := map[string]bool{}
	for _, i := range file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil || !strings.Contains("/"+path+"/", "/internal/") {
			continue
		}
		name := filepath.Base(path)
		if i.Name != nil {
			name = i.Name.Name
		}
		inside[name] = true
	}
	return inside
}

// receiver returns the name of a method's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// visible returns a type as others see it: a struct without its unexported fields.
func visible(e ast.Expr) ast.Node {
	s, ok := e.(*ast.StructType)
	if !ok {
		return e
	}
	seen := &ast.FieldList{}
	for _, f := range s.Fields.List {
		exported := len(f.Names) == 0 && ast.IsExported(receiver(f.Type)) || slices.ContainsFunc(f.Names, (*ast.Ident).IsExported)
		if _, qualified := f.Type.(*ast.SelectorExpr); exported || len(f.Names) == 0 && qualified {
			seen.List = append(seen.List, f)
		}
	}
	return seen
}

// names reports whether a node names a type of one of the packages.
func names(n ast.Node, inside map[string]bool) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && inside[x.Name] {
				found = true
			}
		}
		return !found
	})
	return found
}

func TestLeaks(t *testing.T) {
	const source = `package p
import ("aircon/internal/store"; py "aircon/internal/python"; "aircon/lookup")
func Public(tx store.Tx) {}
func private(tx store.Tx) {}
func Fine() { var x store.Tx; _ = x }
func (T) Method() py.Value { return nil }
func (t *hidden) Method(tx store.Tx) {}
type T struct { Shown *store.Tx; hidden store.Tx; l lookup.Trace }
type U struct { hidden store.Tx }
type V func(store.Tx)
var W store.Tx
type X struct { store.Tx }
`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Public", "Method", "T", "V", "W", "X"}
	if got := leaks(file); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
