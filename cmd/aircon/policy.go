package main

import "github.com/spf13/cobra"

func newPolicy(w world) *cobra.Command {
	c := &cobra.Command{
		Use:   "policy",
		Short: "the least policy; why a call is allowed or denied, and what would change that; what is wrong with a policy",
		Example: `  aircon policy explain my_postgres_db
  aircon policy generate --format hcl
  aircon policy check policy.json`,
	}
	c.AddCommand(newPolicyExplain(w), newPolicyGenerate(w), newPolicyCheck(w))
	return c
}
