// Package codec puts the oracle's cases of the kinds uri, json and fields to package aircon, and writes connections as the
// oracle does. [Answer] is for tests and tools/oracle; [Build] and [Describe] serve the other kinds' packages too.
package codec

import (
	"errors"

	"aircon"
	"aircon/internal/py"
)

// Runtime returns the runtime of an Airflow version, on the side that a case's "via" names: models or sdk.
// It panics for a version without an image.
func Runtime(version string, c *py.Dict) aircon.Runtime {
	rt, err := aircon.RuntimeFor(version)
	if err != nil {
		panic(err)
	}
	if via, _ := c.Get("via"); via == "sdk" {
		rt.Side = aircon.Worker
	}
	return rt
}

// errAbsent tells of something that an Airflow version does not have.
var errAbsent = errors.New("absent")

// Absent reports whether a version lacks what a case asks for: the Task SDK in 2.x, its from_uri and from_json in 3.0.
func Absent(rt aircon.Runtime, c *py.Dict) bool {
	if rt.Side != aircon.Worker {
		return false
	}
	_, isFields := c.Get("fields")
	return !rt.Airflow.AtLeast(3, 0) || !isFields && !rt.Airflow.AtLeast(3, 2)
}

// Build makes the connection that a case describes by "uri", "json" or "fields".
func Build(rt aircon.Runtime, c *py.Dict) (aircon.Connection, error) {
	if Absent(rt, c) {
		return aircon.Connection{}, errAbsent
	}
	id, _ := c.Get("conn_id")
	text := func(key string) (string, bool) {
		value, _ := c.Get(key)
		s, is := value.(string)
		return s, is
	}
	idText, _ := id.(string)
	if uri, is := text("uri"); is {
		conn, _, err := aircon.ParseURI(uri, idText, rt)
		return conn, err
	}
	if json, is := text("json"); is {
		conn, _, err := aircon.ParseJSON(json, idText, rt)
		return conn, err
	}
	arguments := py.NewDict()
	if id != nil {
		arguments.Set("conn_id", id)
	}
	fields, _ := c.Get("fields")
	given, _ := fields.(*py.Dict)
	for key, value := range given.All() {
		arguments.Set(key, value)
	}
	conn, _, err := aircon.New(py.Dumps(arguments), rt)
	return conn, err
}

// Answer answers a case of kind uri, json or fields.
func Answer(version string, c *py.Dict) any {
	rt := Runtime(version, c)
	conn, err := Build(rt, c)
	if errors.Is(err, errAbsent) {
		return py.NewDict(py.Item{Key: "absent", Value: "sdk"})
	}
	if err != nil {
		return Failure(err)
	}
	out := Describe(conn, rt)
	if kind, _ := c.Get("kind"); kind == "fields" {
		addShapes(out, conn, rt)
	}
	return out
}

// Failure is the answer where Airflow raises.
func Failure(err error) *py.Dict {
	return py.NewDict(py.Item{Key: "error", Value: "aircon"}, py.Item{Key: "message", Value: err.Error()})
}

// Describe writes a connection as answers do: its fields but those that are null, its extra read, its URI, and under "raises"
// what fails.
func Describe(conn aircon.Connection, rt aircon.Runtime) *py.Dict {
	out := new(py.Dict)
	for _, f := range []struct {
		key   string
		field aircon.Field
	}{
		{"conn_id", conn.ID},
		{"conn_type", conn.Type},
		{"description", conn.Description},
		{"host", conn.Host},
		{"login", conn.Login},
		{"schema", conn.Schema},
		{"port", conn.Port},
		{"password", conn.Password.RevealField()},
	} {
		if !f.field.IsNull() {
			out.Set(f.key, fieldValue(f.field))
		}
	}
	if !conn.Extra.IsNull() {
		out.Set("extra", Plain(conn.Extra.Value()))
	}
	if conn.Extra.IsTrue() {
		put(out, "extra_dejson", func() (any, error) {
			value, err := conn.Extra.Decode(rt)
			return Plain(value), err
		})
	}
	put(out, "get_uri", func() (any, error) {
		uri, err := conn.URI(rt)
		return uri.Reveal(), err
	})
	return out
}

func fieldValue(f aircon.Field) any {
	switch {
	case f.IsNumber():
		return plain(py.ParseNumber(f.String()))
	case f.IsTruth():
		return f.IsTrue()
	}
	return f.String()
}

// put sets a key to what get returns, or notes under "raises" that it fails.
func put(out *py.Dict, key string, get func() (any, error)) {
	value, err := get()
	if err == nil {
		out.Set(key, value)
		return
	}
	raises, found := out.Get("raises")
	if !found {
		raises = new(py.Dict)
		out.Set("raises", raises)
	}
	raises.(*py.Dict).Set(key, Failure(err))
}

// addShapes adds what only cases of kind fields ask for.
func addShapes(out *py.Dict, conn aircon.Connection, rt aircon.Runtime) {
	if rt.Side == aircon.Server || rt.Airflow.AtLeast(3, 2) {
		put(out, "as_json", func() (any, error) {
			text, err := conn.JSON(rt)
			return text.Reveal(), err
		})
		put(out, "to_dict", func() (any, error) {
			text, err := conn.Dict(rt)
			if err != nil {
				return nil, err
			}
			value, err := py.Loads(text.Reveal())
			return plain(value), err
		})
	}
	if rt.Side == aircon.Worker {
		return
	}
	put(out, "env_name", func() (any, error) {
		if conn.ID.IsNull() {
			return nil, errors.New("no id")
		}
		return aircon.EnvName(conn.ID.String()), nil
	})
	for key, export := range map[string]aircon.Export{
		"export_env_uri": aircon.ExportEnvURI, "export_env_json": aircon.ExportEnvJSON, "export_json": aircon.ExportJSON,
	} {
		put(out, key, func() (any, error) {
			text, err := export.Write(rt, conn)
			return text.Reveal(), err
		})
	}
}

// Plain writes a value as answers do: what JSON cannot hold is an object, such as {"$float": "nan"}.
func Plain(value aircon.Value) any {
	loaded, err := py.Loads(value.JSON().Reveal())
	if err != nil {
		panic(err) // it was written a line above
	}
	return plain(loaded)
}

func plain(value any) any {
	switch v := value.(type) {
	case float64:
		if text := py.FloatRepr(v); text == "nan" || text == "inf" || text == "-inf" {
			return py.NewDict(py.Item{Key: "$float", Value: text})
		}
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = plain(item)
		}
		return out
	case *py.Dict:
		out := new(py.Dict)
		for key, item := range v.All() {
			out.Set(key, plain(item))
		}
		return out
	}
	return value
}
