// Package backend puts the oracle's cases of kinds backend and search to package lookup.
package backend

import (
	"context"
	"errors"

	"aircon"
	"aircon/internal/oracle/codec"
	"aircon/internal/py"
	"aircon/lookup"
)

// Answer answers a case of kind backend or search as Airflow's version would.
func Answer(version string, c *py.Dict) any {
	if text(c, "kind") == "search" {
		return search(version, c)
	}
	return ask(version, c)
}

// kinds are the keys under which a case names what it asks for.
var kinds = []struct {
	key  string
	kind lookup.Kind
}{{"conn_id", lookup.Connection}, {"variable", lookup.Variable}, {"config", lookup.Option}}

// ask answers a case of kind backend: SecretsManagerBackend alone, without a search around it.
func ask(version string, c *py.Dict) any {
	rt := runtime(version, text(c, "via") == "sdk")
	b, err := lookup.NewBackend(aircon.NewSecret(py.Dumps(dict(c, "kwargs"))), rt)
	if err != nil {
		out := failure(err, "init")
		out.Set("asked", []any{})
		return out
	}
	on, _ := c.Get("multi_team")
	b.MultiTeam = py.Truth(on)
	v := &vault{dict(c, "secrets")}
	q := lookup.Asking{Team: text(c, "team_name"), Open: v.open}
	for _, k := range kinds {
		if id, is := c.Get(k.key); is {
			q.Kind, q.ID = k.kind, id.(string)
		}
	}
	var e lookup.Entry
	value, is, err := b.Ask(context.Background(), q, &e)
	if err != nil {
		panic(err)
	}
	out := new(py.Dict)
	switch {
	case e.Result == lookup.Raised:
		out = failure(e.Problem, "")
	case q.Kind != lookup.Connection:
		out.Set("value", given(value, is))
	default:
		out = readConnection(b, q.ID, value, is, rt)
	}
	out.Set("asked", asked(e))
	if client := clientOf(b); client.Len() > 0 && len(e.Asked) > 0 {
		out.Set("client", client)
	}
	return out
}

func readConnection(b *lookup.Backend, id string, value aircon.Secret, is bool, rt aircon.Runtime) *py.Dict {
	out := new(py.Dict)
	if !is {
		return out
	}
	reading := b.ReadConnection(id, value)
	if reading.Problem != nil {
		return failure(reading.Problem, "")
	}
	out.Set("value", given(reading.Value, true))
	if !reading.Empty {
		out.Set("connection", codec.Describe(reading.Conn, rt))
	}
	return out
}

func given(value aircon.Secret, is bool) any {
	if !is {
		return nil
	}
	return value.Reveal()
}

func asked(entries ...lookup.Entry) []any {
	names := []any{}
	for _, e := range entries {
		for _, ask := range e.Asked {
			if e.Class == "" || e.Class == "SecretsManagerBackend" {
				names = append(names, ask.Name)
			}
		}
		if e.Server != nil {
			names = append(names, asked(e.Server.Entries...)...)
		}
	}
	return names
}

// clientOf is how the kwargs make the client, as the oracle writes it.
func clientOf(b *lookup.Backend) *py.Dict {
	client, err := b.Client()
	if err != nil {
		return new(py.Dict)
	}
	out := parsed(client.Session())
	if arguments := parsed(client.Arguments()); arguments.Len() > 0 {
		out.Set("client_kwargs", arguments)
	}
	return out
}

func parsed(text string) *py.Dict {
	value, err := py.Loads(text)
	if err != nil {
		panic(err)
	}
	return value.(*py.Dict)
}

func runtime(version string, worker bool) aircon.Runtime {
	rt, err := aircon.RuntimeFor(version)
	if err != nil {
		panic(err)
	}
	if worker {
		rt.Side = aircon.Worker
	}
	return rt
}

// failure is an answer that says that Airflow fails.
func failure(err error, stage string) *py.Dict {
	out := new(py.Dict)
	if stage != "" {
		out.Set("stage", stage)
	}
	class := "Exception"
	if problem := (*lookup.Problem)(nil); errors.As(err, &problem) && problem.Code != "" {
		class = problem.Code
	}
	out.Set("error", class)
	out.Set("message", err.Error())
	return out
}
