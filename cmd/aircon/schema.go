package main

import (
	"github.com/spf13/cobra"

	"aircon/internal/spec"
)

func newSchema(w world) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "print the JSON Schema of the spec, for editors",
		Long: `schema prints the JSON Schema of aircon.yaml. Save it, and tell your editor about it in the spec's first line:

  # yaml-language-server: $schema=./aircon.schema.json`,
		Example: "  aircon schema > aircon.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			text, err := spec.Schema()
			if err != nil {
				return err
			}
			_, err = w.out.Write(text)
			return err
		},
	}
}
