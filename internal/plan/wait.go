package plan

import (
	"context"
	"fmt"
	"time"

	"aircon/internal/pause"
	"aircon/mwaa"
)

// Wait watches an environment until MWAA is done with it, and tells each status. It takes up what Apply left with NoWait or was
// interrupted in.
func Wait(ctx context.Context, aws AWS, environment string, opts ApplyOptions) error {
	r := &run{aws: aws, opts: opts, plan: &Plan{}, index: -1}
	return r.wait(ctx, environment)
}

// UpdateError says that MWAA did not do what it was asked.
type UpdateError struct {
	Environment string
	Status      mwaa.Status
	LastUpdate  LastUpdate
}

// Error gives the status and MWAA's own reason.
func (e *UpdateError) Error() string {
	text := fmt.Sprintf("the environment %q is %s", e.Environment, e.Status)
	if e.LastUpdate.ErrorCode != "" || e.LastUpdate.ErrorMessage != "" {
		text += fmt.Sprintf(": %s: %s", e.LastUpdate.ErrorCode, e.LastUpdate.ErrorMessage)
	}
	return text
}

// wait returns once the environment is settled, with an *UpdateError where the update failed.
func (r *run) wait(ctx context.Context, name string) error {
	env, err := r.settled(ctx, name)
	if err != nil {
		return err
	}
	if env.Status.Failed() || env.Status != mwaa.Available || env.LastUpdate.Status == "FAILED" {
		return &UpdateError{name, env.Status, env.LastUpdate}
	}
	return nil
}

// settled returns the environment once MWAA is not at work on it.
func (r *run) settled(ctx context.Context, name string) (*MWAAEnvironment, error) {
	var last mwaa.Status
	for pause := lookFirst; ; pause = min(2*pause, lookLast) {
		env, err := r.aws.Environments.Environment(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("read the environment %q: %w", name, err)
		}
		if env.Status != last {
			r.tell(Event{Status: env.Status})
			last = env.Status
		}
		justAsked := env.Status == mwaa.Available && env.LastUpdate.Status == "PENDING" // the status comes a moment later
		if !env.Status.InProgress() && !justAsked {
			return env, nil
		}
		if err := r.sleep(ctx, pause); err != nil {
			return nil, fmt.Errorf("stopped waiting for the environment %q, which is %s; the same command takes it up again: %w", name, env.Status, err)
		}
	}
}

func (r *run) sleep(ctx context.Context, d time.Duration) error {
	if r.opts.Sleep != nil {
		return r.opts.Sleep(ctx, d)
	}
	return pause.For(ctx, d)
}
