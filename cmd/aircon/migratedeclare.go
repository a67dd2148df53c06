package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"aircon/internal/migrate"
	"aircon/internal/plan"
	"aircon/internal/spec"
)

// declare adds to the spec what was written and it has not, and applies it: the lookup pattern and an exact policy follow from what is declared.
func (r *migration) declare(ctx context.Context) error {
	more := r.undeclared()
	if len(more) > 0 {
		opts := specOptions(r.how.at.literal)
		text, err := os.ReadFile(r.target.File)
		if err != nil {
			return badInput{err}
		}
		if text, err = spec.AddConnections(r.target.File, text, opts, r.target.Name, more); err != nil {
			return badInput{err}
		}
		if err := replaceFile(r.target.File, text); err != nil {
			return err
		}
	}
	target, err := r.how.at.load()
	if err != nil {
		return err
	}
	if err := r.apply(ctx, target); err != nil {
		return err
	}
	r.place, err = plan.FindPlace(ctx, r.api.Plan(), target.Spec, true)
	return err
}

// undeclared are the connections that were written and the spec does not have. One that it cannot say stays in Secrets Manager, undeclared.
func (r *migration) undeclared() spec.Named[*spec.Connection] {
	var more spec.Named[*spec.Connection]
	declared := r.target.Spec.Connections.Keys()
	for _, w := range r.wholes {
		written := func(result migrate.Result) bool { return result.ID == w.ID && result.State == migrate.Planned }
		if slices.Contains(declared, w.ID) || !slices.ContainsFunc(r.results, written) {
			continue
		}
		d, err := plan.Declare(w.Conn, plan.Keep)
		if err != nil {
			r.w.terminal().Warn("%s is not declared: %v", w.ID, err)
			continue
		}
		d.KMSKey = w.KMSKey
		if r.how.format == string(migrate.URI) {
			d.Format = r.how.format
		}
		more = append(more, d)
	}
	return more
}

// apply carries out what the spec asks for now.
func (r *migration) apply(ctx context.Context, target loaded) error {
	resolver := spec.Resolver{Dir: filepath.Dir(target.File), Stderr: r.w.err}
	p, err := plan.Make(ctx, r.api.Plan(), target.file, target.Spec, resolver, plan.Options{})
	if err != nil {
		return err
	}
	if len(p.Refusals) > 0 {
		return &plan.RefusedError{Refusals: p.Refusals}
	}
	if len(p.Changes) == 0 {
		return nil
	}
	if !r.how.out.json() {
		if err := p.Render(r.w.out); err != nil {
			return err
		}
	}
	if err := agreed(ctx, r.w, r.how.yes, fmt.Sprintf("apply %s, so that tasks find them?", target.File)); err != nil {
		return err
	}
	t := r.w.terminal()
	progress := t.Progress("")
	defer progress.Stop()
	return plan.Apply(ctx, r.api.Plan(), p, plan.ApplyOptions{Progress: func(e plan.Event) { tell(t, progress, e) }})
}
