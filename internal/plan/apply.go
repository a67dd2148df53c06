package plan

import (
	"context"
	"fmt"
	"strings"
	"time"

	"aircon/mwaa"
)

// ApplyOptions say how a plan is carried out. The zero value waits for the environment, gracefully, without a word.
type ApplyOptions struct {
	Strategy mwaa.Strategy // "" means Graceful
	NoWait   bool          // whether to leave while MWAA updates the environment; Wait takes it up again
	Progress func(Event)   // is told what happens; nil means nobody
	// Sleep waits between two looks at the environment. Nil waits for real.
	Sleep func(ctx context.Context, d time.Duration) error
}

// Event is something that Apply or Wait tells.
type Event struct {
	Index  int     // of the change, from 0; -1 outside of any
	Total  int     // number of changes
	Change *Change // nil outside of any
	Done   bool    // whether the change is done, and not begun
	Status mwaa.Status
	Note   string
}

// The time between two looks at an environment that is being updated doubles from the first to the last: on AWS an update takes 10
// minutes and more, on a local AWS seconds.
const (
	lookFirst = 250 * time.Millisecond
	lookLast  = 15 * time.Second
)

// ApplyError says which step failed, what was done before it and what was left. Running the same plan's command again takes it up.
type ApplyError struct {
	Done   []Change
	Failed Change
	Left   []Change
	Err    error
}

// Error tells the step and the cause in one line, and what was and was not done in two more.
func (e *ApplyError) Error() string {
	return fmt.Sprintf("%s %s %s: %v\n  done: %s\n  not done: %s", e.Failed.Action, e.Failed.Kind, e.Failed.Name, e.Err,
		names(e.Done), names(append([]Change{e.Failed}, e.Left...)))
}

// Hint says how it goes on.
func (e *ApplyError) Hint() string {
	return "run the same command again once that is mended: it goes on where this one stopped"
}

// Unwrap returns the cause.
func (e *ApplyError) Unwrap() error { return e.Err }

func names(changes []Change) string {
	if len(changes) == 0 {
		return "nothing"
	}
	texts := make([]string, len(changes))
	for i, c := range changes {
		texts[i] = fmt.Sprintf("%s %s %s", c.Action, c.Kind, c.Name)
	}
	return list(texts, 5)
}

// RefusedError says that a plan holds refusals, so that Apply carries out nothing of it.
type RefusedError struct{ Refusals []Refusal }

// Error tells each refusal in a line.
func (e *RefusedError) Error() string {
	lines := make([]string, len(e.Refusals))
	for i, r := range e.Refusals {
		lines[i] = fmt.Sprintf("%s %s: %s", r.Kind, r.Name, r.What)
	}
	return "refused: " + strings.Join(lines, "; ")
}

// run is one Apply under way.
type run struct {
	aws   AWS
	opts  ApplyOptions
	index int
	plan  *Plan
}

// Apply carries out a plan's changes in their order and waits for the environment. It stops at the first failure with an *ApplyError.
func Apply(ctx context.Context, aws AWS, p *Plan, opts ApplyOptions) error {
	if len(p.Refusals) > 0 {
		return &RefusedError{p.Refusals}
	}
	r := &run{aws: aws, opts: opts, plan: p, index: -1}
	for i := range p.Changes {
		r.index = i
		r.tell(Event{})
		err := ctx.Err()
		if err == nil {
			err = p.Changes[i].do(ctx, r)
		}
		if err != nil {
			return &ApplyError{p.Changes[:i], p.Changes[i], p.Changes[i+1:], err}
		}
		r.tell(Event{Done: true})
	}
	r.index = -1
	if p.settling && !opts.NoWait {
		return r.wait(ctx, p.Environment)
	}
	return nil
}

func (r *run) tell(e Event) {
	if r.opts.Progress == nil {
		return
	}
	e.Index, e.Total = r.index, len(r.plan.Changes)
	if r.index >= 0 {
		e.Change = &r.plan.Changes[r.index]
	}
	r.opts.Progress(e)
}

func (r *run) note(text string) { r.tell(Event{Note: text}) }

// update sends the options. Where the region knows no GRACEFUL strategy, it says so and leaves the choice to the service.
func (r *run) update(ctx context.Context, env *MWAAEnvironment, options map[string]string) error {
	strategy := r.opts.Strategy
	if strategy == "" {
		strategy = mwaa.Graceful
	}
	err := r.aws.Environments.UpdateOptions(ctx, env.Name, options, strategy)
	if code(err) == "ValidationException" && strings.Contains(strings.ToLower(err.Error()), "strategy") {
		r.note("this region does not know the strategy " + string(strategy) + ": the service's own is used, which stops running tasks")
		err = r.aws.Environments.UpdateOptions(ctx, env.Name, options, "")
	}
	if err != nil {
		return err
	}
	if r.opts.NoWait {
		r.note("MWAA is updating the environment; nobody waits for it")
		return nil
	}
	return r.wait(ctx, env.Name)
}
