package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// output is the --output flag that every command has. The zero value is human output.
type output struct {
	format string
	more   []string // formats besides human and json
}

// flag adds --output to a command. More are formats besides human and json.
func (o *output) flag(c *cobra.Command, more ...string) {
	o.more = more
	c.Flags().StringVarP(&o.format, "output", "o", "human", enumerate(o.formats(), " or "))
}

// formats are those that the command has.
func (o *output) formats() []string { return append([]string{"human", "json"}, o.more...) }

// enumerate joins words with commas, the last one with a word of its own.
func enumerate(words []string, last string) string {
	n := len(words) - 1
	if n == 0 {
		return words[0]
	}
	return strings.Join(words[:n], ", ") + last + words[n]
}

// json reports whether the user asked for JSON.
func (o *output) json() bool { return o.format == "json" }

// check refuses a format that does not exist.
func (o *output) check() error {
	if o.format == "" || slices.Contains(o.formats(), o.format) {
		return nil
	}
	return usageError{fmt.Errorf("--output %q: the formats are %s", o.format, enumerate(o.formats(), " and "))}
}

// print writes value as JSON where that was asked for, and calls human otherwise.
func (o *output) print(w world, value any, human func()) error {
	if err := o.check(); err != nil {
		return err
	}
	if !o.json() {
		human()
		return nil
	}
	return w.terminal().JSON(value)
}
