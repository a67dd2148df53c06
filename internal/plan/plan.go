package plan

import (
	"context"
	"errors"
	"slices"

	"aircon/internal/spec"
)

// Options say what a plan may do. The zero value is the careful one.
type Options struct {
	Adopt        bool // whether what aircon did not make may be overwritten
	Prune        bool // whether what left the spec is deleted
	RecoveryDays int  // how long a deleted secret can be restored: 7 to 30; 0 means 30
}

func (o Options) recoveryDays() int {
	if o.RecoveryDays == 0 {
		return 30
	}
	return o.RecoveryDays
}

// Make resolves, observes and compares: it returns the plan for one environment of a spec.
func Make(ctx context.Context, aws AWS, file *spec.File, e *spec.Environment, r spec.Resolver, opts Options) (*Plan, error) {
	values, err := Resolve(ctx, file, e, r)
	if err != nil {
		return nil, err
	}
	observed, err := Observe(ctx, aws, e, values, opts)
	if err != nil {
		var problems spec.Problems
		if errors.As(err, &problems) && file != nil {
			for i := range problems {
				problems[i].File = file.Name
			}
		}
		return nil, err
	}
	return Diff(e, values, observed, opts)
}

// Settling reports whether MWAA was at work on the environment when it was read: what it will have then may differ from the plan.
func (p *Plan) Settling() bool { return p.settling }

// Diff compares what a spec wants with what was observed. It is pure: the same arguments give the same plan.
func Diff(e *spec.Environment, values Values, o *Observed, opts Options) (*Plan, error) {
	p := newPlan(e.Name, o.Caller)
	r, err := newReader(o.Runtime, kwargsFor(e, o).text)
	if err != nil {
		return nil, err
	}
	if o.Role != "" || e.PolicyKind() == "none" {
		if err := p.diffPolicies(e, o, opts); err != nil {
			return nil, err
		}
	}
	policies := p.Changes
	p.Changes = slices.DeleteFunc(slices.Clone(policies), Change.narrows)
	p.diffSecrets(e, o, r, values, opts)
	p.diffLeft(e, o, opts)
	p.Changes = append(p.Changes, slices.DeleteFunc(slices.Clone(policies), func(c Change) bool { return !c.narrows() })...)
	return p, p.diffOptions(e, o, opts)
}

func newPlan(environment string, c Caller) *Plan {
	return &Plan{FormatVersion: 1, Environment: environment, Account: c.Account, Region: c.Region, Changes: []Change{}, Refusals: []Refusal{}, Warnings: []Warning{}}
}

// Destroy returns the plan that takes back what aircon made for an environment: its options become what they were, its policies go, its secrets are
// deleted with a recovery window. What aircon did not make stays.
func Destroy(ctx context.Context, aws AWS, e *spec.Environment, opts Options) (*Plan, error) {
	o := newObserved()
	if err := o.observeEnvironment(ctx, aws, e); err != nil && !(e.MWAA() && missing(err)) {
		return nil, err
	}
	if err := o.observeRole(ctx, aws, e); err != nil {
		return nil, err
	}
	opts.Prune = true
	if err := o.list(ctx, aws, e, opts); err != nil {
		return nil, err
	}
	p := newPlan(e.Name, o.Caller)
	p.takesBack = true
	if o.Environment != nil {
		p.settling = o.Environment.Status.InProgress()
		if keys := beforeKeys(o.Environment.Tags); len(keys) > 0 {
			p.addReset(o.Environment)
		}
	}
	for i := len(o.Policies) - 1; i >= 0; i-- {
		p.dropPolicy(e, o, o.Policies[i])
	}
	for _, name := range sortedKeys(o.Secrets) {
		if seen := o.Secrets[name]; owns(e.Name, seen.Tags) && seen.Deleted.IsZero() {
			p.addDelete(name, seen.Tags, opts, "")
		}
	}
	return p, nil
}

func (p *Plan) addReset(env *MWAAEnvironment) {
	_, changes := restored(env)
	change := Change{Action: Update, Kind: KindOptions, Name: env.Name, Why: "back to what they were before aircon", do: resetOptions(env.Name)}
	for _, c := range changes {
		change.Fields = append(change.Fields, Field{Name: c.Key, Old: c.Old, New: c.New})
	}
	p.add(change)
}
