package plan

import (
	"context"
	"fmt"
	"strings"

	"aircon"
	"aircon/internal/spec"
	"aircon/mwaa"
)

// Contents is what Secrets Manager has of an environment's connections.
type Contents struct {
	Caller      Caller // who read it, and where
	Runtime     aircon.Runtime
	Connections []StoredConnection // by name
}

// StoredConnection is a connection as one secret holds it.
type StoredConnection struct {
	ID     string
	Name   string            // of the secret
	Conn   aircon.Connection // with the secret's description where it has none of its own
	Reason string            // why there is no connection; "" where there is one
}

// ReadStored reads the connections beneath an environment's prefix, as its Airflow reads them. Where declared is false, nobody has said what the
// environment's backend looks like, and its own options tell. It needs what Secrets.ListSecrets and Secrets.BatchGetSecretValue need, and
// airflow:GetEnvironment for an environment of MWAA.
func ReadStored(ctx context.Context, aws AWS, e *spec.Environment, declared bool) (*Contents, error) {
	o := newObserved()
	if err := o.observeEnvironment(ctx, aws, e); err != nil {
		return nil, err
	}
	if err := o.undeclared(e, declared); err != nil {
		return nil, err
	}
	if err := o.list(ctx, aws, e, Options{}); err != nil {
		return nil, err
	}
	r, err := newReader(o.Runtime, kwargsFor(e, o).text)
	if err != nil {
		return nil, err
	}
	var found []want
	for _, name := range sortedKeys(o.Secrets) {
		if id, ok := e.ConnectionsPrefix().ID(name); ok && o.Secrets[name].Deleted.IsZero() {
			found = append(found, want{name: name, id: id})
		}
	}
	if err := o.read(ctx, aws, found); err != nil {
		return nil, err
	}
	s := &Contents{Caller: o.Caller, Runtime: o.Runtime}
	for _, w := range found {
		s.Connections = append(s.Connections, storedAs(r, w, o.Secrets[w.name]))
	}
	return s, nil
}

// undeclared lets an environment's own options tell what its backend looks like, where nobody has declared it.
func (o *Observed) undeclared(e *spec.Environment, declared bool) error {
	if declared || o.Environment == nil {
		return nil
	}
	kwargs, err := o.kwargs()
	if err != nil {
		return fmt.Errorf("the option %s is not JSON: %w", mwaa.OptionBackendKwargs, err)
	}
	e.Backend = backendOf(kwargs)
	return nil
}

func storedAs(r reader, w want, seen Seen) StoredConnection {
	c := StoredConnection{ID: w.id, Name: w.name}
	if seen.Fault != nil {
		c.Reason = fmt.Sprintf("the secret %s cannot be read (%s: %s)", w.name, seen.Fault.Code, seen.Fault.Message)
		return c
	}
	if seen.Text.IsNull() {
		c.Reason = fmt.Sprintf("the secret %s holds no text", w.name)
		return c
	}
	conn, err := r.stored(w.id, seen.Text)
	if err != nil {
		c.Reason = fmt.Sprintf("the secret %s: %v", w.name, err)
		return c
	}
	c.Conn = conn
	if conn.Description.IsNull() && seen.Description != "" {
		c.Conn.Description = aircon.Text(seen.Description)
	}
	return c
}

// kwargs are those that the environment has, or MWAA's own.
func (o *Observed) kwargs() (mwaa.Kwargs, error) {
	text := o.backendText
	if text == "" {
		text = mwaa.DefaultKwargs
	}
	return mwaa.ParseKwargs(text)
}

// backendOf says what the backend's arguments say of names.
func backendOf(kwargs mwaa.Kwargs) *spec.Backend {
	return &spec.Backend{
		ConnectionsPrefix: kwargText(kwargs, "connections_prefix"), VariablesPrefix: kwargText(kwargs, "variables_prefix"), Sep: kwargText(kwargs, "sep"),
	}
}

// kwargText returns a kwarg as a spec says it: left out where the backend's arguments leave it out.
func kwargText(kwargs mwaa.Kwargs, name string) spec.Text {
	var value *string
	if !kwargs.Get(name, &value) {
		return spec.Text{}
	}
	if value == nil {
		return spec.Null()
	}
	return spec.Given(*value)
}

// Declare makes a spec's connection of one. Where it holds a secret, place is asked where that is: it is given the secret, and "password"
// or the name of extra's member. A secret member that is no text has no place in a spec and is an error, as is whatever else a spec cannot say.
func Declare(c aircon.Connection, place func(field string, secret aircon.Secret) (spec.Source, error)) (*spec.Connection, error) {
	d := &spec.Connection{ID: c.ID.String()}
	if err := fill(d, c, place); err != nil {
		return nil, err
	}
	if text := c.Description.String(); text != "" {
		d.Description = &text
	}
	return d, nil
}

// ConnectionOf makes the connection of a spec's, with its secrets as values have them.
func ConnectionOf(c *spec.Connection, values Values) (aircon.Connection, error) {
	w := want{id: c.ID, connection: c}
	conn, err := w.connectionOf(values, reader{}, aircon.Secret{})
	if c.Description != nil {
		conn.Description = aircon.Text(*c.Description)
	}
	return conn, err
}

// holdsSecret reports whether a value of extra may hold a secret somewhere inside, by the names of its members.
func holdsSecret(v aircon.Value) bool {
	for _, m := range v.Members() {
		if seemsSecret(m.Key) || holdsSecret(m.Value) {
			return true
		}
	}
	for _, item := range v.List() {
		if holdsSecret(item) {
			return true
		}
	}
	return false
}

// plainKind reports whether a value is one that no secret has: a number, a truth value, null, or nothing.
func plainKind(v aircon.Value) bool {
	switch v.Kind() {
	case aircon.TextValue, aircon.ListValue, aircon.ObjectValue:
		return !v.IsTrue() || strings.TrimSpace(v.Reveal()) == ""
	}
	return true
}
