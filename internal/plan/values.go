package plan

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"aircon"
	"aircon/internal/spec"
)

// Values holds the secrets that a spec points at. A source that keeps what is stored has none.
type Values map[*spec.Source]aircon.Secret

// Resolve fetches the secrets of an environment's connections and variables that are written, and reports all that it cannot get, each with its place.
func Resolve(ctx context.Context, file *spec.File, e *spec.Environment, r spec.Resolver) (Values, error) {
	if r.Dir == "" && file != nil {
		r.Dir = filepath.Dir(file.Name)
	}
	values := Values{}
	var faults []error
	for what, source := range sources(kept(e)) {
		secret, err := source.Resolve(ctx, r)
		switch {
		case errors.Is(err, spec.ErrKeep):
		case err != nil && file != nil && !source.Pos().IsZero():
			faults = append(faults, fmt.Errorf("%s:%s: %s: %w", file.Name, source.Pos(), what, err))
		case err != nil:
			faults = append(faults, fmt.Errorf("%s: %w", what, err))
		default:
			values[source] = secret
		}
	}
	if len(faults) > 0 {
		return values, &UnresolvedError{faults}
	}
	return values, nil
}

// UnresolvedError says which secrets a spec points at that cannot be had. The spec, or what it points at, is at fault; AWS was not asked.
type UnresolvedError struct{ Faults []error }

// Error tells each in a line.
func (e *UnresolvedError) Error() string { return errors.Join(e.Faults...).Error() }

// Unwrap returns them.
func (e *UnresolvedError) Unwrap() []error { return e.Faults }

// sources yields every source of an environment with its name in errors, in the order of the spec.
func sources(e *spec.Environment) func(yield func(string, *spec.Source) bool) {
	return func(yield func(string, *spec.Source) bool) {
		for _, c := range e.Connections {
			if c.Password != nil && !yield(fmt.Sprintf("password of connection %q", c.ID), c.Password) {
				return
			}
			for _, s := range c.SecretExtra {
				if !yield(fmt.Sprintf("%s of connection %q", s.Key, c.ID), &s.Source) {
					return
				}
			}
		}
		for _, v := range e.Variables {
			if v.Secret != nil && !yield(fmt.Sprintf("variable %q", v.Key), v.Secret) {
				return
			}
		}
	}
}
