package pysyntax

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
)

// kindNames are the words of testdata/dump.py.
var kindNames = map[Kind]string{
	Bad: "Bad", Name: "Name", Str: "Str", Bytes: "Bytes", FString: "FString", Interpolation: "Interpolation", Number: "Number",
	Constant: "Constant", Tuple: "Tuple", List: "List", Set: "Set", Dict: "Dict", ListComp: "ListComp", SetComp: "SetComp",
	DictComp: "DictComp", Generator: "Generator", CompFor: "CompFor", Lambda: "Lambda", Attribute: "Attribute", Call: "Call",
	Keyword: "Keyword", Star: "Star", DoubleStar: "DoubleStar", Subscript: "Subscript", Slice: "Slice", Unary: "Unary", Binary: "Binary",
	Compare: "Compare", BoolOp: "BoolOp", Conditional: "Conditional", NamedExpr: "NamedExpr", Await: "Await", Yield: "Yield",
	Module: "Module", Block: "Block", Function: "Function", Class: "Class", Decorators: "Decorators", Arguments: "Arguments",
	Params: "Params", Param: "Param", ParamStar: "ParamStar", ParamDoubleStar: "ParamDoubleStar", ParamSlash: "ParamSlash",
	ExprStmt: "ExprStmt", Assign: "Assign", AugAssign: "AugAssign", AnnAssign: "AnnAssign", TypeAlias: "TypeAlias", Return: "Return",
	Delete: "Delete", Raise: "Raise", Assert: "Assert", Pass: "Pass", Break: "Break", Continue: "Continue", Global: "Global",
	Nonlocal: "Nonlocal", Import: "Import", ImportFrom: "ImportFrom", Alias: "Alias", If: "If", While: "While", For: "For", With: "With",
	WithItem: "WithItem", Try: "Try", Handler: "Handler", Match: "Match", Case: "Case",
}

// placeless are the kinds whose places Python's ast does not have, or has otherwise.
var placeless = map[Kind]bool{
	Module: true, Block: true, Decorators: true, Arguments: true, Params: true, Param: true, ParamStar: true, ParamDoubleStar: true,
	ParamSlash: true, Alias: true, WithItem: true, Handler: true, Case: true, CompFor: true, Interpolation: true, Generator: true,
}

// dumper writes a tree in the form of testdata/dump.py.
type dumper struct {
	strings.Builder
	starts []int // of the lines
	inside int   // of f-strings and patterns
	cases  int   // of patterns
}

func dump(t *Tree) string {
	if len(t.Errors) > 0 {
		return "error"
	}
	d := dumper{starts: []int{0}}
	for i := range t.Source {
		if t.Source[i] == '\n' || t.Source[i] == '\r' && !strings.HasPrefix(t.Source[i:], "\r\n") {
			d.starts = append(d.starts, i+1)
		}
	}
	d.node(t.Module)
	return d.String()
}

func (d *dumper) at(offset int32) string {
	line := sort.SearchInts(d.starts, int(offset)+1)
	return fmt.Sprintf("%d:%d", line, int(offset)-d.starts[line-1])
}

func (d *dumper) node(n *Node) {
	if n == nil {
		d.WriteString("nil")
		return
	}
	d.WriteByte('(')
	d.head(n)
	for i, kid := range n.Kids {
		d.WriteByte(' ')
		pattern := n.Kind == Case && i == 0
		hidden := pattern || n.Kind == FString || n.Kind == Alias || n.Kind == Global || n.Kind == Nonlocal
		d.inside, d.cases = d.inside+count(hidden), d.cases+count(pattern)
		d.node(kid)
		d.inside, d.cases = d.inside-count(hidden), d.cases-count(pattern)
	}
	d.WriteByte(')')
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// head writes a node's kind, place and text.
func (d *dumper) head(n *Node) {
	if d.cases > 0 && (n.Kind == Tuple || n.Kind == List) {
		d.WriteString("Sequence")
		return
	}
	d.WriteString(kindNames[n.Kind])
	if d.inside == 0 && !placeless[n.Kind] {
		d.WriteString("@" + d.at(n.Pos))
		if n.Kind < Module && n.Kind != Keyword && n.Kind != DoubleStar {
			d.WriteString("-" + d.at(n.End))
		}
	}
	if n.Text != "" && n.Kind != Number {
		d.WriteString(" " + quoted(n))
	}
}

// quoted writes a text as Python's json.dumps does.
func quoted(n *Node) string {
	text := n.Text
	if n.Kind == Bytes {
		text = ""
		for _, b := range []byte(n.Text) {
			text += string(rune(b))
		}
	}
	text = strings.NewReplacer("\u2028", "\n", "\u2029", "\n").Replace(text) // Go always escapes these two, Python does not
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
