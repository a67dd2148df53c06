package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"aircon"
	"aircon/internal/plan"
	"aircon/lookup"
	"aircon/mwaa"
)

// mark sets the state of the result of an id.
func mark(results []Result, id string, state State, reason string) {
	i := slices.IndexFunc(results, func(r Result) bool { return r.ID == id })
	if i >= 0 {
		results[i].State, results[i].Reason = state, reason
	}
}

// Refuse marks what a plan refuses.
func Refuse(p *plan.Plan, results []Result) {
	for _, refusal := range p.Refusals {
		for i := range results {
			if results[i].Secret == refusal.Name && results[i].State == Planned {
				results[i].State, results[i].Reason = Refused, refusal.What
			}
		}
	}
}

// inARow is how many secrets may fail one after another before the rest is left: AWS refuses them all then.
const inARow = 5

// Carry makes a plan's changes, each for itself: one that fails is marked, and the next one goes on. The error is the context's, or the last one
// of several in a row. Each change needs what plan.Secrets says of its call.
func Carry(ctx context.Context, aws plan.AWS, p *plan.Plan, results []Result, progress func(done, total int)) error {
	row := 0
	for i, change := range p.Changes {
		progress(i, len(p.Changes))
		err := plan.Apply(ctx, aws, p.Only(change), plan.ApplyOptions{NoWait: true})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			row = 0
			continue
		}
		var failed *plan.ApplyError
		if errors.As(err, &failed) {
			err = failed.Err
		}
		mark(results, change.ID, Failed, err.Error())
		if row++; row == inARow {
			return fmt.Errorf("%d secrets in a row could not be written, and the rest is left: %w", row, err)
		}
	}
	return nil
}

// Prover looks connections up as an environment's Airflow does.
type Prover struct{ sides []*lookup.Search }

// NewProver opens the search of a place on each of its sides. Secrets needs secretsmanager:GetSecretValue on each secret.
func NewProver(ctx context.Context, at *plan.Place, secrets lookup.SecretsManager) (*Prover, error) {
	sides := []aircon.Side{aircon.Server}
	if at.Runtime.Airflow.AtLeast(3, 0) {
		sides = append(sides, aircon.Worker)
	}
	p := new(Prover)
	for _, side := range sides {
		search, err := lookup.Open(ctx, lookup.Options{
			Runtime: at.Runtime.On(side),
			Env:     map[string]string{"AIRFLOW__SECRETS__BACKEND": mwaa.BackendClass, "AIRFLOW__SECRETS__BACKEND_KWARGS": at.Kwargs},
			Secrets: func(context.Context, lookup.Client) (lookup.SecretsManager, error) { return secrets, nil },
		})
		if err != nil {
			return nil, err
		}
		p.sides = append(p.sides, search)
	}
	return p, nil
}

// atOnce is how many connections are proven at the same time.
const atOnce = 8

// Prove looks up every connection whose secret is to be there, and marks it Proven or Differs. Open, where it is not nil, tries to open a
// session with what was found; it returns "yes" or why not.
func (p *Prover) Prove(ctx context.Context, wholes []plan.Whole, results []Result, open func(context.Context, aircon.Connection) string, progress func(done, total int)) error {
	places := map[string]*Result{}
	for i := range results {
		if r := &results[i]; r.State == Planned {
			places[r.ID] = r
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, w := range wholes {
		r := places[w.ID]
		if r == nil {
			continue
		}
		progress(i, len(wholes))
		group.Go(func() error {
			found, reason, err := p.equal(ctx, w)
			if err != nil {
				return err
			}
			if r.State, r.Reason = Proven, ""; reason != "" {
				r.State, r.Reason = Differs, reason
			} else if open != nil {
				r.Opened = open(ctx, found)
			}
			return nil
		})
	}
	return group.Wait()
}

// equal says why a lookup does not give what was, or nothing.
func (p *Prover) equal(ctx context.Context, w plan.Whole) (found aircon.Connection, reason string, err error) {
	was := w.Conn
	was.Description = aircon.Field{}
	for _, side := range p.sides {
		trace, err := side.Connection(ctx, w.ID)
		if err != nil {
			return found, "", err
		}
		if trace.Outcome != lookup.Found {
			return found, "Airflow does not find it" + why(trace), nil
		}
		if _, reason := judge(was, trace.Conn); reason != "" {
			return found, "Airflow finds another one: " + reason, nil
		}
		found = trace.Conn
	}
	return found, "", nil
}

// why tells what a search says of itself.
func why(trace *lookup.Trace) string {
	for _, e := range trace.Entries {
		if e.Reason != "" {
			return fmt.Sprintf(": %s: %s", e.Result, e.Reason)
		}
		if e.Problem != nil {
			return ": " + e.Problem.Error()
		}
	}
	return ""
}
