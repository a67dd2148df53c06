// Package hook puts the oracle's cases of the kind hook to package pghook: for tests and tools/oracle.
package hook

import (
	"context"

	"aircon"
	"aircon/internal/oracle/codec"
	"aircon/internal/py"
	"aircon/pghook"
)

// Answer answers a case of kind hook.
func Answer(version string, c *py.Dict) any {
	rt := codec.Runtime(version, c)
	spec := object(c, "connection")
	build := py.NewDict(py.Item{Key: "conn_id", Value: "pg"})
	for key, value := range spec.All() {
		build.Set(key, value)
	}
	if via, given := c.Get("via"); given {
		build.Set("via", via)
	}
	if codec.Absent(rt, build) {
		return py.NewDict(py.Item{Key: "absent", Value: "sdk"})
	}
	conn, err := codec.Build(rt, build)
	if err != nil {
		out := codec.Failure(err)
		out.Set("stage", "connection")
		return out
	}
	return ask(conn, rt, object(c, "hook"))
}

func object(c *py.Dict, key string) *py.Dict {
	value, _ := c.Get(key)
	dict, _ := value.(*py.Dict)
	return dict
}

// ask calls get_conn's half and get_uri's of the hook, each with its own token source.
func ask(conn aircon.Connection, rt aircon.Runtime, arguments *py.Dict) *py.Dict {
	out := new(py.Dict)
	tokens := new(source)
	hook, err := newHook(arguments, tokens)
	if err != nil {
		return codec.Failure(err)
	}
	ctx := context.Background()
	args, err := pghook.NewArguments(ctx, conn, rt, hook)
	if err != nil {
		out.Set("connect", codec.Failure(err))
	} else {
		out.Set("connect", py.NewDict(
			py.Item{Key: "driver", Value: rt.Driver.Name},
			py.Item{Key: "kwargs", Value: plain(args.JSON())},
		))
		out.Set("dsn", textOr(args.DSN()))
	}
	tokens.note(out, "iam")
	out.Set("get_uri", textOr(pghook.URI(ctx, conn, rt, hook)))
	tokens.note(out, "get_uri_iam")
	return out
}

func textOr(text aircon.Secret, err error) any {
	if err != nil {
		return codec.Failure(err)
	}
	return text.Reveal()
}

func newHook(arguments *py.Dict, tokens *source) (pghook.Hook, error) {
	hook := pghook.Hook{Tokens: tokens}
	field := func(key string) (aircon.Field, error) {
		value, _ := arguments.Get(key)
		return fieldOf(value)
	}
	var err error
	if hook.Database, err = field("database"); err != nil {
		return hook, err
	}
	if hook.Options, err = field("options"); err != nil {
		return hook, err
	}
	if _, given := arguments.Get("schema"); given {
		schema, err := field("schema")
		if err != nil {
			return hook, err
		}
		hook.Schema = &schema
	}
	return hook, nil
}
