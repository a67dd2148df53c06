package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// output is the --output flag that every command has. The zero value is human output.
type output struct{ format string }

// flag adds --output to a command.
func (o *output) flag(c *cobra.Command) {
	c.Flags().StringVarP(&o.format, "output", "o", "human", "human or json")
}

// json reports whether the user asked for JSON.
func (o *output) json() bool { return o.format == "json" }

// check refuses a format that does not exist.
func (o *output) check() error {
	if o.format == "human" || o.format == "json" || o.format == "" {
		return nil
	}
	return usageError{fmt.Errorf("--output %q: the formats are human and json", o.format)}
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
