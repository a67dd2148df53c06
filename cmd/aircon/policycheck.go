package main

import (
	"math"

	"github.com/spf13/cobra"
)

func newPolicyCheck(w world) *cobra.Command {
	l := linting{failOn: "warning", as: "policy"}
	c := &cobra.Command{
		Use:   "check FILE…",
		Short: "check IAM policies offline: too wide, too narrow, or not a policy at all",
		Long:  `check reads IAM policies from files, or - for standard input, and says what is wrong with them, as lint --as policy does.`,
		Example: `  aircon policy check policy.json
  aws iam get-role-policy --role-name analytics-execution --policy-name reads --query PolicyDocument | aircon policy check -`,
		Args: takes(1, math.MaxInt),
		RunE: func(c *cobra.Command, files []string) error { return l.run(c.Context(), w, files) },
	}
	l.out.flag(c)
	return c
}
