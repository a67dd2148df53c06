package main

import (
	"context"
	"path/filepath"

	"github.com/spf13/cobra"

	"aircon/internal/awsapi"
	"aircon/internal/plan"
	"aircon/internal/spec"
)

// planFlags say what a plan may do; plan and apply share them.
type planFlags struct {
	at   targetFlags
	opts plan.Options
}

func (f *planFlags) flag(c *cobra.Command) {
	f.at.flag(c)
	c.Flags().BoolVar(&f.opts.Adopt, "adopt", false, "overwrite what exists already and aircon did not make")
	c.Flags().BoolVar(&f.opts.Prune, "prune", false, "delete what aircon made and the spec no longer has")
	recoveryFlag(c, &f.opts)
}

func recoveryFlag(c *cobra.Command, opts *plan.Options) {
	c.Flags().IntVar(&opts.RecoveryDays, "recovery-days", 30, "how long a deleted secret can be restored: 7 to 30 days")
}

// make returns the plan for the environment that is meant, and the account to carry it out in.
func (f *planFlags) make(ctx context.Context, w world) (*plan.Plan, *awsapi.Client, error) {
	if days := f.opts.RecoveryDays; days < 7 || days > 30 {
		return nil, nil, usageError{errRecoveryDays}
	}
	target, api, err := f.at.openSpec(ctx)
	if err != nil {
		return nil, nil, err
	}
	progress := w.terminal().Progress("reading what AWS has")
	defer progress.Stop()
	resolver := spec.Resolver{Dir: filepath.Dir(target.File), Stderr: w.err}
	p, err := plan.Make(ctx, api.Plan(), target.file, target.Spec, resolver, f.opts)
	return p, api, err
}

// planning is what the user asked of plan.
type planning struct {
	planFlags
	out           output
	failOnChanges bool
	printPolicy   bool
}

func newPlan(w world) *cobra.Command {
	var pl planning
	c := &cobra.Command{
		Use:   "plan",
		Short: "show what must change in AWS for the spec to hold",
		Long: `plan compares the spec with what AWS has and shows the difference. It changes nothing.

A secret's text is never shown: what differs in it is (changed).`,
		Example: `  aircon plan
  aircon plan --output json
  aircon plan --fail-on-changes     # in CI: exit status 1 where something would change
  aircon plan --print-policy        # for the team that attaches policies itself`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return pl.run(c.Context(), w) },
	}
	pl.flag(c)
	pl.out.flag(c)
	c.Flags().BoolVar(&pl.failOnChanges, "fail-on-changes", false, "exit with 1 where something would change")
	c.Flags().BoolVar(&pl.printPolicy, "print-policy", false, "print the least policy's documents, and nothing else")
	return c
}

func (pl *planning) run(ctx context.Context, w world) error {
	if err := pl.out.check(); err != nil {
		return err
	}
	p, _, err := pl.make(ctx, w)
	if err != nil {
		return err
	}
	if pl.printPolicy {
		return p.PrintPolicy(w.out)
	}
	if err := showPlan(w, &pl.out, p); err != nil {
		return err
	}
	if len(p.Refusals) > 0 || pl.failOnChanges && !p.Empty() {
		return statusError(exitFindings)
	}
	return nil
}

func showPlan(w world, out *output, p *plan.Plan) error {
	var failed error
	err := out.print(w, p, func() { failed = p.Render(w.out) })
	if err != nil {
		return err
	}
	return failed
}
