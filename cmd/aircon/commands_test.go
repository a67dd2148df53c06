package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commandsDocument is the reference that the command tree makes.
const commandsDocument = "../../docs/commands.md"

// tree returns every command, parents first, in the order of help. The environment has no say in defaults.
func tree() []*cobra.Command {
	w := world{in: strings.NewReader(""), out: new(bytes.Buffer), err: new(bytes.Buffer), getenv: func(name string) string {
		return map[string]string{"HOME": "~"}[name]
	}}
	var all []*cobra.Command
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		c.InitDefaultHelpFlag()
		all = append(all, c)
		for _, sub := range c.Commands() {
			if !sub.Hidden { // what aircon runs of itself is nothing to type
				walk(sub)
			}
		}
	}
	walk(newRoot(w))
	return all
}

// TestEveryCommandExplainsItself holds all commands to the house rules: a line in lower case, an example that names the command, and a word on each flag.
func TestEveryCommandExplainsItself(t *testing.T) {
	for _, c := range tree() {
		if !c.HasParent() {
			continue
		}
		if c.Short == "" || unicode.IsUpper(rune(c.Short[0])) || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: the line %q is not lower case without a full stop", c.CommandPath(), c.Short)
		}
		if c.Runnable() && !strings.Contains(c.Example, c.CommandPath()) && c.Name() != "help" {
			t.Errorf("%s: its help shows no example of it: %q", c.CommandPath(), c.Example)
		}
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s: nothing is said of --%s", c.CommandPath(), f.Name)
			}
		})
	}
}

// TestHelp asks each command for its help as a user would.
func TestHelp(t *testing.T) {
	for _, c := range tree() {
		var out, complaints bytes.Buffer
		args := slices.Concat(strings.Fields(c.CommandPath())[1:], []string{"--help"})
		code := run(t.Context(), world{in: strings.NewReader(""), out: &out, err: &complaints, getenv: os.Getenv}, args)
		if code != exitDone || complaints.Len() > 0 || !strings.Contains(out.String(), "Usage:\n") {
			t.Errorf("%v: status %d, %q\n%s", args, code, complaints.String(), out.String())
		}
	}
}

// TestCommandsDocument asserts that docs/commands.md is what the commands say of themselves. UPDATE_DOCS=1 writes it anew.
func TestCommandsDocument(t *testing.T) {
	want := commandsReference()
	if os.Getenv("UPDATE_DOCS") != "" {
		if err := os.WriteFile(commandsDocument, want, 0o644); err != nil { //nolint:gosec // a document, for all to read
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(commandsDocument)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("docs/commands.md is not what the commands say: UPDATE_DOCS=1 go test ./cmd/aircon writes it anew")
	}
}

// commandsReference writes every command's help as Markdown.
func commandsReference() []byte {
	var b bytes.Buffer
	b.WriteString("# Commands\n\nGenerated from the commands' own help: `UPDATE_DOCS=1 go test ./cmd/aircon`.\n\n" +
		"Exit statuses of all of them: 0 done and healthy, 1 findings or changes refused, 2 wrong usage or spec, 3 a system could not be reached.\n\n")
	all := tree()
	for _, c := range all[1:] {
		fmt.Fprintf(&b, "- [%s](#%s): %s\n", c.CommandPath(), strings.ReplaceAll(c.CommandPath(), " ", "-"), c.Short)
	}
	for _, c := range all[1:] {
		fmt.Fprintf(&b, "\n## %s\n\n", c.CommandPath())
		if c.Long == "" {
			fmt.Fprintf(&b, "%s.\n", c.Short)
		} else {
			fmt.Fprintf(&b, "```text\n%s\n```\n", strings.TrimSpace(c.Long))
		}
		if c.Runnable() {
			fmt.Fprintf(&b, "\n```text\n%s\n```\n", c.UseLine())
		}
		if c.Example != "" {
			fmt.Fprintf(&b, "\nFor example:\n\n```console\n%s\n```\n", dedent(c.Example))
		}
		if flags := c.LocalFlags().FlagUsages(); strings.Count(flags, "\n") > 1 {
			fmt.Fprintf(&b, "\n```text\n%s```\n", flags)
		}
	}
	return b.Bytes()
}

// dedent takes the two spaces off each line that help shows examples with.
func dedent(text string) string {
	return strings.TrimPrefix(strings.ReplaceAll(text, "\n  ", "\n"), "  ")
}
