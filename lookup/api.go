package lookup

import (
	"context"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// executionAPI is what a worker of Airflow 3 asks last: the API server, which searches on its own side, with its own credentials.
type executionAPI struct{ s *Search }

func (*executionAPI) class() string     { return "ExecutionAPISecretsBackend" }
func (*executionAPI) side() aircon.Side { return aircon.Server }

// listed reports whether the Execution API is one of the backends, as from 3.2, or is asked after they all failed, as in 3.0.
func (a *executionAPI) listed() bool { return a.s.rt.Airflow.AtLeast(3, 2) }

func (a *executionAPI) connection(ctx context.Context, id string, e *Entry) (found, error) {
	a.logAsked("Connection", e)
	seen, routed := Routed(Connection, id, a.s.rt)
	if !routed {
		a.refused(e)
		return found{}, nil
	}
	t, err := a.s.server.Connection(ctx, seen)
	a.asked(t, e)
	if err != nil {
		return found{}, err
	}
	conn := t.Conn
	switch {
	case t.plain != nil:
		conn = *t.plain
	case t.Outcome != Found:
		return a.notServed(t, e), nil
	}
	conn, problem := served(conn)
	if problem != nil {
		return a.broken(problem, e), nil
	}
	e.Asked[0].Result = Present
	return found{is: true, conn: conn, notes: t.Notes, holder: aircon.Worker}, nil
}

func (a *executionAPI) variable(ctx context.Context, key string, e *Entry) (found, error) {
	a.logAsked("Variable", e)
	seen, routed := Routed(Variable, key, a.s.rt)
	if !routed {
		a.refused(e)
		return found{}, nil
	}
	t, err := a.s.server.Variable(ctx, seen, false)
	a.asked(t, e)
	if err != nil {
		return found{}, err
	}
	if t.Outcome != Found {
		return a.notServed(t, e), nil
	}
	if py.HasSurrogate(t.Value.Reveal()) {
		return a.broken(&Problem{Step: StepServe, Code: "500", Message: "the text holds a lone surrogate, which cannot be sent"}, e), nil
	}
	e.Asked[0].Result = Present
	return found{is: true, value: t.Value}, nil
}

// logAsked notes what 3.0 logs before it asks.
func (a *executionAPI) logAsked(what string, e *Entry) {
	e.Result = Absent
	if !a.listed() {
		e.Log = append(e.Log, Line{Level: "debug", Text: what + " not found in any of the configured Secrets Backends. Trying to retrieve from API server"})
	}
}

// asked puts the server's search into the entry. Its warnings are among the worker's already.
func (a *executionAPI) asked(t *Trace, e *Entry) {
	t.Warnings = nil
	e.Server, e.Asked = t, []Ask{{Name: t.ID, Result: Absent}}
}

func (a *executionAPI) refused(e *Entry) { e.Result, e.Reason = Skipped, IDNotRoutable }

// notServed is the server's search without a result.
func (a *executionAPI) notServed(t *Trace, e *Entry) found {
	if t.Outcome == Uncertain {
		e.Result, e.Reason = Unchecked, NoAccess
		return found{}
	}
	if t.Outcome == Failed {
		return a.broken(&Problem{Step: StepServe, Code: "500", Message: "the server raises " + t.Error.Class + ": " + t.Error.Message}, e)
	}
	return found{}
}

// broken is an answer 500: fatal in 3.0, and nothing with nobody told from 3.2.
func (a *executionAPI) broken(problem *Problem, e *Entry) found {
	e.Result, e.Problem = Hidden, problem
	if len(e.Asked) > 0 {
		e.Asked[0].Result, e.Asked[0].Problem = Raised, problem
	}
	if a.listed() {
		return found{}
	}
	e.Result = Raised
	return found{fatal: &AirflowError{Class: "AirflowRuntimeError", Message: "API_SERVER_ERROR: {'status_code': 500, 'message': 'Server returned error'}"}}
}

// served is a connection as it comes through the Execution API: without description, and only if its type is text, its other
// fields text or null, and its port a number or null.
func served(conn aircon.Connection) (aircon.Connection, *Problem) {
	refuse := func(field, want string) *Problem {
		return &Problem{Step: StepServe, Code: "500", Message: "the Execution API refuses a connection whose " + field + " is not " + want}
	}
	if !conn.Type.IsText() {
		return conn, refuse("conn_type", "text")
	}
	for _, f := range []struct {
		name  string
		field aircon.Field
	}{{"conn_id", conn.ID}, {"host", conn.Host}, {"login", conn.Login}, {"schema", conn.Schema}} {
		if !f.field.IsNull() && !f.field.IsText() || f.name == "conn_id" && f.field.IsNull() {
			return conn, refuse(f.name, "text")
		}
	}
	for _, text := range []string{
		conn.ID.String(), conn.Type.String(), conn.Host.String(), conn.Login.String(), conn.Schema.String(),
		conn.Password.Reveal(), conn.Extra.Text().Reveal(),
	} {
		if py.HasSurrogate(text) {
			return conn, refuse("text", "free of lone surrogates")
		}
	}
	if conn.Port.IsText() {
		digits, err := py.Int(conn.Port.String())
		if err != nil {
			return conn, refuse("port", "a number")
		}
		conn.Port = aircon.Number(string(digits))
	}
	conn.Description = aircon.Field{}
	return conn, nil
}

// Routed returns what the Execution API of Airflow 3 looks up when a worker asks it for an id, and false where no route leads to a lookup.
func Routed(kind Kind, id string, rt aircon.Runtime) (string, bool) {
	if kind == Connection {
		return routedID("connections/", id, false)
	}
	seen, routed := routedID("variables/", id, rt.Airflow.AtLeast(3, 2))
	return seen, routed && (seen != "keys" || !rt.Airflow.AtLeast(3, 3)) // there, /variables/keys lists all keys
}

// routedID is the id that the Execution API sees when a worker asks for path + id: the client writes the id into a URL without quoting
// it, so that it ends at ? or #, loses . and .. as path segments, and is decoded where it holds an escape. A slash leads to no
// route, but where slashes are allowed. It reports false where no route is found.
func routedID(path, id string, slashes bool) (string, bool) {
	url := path + id
	if end := strings.IndexAny(url, "?#"); end >= 0 {
		url = url[:end]
	}
	for _, r := range url {
		if r < ' ' || r == 0x7f { // not a URL at all
			return "", false
		}
	}
	raw, is := strings.CutPrefix(withoutDots("/"+url), "/"+path)
	if !is {
		return "", false
	}
	seen := py.Unquote(raw) // which leaves percent signs that start no escape, as the client does
	return seen, seen != "" && (slashes || !strings.Contains(seen, "/"))
}

// withoutDots drops the segments . and .. from a path.
func withoutDots(path string) string {
	var kept []string
	for _, segment := range strings.Split(path, "/") {
		switch {
		case segment == ".":
		case segment == ".." && len(kept) > 0 && (len(kept) > 1 || kept[0] != ""):
			kept = kept[:len(kept)-1]
		case segment == "..":
		default:
			kept = append(kept, segment)
		}
	}
	return strings.Join(kept, "/")
}
