package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"aircon/internal/awsapi"
	"aircon/internal/plan"
	"aircon/internal/term"
	"aircon/mwaa"
)

var errRecoveryDays = errors.New("--recovery-days takes 7 to 30")

// carrying says how changes are carried out; apply and destroy share it.
type carrying struct {
	yes, forced, noWait bool
	out                 output
}

func (a *carrying) flag(c *cobra.Command) {
	c.Flags().BoolVarP(&a.yes, "yes", "y", false, "do not ask")
	c.Flags().BoolVar(&a.forced, "forced", false, "replace workers at once (10 to 30 minutes) instead of gracefully (running tasks end first: up to 12 hours)")
	c.Flags().BoolVar(&a.noWait, "no-wait", false, "leave while MWAA updates the environment; the next apply takes the wait up")
	a.out.flag(c)
}

func newApply(w world) *cobra.Command {
	var flags planFlags
	var how carrying
	c := &cobra.Command{
		Use:   "apply",
		Short: "make the changes that plan shows: policy, role attachment, secrets, MWAA options",
		Long: `apply shows the plan, asks, and carries it out step by step. Killed anywhere and run again, it goes on where it was.

MWAA's option map is merged, never replaced: options that others set stay as they are.`,
		Example: `  aircon apply
  aircon apply --yes --no-wait`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := how.out.check(); err != nil {
				return err
			}
			p, api, err := flags.make(c.Context(), w)
			if err == nil && p.Settling() && !how.noWait {
				if err := how.settle(c.Context(), w, api, p); err != nil {
					return err
				}
				p, api, err = flags.make(c.Context(), w)
			}
			if err != nil {
				return err
			}
			return how.carry(c.Context(), w, api, p, "apply these changes?")
		},
	}
	flags.flag(c)
	how.flag(c)
	return c
}

func newDestroy(w world) *cobra.Command {
	var at targetFlags
	var opts plan.Options
	var how carrying
	c := &cobra.Command{
		Use:   "destroy",
		Short: "take back what aircon made: options become what they were, secrets are deleted with a recovery window",
		Long: `destroy removes what aircon made for an environment, told by its tags, and nothing else. Secrets can be restored for
--recovery-days days; apply restores them, too.`,
		Example: "  aircon destroy\n  aircon destroy --yes --recovery-days 7",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if opts.RecoveryDays < 7 || opts.RecoveryDays > 30 {
				return usageError{errRecoveryDays}
			}
			if err := how.out.check(); err != nil {
				return err
			}
			target, api, err := at.openSpec(c.Context())
			if err != nil {
				return err
			}
			p, err := plan.Destroy(c.Context(), api.Plan(), target.Spec, opts)
			if err != nil {
				return err
			}
			return how.carry(c.Context(), w, api, p, "destroy all of this?")
		},
	}
	at.flag(c)
	recoveryFlag(c, &opts)
	how.flag(c)
	return c
}

// settle waits while MWAA is at work: until it is done it shows the former options, and a plan made of them would miss what is to come.
// How the update ended is for the next plan to see.
func (a *carrying) settle(ctx context.Context, w world, api *awsapi.Client, p *plan.Plan) error {
	t := w.terminal()
	progress := t.Progress("MWAA is at work on " + p.Environment)
	defer progress.Stop()
	err := plan.Wait(ctx, api.Plan(), p.Environment, plan.ApplyOptions{Progress: func(e plan.Event) { tell(t, progress, e) }})
	var failed *plan.UpdateError
	if errors.As(err, &failed) {
		return nil
	}
	return err
}

// carry shows a plan, asks, and carries it out.
func (a *carrying) carry(ctx context.Context, w world, api *awsapi.Client, p *plan.Plan, question string) error {
	if err := showPlan(w, &a.out, p); err != nil {
		return err
	}
	if len(p.Refusals) > 0 {
		return statusError(exitFindings)
	}
	if err := agreed(ctx, w, a.yes || p.Empty(), question); err != nil {
		return err
	}
	opts := plan.ApplyOptions{NoWait: a.noWait}
	if a.forced {
		opts.Strategy = mwaa.Forced
	}
	t := w.terminal()
	progress := t.Progress("")
	opts.Progress = func(e plan.Event) { tell(t, progress, e) }
	err := plan.Apply(ctx, api.Plan(), p, opts)
	progress.Stop()
	if err == nil && !a.out.json() && !p.Empty() {
		sum := p.Summary()
		fmt.Fprintf(w.out, "%s done: %d created, %d changed, %d deleted\n", t.Mark(term.OK), sum.Create, sum.Update, sum.Delete)
	}
	return err
}

// tell shows what apply is at.
func tell(t *term.Terminal, progress *term.Progress, e plan.Event) {
	switch {
	case e.Change != nil && !e.Done:
		progress.Update(fmt.Sprintf("%d of %d: %s %s %s", e.Index+1, e.Total, e.Change.Action, e.Change.Kind, e.Change.Name))
	case e.Status != "":
		progress.Update("MWAA: " + string(e.Status))
	case e.Note != "":
		t.Warn("%s", e.Note)
	}
}
