package main

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"aircon/internal/spec"
)

// The guides are README.md and docs/*.md. What their code blocks mean:
//
//	sh       commands, run in order in one shell a guide. A line that ends in "# exit status N" must end with N, all others with 0.
//	text     what the commands before it print: each line, in this order; … stands for anything, and runs of spaces for one
//	yaml     a spec where it begins with "version:", which must be free of faults
//	go       a file below examples/, word for word
//	console  commands that need what a test has not: real AWS, a network, a checkout's own make
//	json     text that an sh block before it printed, or the shape of something; not checked
//
// Guides of which something else runs the commands are named in runElsewhere.
var runElsewhere = map[string]string{
	"docs/clients.md":     "make test-clients",
	"docs/performance.md": "make bench",
	"docs/commands.md":    "generated from the commands' own help",
}

const root = "../.."

// block is a fenced piece of a guide.
type block struct {
	kind, text string
	line       int
}

// TestGuides runs every sh block of the guides as a user would type it, in a new directory of its own, with no AWS but what the guide starts.
func TestGuides(t *testing.T) {
	ran := 0
	for _, name := range guides(t) {
		if runElsewhere[name] != "" {
			continue
		}
		blocks := blocksOf(readGuide(t, name))
		if !slices.ContainsFunc(blocks, func(b block) bool { return b.kind == "sh" }) {
			continue
		}
		ran++
		t.Run(name, func(t *testing.T) { runGuide(t, name, blocks) })
	}
	if ran < 4 {
		t.Errorf("only %d guides have commands", ran)
	}
}

func guides(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(root + "/docs/*.md")
	if err != nil || len(names) == 0 {
		t.Fatal("no guides:", err)
	}
	for i, name := range names {
		names[i] = "docs/" + filepath.Base(name)
	}
	return append([]string{"README.md"}, names...)
}

func readGuide(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func blocksOf(text string) []block {
	var blocks []block
	inside := false
	for i, line := range strings.Split(text, "\n") {
		kind, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && !inside:
			blocks, inside = append(blocks, block{kind: kind, line: i + 2}), true
		case fence:
			inside = false
		case inside:
			blocks[len(blocks)-1].text += line + "\n"
		}
	}
	return blocks
}

// status is how a guide says that a command does not end with 0.
var status = regexp.MustCompile(`(?m)^(.*?) +# exit status (\d)$`)

// runGuide runs all blocks in one shell, with a line between them that tells their output apart.
func runGuide(t *testing.T, name string, blocks []block) {
	const between = "= the block of line %d =\n"
	var script strings.Builder
	script.WriteString("set -eu\ntrap 'test -z \"${!-}\" || kill $! 2>/dev/null; wait' EXIT\n")
	for _, b := range blocks {
		if b.kind == "sh" {
			fmt.Fprintf(&script, "echo '"+strings.TrimSpace(between)+"'\n", b.line)
			script.WriteString(status.ReplaceAllString(b.text, "got=0; $1 || got=$$?; test $$got = $2 || { echo \"exit status $$got instead of $2\"; exit 90; }"))
		}
	}
	out, err := shell(t, script.String())
	if err != nil {
		t.Fatalf("%s: %v after:\n%s", name, err, out)
	}
	said := ""
	for _, b := range blocks {
		switch b.kind {
		case "sh":
			_, said, _ = strings.Cut(out, fmt.Sprintf(between, b.line))
			said, _, _ = strings.Cut(said, "= the block of line ")
		case "text":
			expect(t, name, b, said)
		}
	}
}

// shell runs a script as a user without any AWS of their own, in a directory that PostgreSQL's user can pass through.
func shell(t *testing.T, script string) (string, error) {
	t.Helper()
	dir, err := os.MkdirTemp("", "aircon-guide-")
	if err == nil {
		err = os.Chmod(dir, 0o755) //nolint:gosec // entered by the user whom PostgreSQL runs as
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	c := exec.CommandContext(t.Context(), "sh")
	c.Stdin = strings.NewReader(script)
	c.Dir = dir
	c.Env = append(without(os.Environ(), "AWS_", "PG", "AIRFLOW_", "XDG_", "HOME=", "CLICOLOR", "COLUMNS="),
		"HOME="+dir, "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_EC2_METADATA_DISABLED=true")
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err = c.Run()
	return out.String(), err
}

var spaces = regexp.MustCompile(` +`)

// expect finds the lines of a text block in what was said, in order.
func expect(t *testing.T, name string, b block, said string) {
	t.Helper()
	lines := strings.Split(spaces.ReplaceAllString(said, " "), "\n")
	for line := range strings.Lines(b.text) {
		line = strings.TrimSpace(spaces.ReplaceAllString(line, " "))
		if line == "" || line == "…" {
			continue
		}
		shown := regexp.MustCompile("^ ?" + strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".*") + " *$")
		at := slices.IndexFunc(lines, shown.MatchString)
		if at < 0 {
			t.Errorf("%s:%d: the commands do not print (or not in this order)\n  %s\nbut:\n%s", name, b.line, line, said)
			return
		}
		lines = lines[at+1:]
	}
}

// TestSpecsOfGuides holds each whole spec that a guide shows against the spec's own checks.
func TestSpecsOfGuides(t *testing.T) {
	found := 0
	for _, name := range guides(t) {
		for _, b := range blocksOf(readGuide(t, name)) {
			if b.kind != "yaml" || !strings.HasPrefix(b.text, "version:") {
				continue
			}
			found++
			if _, err := spec.Parse(name, []byte(b.text), specOptions(false)); err != nil {
				t.Errorf("%s:%d: %v", name, b.line, err)
			}
		}
	}
	if found == 0 {
		t.Error("no guide shows a spec")
	}
}

// TestProgramsOfGuides finds each Go program that a guide shows below examples/, where the compiler and go test see it.
func TestProgramsOfGuides(t *testing.T) {
	var programs []string
	for _, pattern := range []string{"/examples/*/*.go", "/cmd/aircon/testdata/clients/*/*.go"} {
		names, err := filepath.Glob(root + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			programs = append(programs, string(text))
		}
	}
	for _, name := range guides(t) {
		if runElsewhere[name] != "" {
			continue
		}
		for _, b := range blocksOf(readGuide(t, name)) {
			if b.kind == "go" && !slices.ContainsFunc(programs, func(p string) bool { return strings.Contains(p, b.text) }) {
				t.Errorf("%s:%d: no file below examples/ holds this program", name, b.line)
			}
		}
	}
}

// changing is what differs from run to run of the demo, or where lines break.
var changing = regexp.MustCompile(`\s|port\s*\d+|127\.0\.0\.1:\d+|my_postgres_db-\s*\w{6}|PostgreSQL.*answers in \S+`)

// TestPictureIsReal holds the text of README.md's picture against what the demo prints today.
func TestPictureIsReal(t *testing.T) {
	out, err := shell(t, "aircon demo")
	if err != nil {
		t.Fatalf("aircon demo: %v:\n%s", err, out)
	}
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(readGuide(t, "docs/doctor.svg"), "")
	shown := changing.ReplaceAllString(html.UnescapeString(text), "")
	if len(shown) < 1000 || !strings.Contains(changing.ReplaceAllString(out, ""), shown) {
		t.Errorf("docs/doctor.svg is not what the demo prints: tools/screenshot says how to make it anew; it shows\n%s\nand the demo\n%s", text, out)
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	noSlug  = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinksOfGuides follows each link inside of the repository to a file, and to a heading where it names one.
func TestLinksOfGuides(t *testing.T) {
	for _, name := range append(guides(t), "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md") {
		for _, found := range link.FindAllStringSubmatch(readGuide(t, name), -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(found[1], "#")
			path := filepath.Join(filepath.Dir(name), file)
			if file == "" {
				path = name
			}
			if err := followed(t, path, anchor); err != nil {
				t.Errorf("%s: the link to %s: %v", name, found[1], err)
			}
		}
	}
	for _, name := range guides(t)[1:] {
		if !strings.Contains(readGuide(t, "README.md"), name) {
			t.Errorf("README.md does not lead to %s", name)
		}
	}
}

func followed(t *testing.T, path, anchor string) error {
	if _, err := os.Stat(filepath.Join(root, path)); err != nil || anchor == "" {
		return err
	}
	for _, h := range heading.FindAllStringSubmatch(readGuide(t, path), -1) {
		slug := strings.ReplaceAll(noSlug.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-")
		if slug == anchor {
			return nil
		}
	}
	return errors.New("the file has no such heading")
}

// TestLinesOfGuides keeps guides readable at a terminal.
func TestLinesOfGuides(t *testing.T) {
	for _, name := range guides(t) {
		if runElsewhere[name] != "" {
			continue
		}
		inside := false
		for i, line := range strings.Split(readGuide(t, name), "\n") {
			if strings.HasPrefix(line, "```") {
				inside = !inside
			}
			if !inside && !strings.HasPrefix(line, "|") && len([]rune(line)) > 140 {
				t.Errorf("%s:%d: %d characters in a line", name, i+1, len([]rune(line)))
			}
		}
	}
}
