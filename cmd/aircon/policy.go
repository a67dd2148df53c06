package main

import "github.com/spf13/cobra"

func newPolicy(w world) *cobra.Command {
	c := &cobra.Command{
		Use:     "policy",
		Short:   "why a call is allowed or denied, and what would change that",
		Example: "  aircon policy explain my_postgres_db",
	}
	c.AddCommand(newPolicyExplain(w))
	return c
}
