package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aircon/internal/doctor"
)

// findingsTable is the catalogue as a guide: a table to look up an id, then each finding with the tests that make it for real. A
// finding without such a test is an error.
func findingsTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| id | finding | severity | arrow |\n| --- | --- | --- | --- |\n")
	for _, k := range doctor.Catalogue() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s |\n", k.ID, strings.ToLower(k.ID), k.Title, k.Severity, k.Arrow)
	}
	makers := makersOfFindings(t)
	for _, k := range doctor.Catalogue() {
		if len(makers[k.ID]) == 0 {
			t.Errorf("no script and no Go test asserts %s", k.ID)
		}
		var by []string
		for _, name := range slices.Compact(makers[k.ID]) {
			by = append(by, fmt.Sprintf("[%s](../%s)", filepath.Base(name), name))
		}
		fmt.Fprintf(&b, "\n## %s\n\n**%s**: %s, at the arrow *%s*.\n\n| | |\n| --- | --- |\n", k.ID, k.Title, k.Severity, k.Arrow)
		page, _, _ := strings.Cut(k.Topic, "#")
		for _, row := range [][2]string{
			{"means", k.Means}, {"why", k.Why}, {"mend", k.Mend}, {"more", "[" + page + "](" + k.Topic + ")"}, {"made for real in", strings.Join(by, ", ")},
		} {
			fmt.Fprintf(&b, "| %s | %s |\n", row[0], strings.ReplaceAll(row[1], "|", "\\|"))
		}
	}
	return b.String()
}

// asserted finds the ids in what a script expects to see.
var asserted = regexp.MustCompile(`(?m)^(?:stdout|stderr|grep|finding) .*$`)

var findingID = regexp.MustCompile(`AC\d{3}`)

// makersOfFindings maps each id to the tests that expect it: scripts of the command line, and Go tests in whose texts it stands. Paths
// begin at the root.
func makersOfFindings(t *testing.T) map[string][]string {
	t.Helper()
	makers := map[string][]string{}
	note := func(name, text string) {
		for _, id := range findingID.FindAllString(text, -1) {
			makers[id] = append(makers[id], name)
		}
	}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			if err == nil && path != root && strings.HasPrefix(entry.Name(), ".") {
				return fs.SkipDir
			}
			return err
		}
		name := strings.TrimPrefix(filepath.ToSlash(path), root+"/")
		switch {
		case strings.HasPrefix(name, "cmd/aircon/testdata/") && strings.HasSuffix(name, ".txtar"): // of scripts and rows
			text, err := os.ReadFile(path)
			for _, line := range asserted.FindAllString(string(text), -1) {
				note(name, line)
			}
			return err
		case strings.HasSuffix(name, "_test.go"):
			return textsOf(path, func(text string) { note(name, text) })
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return makers
}

// textsOf calls use with each text of a Go file, as written.
func textsOf(path string, use func(string)) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if text, is := n.(*ast.BasicLit); is && text.Kind == token.STRING {
			use(text.Value)
		}
		return true
	})
	return nil
}
