package pysyntax

import (
	"fmt"
	"strings"
	"testing"
)

// FuzzParse reads whatever comes: it ends, its tree is whole and not too deep, and its places lie in the text.
func FuzzParse(f *testing.F) {
	for _, row := range programs(f)[:50] {
		f.Add([]byte(row[0]))
	}
	for _, text := range adversaries(50) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) { whole(t, Parse(text)) })
}

// whole looks through a tree without recursion.
func whole(t *testing.T, tree *Tree) {
	t.Helper()
	type at struct {
		node  *Node
		depth int
	}
	for todo := []at{{tree.Module, 1}}; len(todo) > 0; {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n.node == nil {
			continue
		}
		if n.node.Pos < 0 || int(n.node.Pos) > len(tree.Source) || int(n.node.End) > len(tree.Source) {
			t.Fatalf("node %d at %d to %d of %d", n.node.Kind, n.node.Pos, n.node.End, len(tree.Source))
		}
		if n.depth > MaxDepth+1 {
			t.Fatalf("the tree is more than %d deep", MaxDepth)
		}
		for _, kid := range n.node.Kids {
			todo = append(todo, at{kid, n.depth + 1})
		}
	}
	for _, e := range tree.Errors {
		if e.Problem == "" {
			t.Error("an error without words")
		}
		tree.Position(e.Pos)
	}
}

// adversaries are texts that nest, or go on, n times.
func adversaries(n int) []string {
	again := func(s string) string { return strings.Repeat(s, n) }
	return []string{
		again("("), again("[") + again("]"), again("{") + "1" + again("}"), again("- ") + "x", again("not ") + "x", again("lambda: ") + "1",
		"x" + again(".a"), "x" + again("()"), "x" + again("[0]"), "1" + again("+1"), "1" + again("**1"), again("a if b else ") + "c", again("await ") + "x",
		again("f(") + again(")"), again("f'{") + "x" + again("}'"), "f'" + again("{x:") + again("}") + "'", again("'a' "), again("f'{x}' "),
		"if x: pass\n" + again("elif x: pass\n"), again("if x:\n"), indented(n), again("x: "), "x" + again(" = x"), "x" + again(", x"), again("@a\n"),
		"match x:\n" + again(" case 1: pass\n"), again("match x:\n"), "def f(" + again("a,") + "): pass", again("with (a"), again("'''"), again("\\\n"),
		"a" + again(" < a"), "a" + again(" or a"), "import a" + again(".a"), again("class A(") + again("): pass"), again("x = (yield "), again("\"\\N{"),
	}
}

// indented is n blocks in one another, or a thousand, as their blanks add up.
func indented(n int) string {
	n = min(n, 1000)
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%sif x:\n", strings.Repeat(" ", i))
	}
	return b.String() + strings.Repeat(" ", n) + "pass\n"
}

// TestAdversaries reads what nests deeper than any stack, or goes on longer than any line, to its end.
func TestAdversaries(t *testing.T) {
	for i, text := range adversaries(100_000) {
		t.Run(fmt.Sprint(i, " ", text[:min(len(text), 12)]), func(t *testing.T) { whole(t, Parse([]byte(text))) })
	}
}
