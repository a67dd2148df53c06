package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"aircon"
	"aircon/exchange"
	"aircon/internal/awsapi"
	"aircon/internal/plan"
	"aircon/internal/spec"
)

// gathered is what some place has of connections.
type gathered struct {
	From        string // the place, as a person reads it
	Runtime     aircon.Runtime
	Connections []aircon.Connection
	Problems    []exchange.Problem
	Notes       []exchange.Note
}

// only keeps the connections of some ids, where any are named. One that is not there is an error.
func (g *gathered) only(ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	for _, id := range ids {
		there := slices.ContainsFunc(g.Connections, func(c aircon.Connection) bool { return c.ID.String() == id })
		broken := slices.ContainsFunc(g.Problems, func(p exchange.Problem) bool { return p.ID == id })
		if !there && !broken {
			return badInput{fmt.Errorf("%s has no connection %q", g.From, id)}
		}
	}
	other := func(id string) bool { return !slices.Contains(ids, id) }
	g.Connections = slices.DeleteFunc(g.Connections, func(c aircon.Connection) bool { return other(c.ID.String()) })
	g.Problems = slices.DeleteFunc(g.Problems, func(p exchange.Problem) bool { return other(p.ID) })
	g.Notes = slices.DeleteFunc(g.Notes, func(n exchange.Note) bool { return other(n.ID) })
	return nil
}

// fileSource is a file of connections, which may be encrypted.
type fileSource struct {
	path, form string
	identity   string // file of age identities
}

// read reads the file as that Airflow would.
func (f fileSource) read(rt aircon.Runtime) (*gathered, error) {
	text, err := f.text()
	if err != nil {
		return nil, err
	}
	form, err := f.formOf(text)
	if err != nil {
		return nil, usageError{err}
	}
	file, err := form.Read(text, rt)
	var whole *exchange.FileError
	if errors.As(err, &whole) && whole.Line > 0 {
		return nil, badInput{fmt.Errorf("%s:%d:%d: %s", f.path, whole.Line, max(whole.Column, 1), whole.Reason)}
	}
	if err != nil {
		return nil, badInput{fmt.Errorf("%s: %w", f.path, err)}
	}
	return &gathered{From: f.path, Runtime: rt, Connections: file.Connections, Problems: file.Problems, Notes: file.Notes}, nil
}

func (f fileSource) formOf(text aircon.Secret) (*exchange.Form, error) {
	if f.form != "" {
		return exchange.Named(f.form)
	}
	form, err := exchange.Detect(strings.TrimSuffix(f.path, ".age"), text)
	if err != nil {
		return nil, fmt.Errorf("%w: name it with --form: %s", err, strings.Join(exchange.Names(), ", "))
	}
	return form, nil
}

// maxFile is the most that a file of connections may hold, in bytes.
const maxFile = 64 << 20

func (f fileSource) text() (aircon.Secret, error) {
	file, err := os.Open(f.path)
	if err != nil {
		return aircon.Secret{}, usageError{err}
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	switch {
	case err != nil:
		return aircon.Secret{}, err
	case len(text) > maxFile:
		return aircon.Secret{}, badInput{fmt.Errorf("%s: larger than %d MiB", f.path, maxFile>>20)}
	case !exchange.Sealed(text):
		return aircon.NewSecret(string(text)), nil
	case f.identity == "":
		return aircon.Secret{}, usageError{fmt.Errorf("%s is encrypted with age: --identity FILE names the identity that opens it", f.path)}
	}
	identities, err := os.ReadFile(f.identity)
	if err != nil {
		return aircon.Secret{}, usageError{err}
	}
	plain, err := exchange.Unseal(text, aircon.NewSecret(string(identities)))
	if err != nil {
		return aircon.Secret{}, badInput{fmt.Errorf("%s: %w", f.path, err)}
	}
	return plain, nil
}

// ofSpec gathers the connections of a spec, with their secrets.
func ofSpec(ctx context.Context, w world, target loaded) (*gathered, error) {
	if target.file == nil {
		return nil, errNoSpec
	}
	e := target.Spec
	rt, err := e.Runtime(newestAirflow())
	if err != nil {
		return nil, badInput{err}
	}
	values, err := plan.Resolve(ctx, target.file, e, spec.Resolver{Dir: filepath.Dir(target.File), Stderr: w.err})
	if err != nil {
		return nil, err
	}
	g := &gathered{From: target.File, Runtime: rt}
	for _, c := range e.Connections {
		conn, err := plan.ConnectionOf(c, values)
		if err != nil {
			g.Problems = append(g.Problems, exchange.Problem{ID: c.ID, Line: c.Pos().Line, Column: c.Pos().Column, Reason: err.Error()})
			continue
		}
		g.Connections = append(g.Connections, conn)
	}
	return g, nil
}

// ofSecrets gathers the connections that Secrets Manager has for an environment.
func ofSecrets(ctx context.Context, w world, target loaded, api *awsapi.Client) (*gathered, error) {
	e := target.Spec
	if e == nil {
		e = &spec.Environment{Name: target.Name}
	}
	progress := w.terminal().Progress("reading the secrets of " + target.Name)
	defer progress.Stop()
	stored, err := plan.ReadStored(ctx, api.Plan(), e, target.Spec != nil)
	if err != nil {
		return nil, err
	}
	g := &gathered{From: "Secrets Manager, for " + target.Name, Runtime: stored.Runtime}
	g.stored(stored)
	return g, nil
}

// stored takes what Secrets Manager has.
func (g *gathered) stored(all *plan.Contents) {
	for _, c := range all.Connections {
		if c.Reason != "" {
			g.Problems = append(g.Problems, exchange.Problem{ID: c.ID, Reason: c.Reason})
			continue
		}
		g.Connections = append(g.Connections, c.Conn)
	}
}
