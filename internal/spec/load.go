package spec

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// What a spec may hold at most. The limits keep a broken or hostile file from costing time or memory: 4 MiB are some 16,000 connections.
const (
	MaxBytes = 4 << 20 // of the file
	MaxDepth = 64      // of mappings and lists in each other
	MaxNodes = 500_000 // values, each use of an alias counted again
)

// Options changes what a spec may hold. The zero value is the strict one.
type Options struct {
	AllowLiteralSecrets bool     // whether a password may stand in the file itself
	Findings            []string // the ids that ignore may name; nil: all that have the form of one
}

// Load reads and checks the spec at path. The error is of type Problems where the file could be read but is not a spec.
func Load(path string) (*File, error) { return LoadWith(path, Options{}) }

// LoadWith is Load with options.
func LoadWith(path string, opts Options) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the spec: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the spec: %w", err)
	}
	return Parse(path, text, opts)
}

// Parse checks the text of a spec. Name is what the problems call the file.
func Parse(name string, text []byte, opts Options) (*File, error) {
	d := &decoder{name: name, opts: opts, within: map[*yaml.Node]bool{}, shown: map[*yaml.Node]bool{}}
	if what := notText(text); what != "" {
		d.problems = Problems{{File: name, What: what}}
		return nil, d.problems
	}
	d.lines = strings.Split(string(text), "\n")
	var document yaml.Node
	if err := yaml.Load(text, &document, yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(MaxDepth)))); err != nil {
		d.syntax(err)
		return nil, d.problems
	}
	d.root = document.Content[0]
	file := &File{Name: name}
	d.decode(d.root, file)
	if len(d.problems) == 0 || !d.exhausted() {
		file.check(d)
	}
	if len(d.problems) > 0 {
		d.quote()
		return nil, d.problems
	}
	return file, nil
}

// notText says why text can be no spec at all, or nothing.
func notText(text []byte) string {
	if len(text) > MaxBytes {
		return fmt.Sprintf("the file is larger than %d MiB, the most that a spec may be", MaxBytes>>20)
	}
	if bytes.HasPrefix(text, []byte{0xff, 0xfe}) || bytes.HasPrefix(text, []byte{0xfe, 0xff}) {
		return "the file is UTF-16; save it as UTF-8"
	}
	if !utf8.Valid(text) {
		return "the file is not a text in UTF-8"
	}
	if i := bytes.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f }); i >= 0 {
		line := 1 + bytes.Count(text[:i], []byte("\n"))
		return fmt.Sprintf("line %d holds the control character %#02x: the file is no YAML text", line, text[i])
	}
	return ""
}

// syntax reports what the YAML parser found. Of its texts only those that quote nothing of the file are passed on.
func (d *decoder) syntax(err error) {
	problem := Problem{File: d.name, What: "not YAML"}
	var load *yaml.LoadError
	if errors.As(err, &load) {
		if load.Mark.Line > 0 {
			problem.Pos = Pos{load.Mark.Line, max(load.Mark.Column, 1)}
		}
		problem.What, problem.Hint = explainSyntax(load.Message)
		problem.Quote, problem.caret = d.quoteUnparsed(problem.Line), problem.Column
	}
	d.problems = append(d.problems, problem)
}

func explainSyntax(message string) (what, hint string) {
	switch {
	case strings.Contains(message, "anchor"):
		return "an alias (*) names an anchor (&) that does not exist", "a text that begins with * or & needs quotes"
	case strings.Contains(message, "no documents"):
		return "the file holds no spec", "start with  version: 1"
	case strings.Contains(message, "max depth"):
		return fmt.Sprintf("more than %d mappings and lists in each other", MaxDepth), ""
	case strings.Contains(message, "multiple documents"), strings.Contains(message, "single document"):
		return "the file holds more than one document", "put all environments under one environments:"
	case strings.Contains(message, "cannot start any token"):
		return "a character that cannot start a value", "indent with spaces, not tabs; a text that begins with @, ` or % needs quotes"
	case strings.Contains(message, "mapping values are not allowed"):
		return "a second ': ' in one value, or a wrong indentation", "a text that holds ': ' needs quotes"
	}
	for _, quoting := range []string{"'", "\"", "`"} {
		message, _, _ = strings.Cut(message, quoting)
	}
	return "not YAML: " + strings.TrimSpace(message), ""
}

// sortProblems puts them into the order of the file.
func sortProblems(problems Problems) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(a.Line-b.Line, a.Column-b.Column, strings.Compare(a.What, b.What))
	})
}
