package backend

import (
	"context"
	"maps"

	"aircon"
	"aircon/internal/oracle/codec"
	"aircon/internal/py"
	"aircon/lookup"
)

// search answers a case of kind search: the whole search path of a server or a worker.
func search(version string, c *py.Dict) any {
	rt := runtime(version, text(c, "side") == "worker")
	if rt.Side == aircon.Worker && rt.Airflow.Major < 3 {
		return py.NewDict(py.Item{Key: "absent", Value: "worker side"})
	}
	rows, err := newRows(c, rt)
	if err != nil {
		return failure(err, "metastore")
	}
	v := &vault{dict(c, "secrets")}
	ctx := context.Background()
	s, err := lookup.Open(ctx, lookup.Options{
		Runtime: rt, Env: environment(c), Secrets: v.open, Metastore: rows, Team: text(c, "team_name"), Run: echo, Default: airflowDefault,
	})
	if err != nil {
		panic(err)
	}
	t, err := look(ctx, s, c)
	if err != nil {
		panic(err)
	}
	return answer(s, t, c)
}

// look asks as the case does.
func look(ctx context.Context, s *lookup.Search, c *py.Dict) (*lookup.Trace, error) {
	if id, is := c.Get("conn_id"); is {
		return s.Connection(ctx, id.(string))
	}
	if key, is := c.Get("variable"); is {
		deserialize, _ := c.Get("deserialize_json")
		return s.Variable(ctx, key.(string), py.Truth(deserialize))
	}
	return s.Option(ctx, "smtp", text(c, "config")[len("smtp."):])
}

// environment is the process's as oracle.py sets it, for what cases name.
func environment(c *py.Dict) map[string]string {
	env := map[string]string{"HOME": "/root"}
	maps.Copy(env, texts(c, "env"))
	return env
}

// airflowDefault is Airflow's default of the options that cases ask for.
func airflowDefault(section, option string) (string, bool) {
	text, is := map[string]string{"smtp.smtp_host": "localhost"}[section+"."+option]
	return text, is
}

// answer writes a trace as the oracle does.
func answer(s *lookup.Search, t *lookup.Trace, c *py.Dict) any {
	out := new(py.Dict)
	if t.Outcome == lookup.NotStarted {
		out.Set("stage", "start")
	} else {
		out.Set("backends", backends(s))
	}
	switch {
	case t.Error != nil:
		out.Set("error", t.Error.Class)
		out.Set("message", t.Error.Message)
	case t.Kind == lookup.Connection:
		rt := t.Runtime
		rt.Side = t.Holder
		out.Set("class", map[aircon.Side]any{aircon.Server: "models", aircon.Worker: "sdk"}[t.Holder])
		out.Set("connection", codec.Describe(t.Conn, rt))
	default:
		out.Set("value", value(t, c))
	}
	if names := asked(t.Entries...); len(names) > 0 {
		out.Set("asked", names)
	}
	if names := apiAsked(t); len(names) > 0 {
		out.Set("api_asked", names)
	}
	if lines := logged(t); len(lines) > 0 {
		out.Set("logged", lines)
	}
	return out
}

func backends(s *lookup.Search) []any {
	var names []any
	for _, name := range s.Backends() {
		names = append(names, name)
	}
	return names
}

// value is a variable's or an option's.
func value(t *lookup.Trace, c *py.Dict) any {
	if deserialize, _ := c.Get("deserialize_json"); !py.Truth(deserialize) {
		return t.Value.Reveal()
	}
	decoded, err := aircon.NewExtra(t.Value.Reveal()).Decode(t.Runtime)
	if err != nil {
		panic(err)
	}
	return codec.Plain(decoded)
}

// apiAsked is what a worker asked the Execution API.
func apiAsked(t *lookup.Trace) []any {
	for _, e := range t.Entries {
		if e.Class == "ExecutionAPISecretsBackend" && e.Result != lookup.NotReached {
			return []any{t.ID}
		}
	}
	return nil
}

// logged is what Airflow logs about it, on both sides, each line once.
func logged(t *lookup.Trace) []any {
	var lines []any
	seen := map[lookup.Line]bool{}
	add := func(line lookup.Line) {
		if line.Cause = false; !seen[line] {
			seen[line] = true
			lines = append(lines, []any{line.Level, line.Text})
		}
	}
	for _, w := range t.Warnings {
		if w.Log != nil {
			add(*w.Log)
		}
	}
	walk(t, add)
	return lines
}

func walk(t *lookup.Trace, add func(lookup.Line)) {
	for _, e := range t.Entries {
		for _, line := range e.Log {
			add(line)
		}
		if e.Server != nil {
			walk(e.Server, add)
		}
	}
}
