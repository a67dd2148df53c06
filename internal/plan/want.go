package plan

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"aircon"
	"aircon/internal/spec"
)

// want is one secret that the spec declares.
type want struct {
	name        string // of the secret
	id          string
	description *string // nil: left as it is
	kmsKey      string  // "" for the account's aws/secretsmanager
	connection  *spec.Connection
	variable    *spec.Variable
	whole       *Whole
}

// wants lists the secrets that an environment declares, connections first, in the order of the spec.
func wants(e *spec.Environment) []want {
	var all []want
	for _, c := range e.Connections {
		all = append(all, want{name: e.ConnectionsPrefix().Name(c.ID), id: c.ID, description: c.Description, kmsKey: c.KMSKey, connection: c})
	}
	for _, v := range e.Variables {
		w := want{name: e.VariablesPrefix().Name(v.Key), id: v.Key, kmsKey: v.KMSKey, variable: v}
		if v.Description != "" {
			w.description = &v.Description
		}
		all = append(all, w)
	}
	return all
}

// kept is an environment with what aircon writes of it. What is asked for by ARN is another account's to write.
func kept(e *spec.Environment) *spec.Environment {
	k := *e
	if e.ConnectionsPrefix().ByARN() {
		k.Connections = nil
	}
	if e.VariablesPrefix().ByARN() {
		k.Variables = nil
	}
	return &k
}

// errNothingToKeep says that a spec keeps what does not exist.
var errNothingToKeep = errors.New("the spec says {keep: true}, but there is nothing to keep")

// text returns what the secret shall hold. Current is what it holds, a null secret where it does not exist; a kept password comes from there.
func (w *want) text(values Values, r reader, current aircon.Secret) (aircon.Secret, error) {
	text, err := w.anyText(values, r, current)
	if size := len(text.Reveal()); err == nil && size > spec.MaxSecret {
		err = fmt.Errorf("it would have %d bytes; a secret holds %d", size, spec.MaxSecret)
	}
	return text, err
}

func (w *want) anyText(values Values, r reader, current aircon.Secret) (aircon.Secret, error) {
	if w.variable != nil {
		return w.variableText(values, current)
	}
	if w.whole != nil {
		return w.whole.Text, nil
	}
	conn, err := w.connectionOf(values, r, current)
	if err != nil {
		return aircon.Secret{}, err
	}
	write := conn.JSON
	if !w.connection.AsJSON() {
		write = conn.URI
	}
	text, err := write(r.rt)
	if err != nil {
		return aircon.Secret{}, fmt.Errorf("write it as %s: %w", w.format(), err)
	}
	if lost := r.differs(w.id, conn, text); len(lost) > 0 {
		if w.connection.AsJSON() {
			return aircon.Secret{}, fmt.Errorf("another %s than the spec says is what Airflow %s would read from the secret; write it as Airflow does, such as  conn_type: postgres", strings.Join(lost, ", "), r.rt.Airflow)
		}
		return aircon.Secret{}, fmt.Errorf("written as %s, Airflow %s would read another %s; use  format: json", w.format(), r.rt.Airflow, strings.Join(lost, ", "))
	}
	return text, nil
}

func (w *want) format() string {
	if w.connection.AsJSON() {
		return "json"
	}
	return "uri"
}

func (w *want) variableText(values Values, current aircon.Secret) (aircon.Secret, error) {
	switch v := w.variable; {
	case v.Value != nil:
		return aircon.NewSecret(*v.Value), nil
	case v.JSON != nil:
		return v.JSON.Text(), nil
	default:
		if secret, ok := values[v.Secret]; ok {
			return secret, nil
		}
		if current.IsNull() {
			return current, errNothingToKeep
		}
		return current, nil
	}
}

// connectionOf makes Airflow's connection of what the spec says.
func (w *want) connectionOf(values Values, r reader, current aircon.Secret) (aircon.Connection, error) {
	if w.whole != nil {
		return w.whole.Conn, nil
	}
	c := w.connection
	conn := aircon.Connection{ID: aircon.Text(c.ID), Type: aircon.Text(c.ConnType), Host: field(c.Host), Login: field(c.Login), Schema: field(c.Schema)}
	if c.Port != nil {
		conn.Port = aircon.Int(*c.Port)
	}
	kept := sync.OnceValues(func() (aircon.Connection, error) { return r.stored(w.id, current) })
	if c.Password != nil {
		secret, ok := values[c.Password]
		if !ok {
			stored, err := kept()
			if err != nil {
				return conn, err
			}
			secret = stored.Password
		}
		conn.Password = secret
	}
	extra, err := extraOf(c, values, kept)
	if err != nil {
		return conn, err
	}
	if extra != "" {
		conn.Extra = aircon.NewExtra(extra)
	}
	return conn, nil
}

func field(s *string) aircon.Field {
	if s == nil {
		return aircon.Field{}
	}
	return aircon.Text(*s)
}

// extraOf joins extra and secret_extra into one JSON object, or "" where there is neither.
func extraOf(c *spec.Connection, values Values, kept func() (aircon.Connection, error)) (string, error) {
	var members []string
	if c.Extra != nil {
		inner := strings.TrimSuffix(strings.TrimPrefix(c.Extra.Text().Reveal(), "{"), "}")
		if inner != "" {
			members = append(members, inner)
		}
	}
	for _, s := range c.SecretExtra {
		value, err := secretMember(s, values, kept)
		if err != nil {
			return "", err
		}
		members = append(members, spec.QuoteJSON(s.Key)+": "+value)
	}
	if c.Extra == nil && len(members) == 0 {
		return "", nil
	}
	return "{" + strings.Join(members, ", ") + "}", nil
}

func secretMember(s *spec.SecretField, values Values, kept func() (aircon.Connection, error)) (string, error) {
	if secret, ok := values[&s.Source]; ok {
		return spec.QuoteJSON(secret.Reveal()), nil
	}
	stored, err := kept()
	if err != nil {
		return "", err
	}
	members, err := stored.Extra.Members()
	if err != nil {
		return "", err
	}
	for _, m := range members {
		if m.Key == s.Key {
			return m.Value.JSON().Reveal(), nil
		}
	}
	return "", fmt.Errorf("%s: %w", s.Key, errNothingToKeep)
}
