package pghook

import (
	"context"
	"fmt"
	"slices"

	"aircon"
	"aircon/internal/py"
)

// Hook holds the arguments of PostgresHook's own constructor. The zero value is PostgresHook(conn_id).
type Hook struct {
	// Database is the hook's database; null means the connection's schema.
	Database aircon.Field
	// Schema is the hook's old name for Database, nil where it was not given. Up to provider 5 it replaces Database, even by null; from
	// provider 6 it is ignored without a word.
	Schema *aircon.Field
	// Options are command-line options for the server, such as "-c search_path=x".
	Options aircon.Field
	// Tokens gives the password where the extra says iam. Nil makes such a connection an error.
	Tokens TokenSource
}

// features are what PostgresHook's releases do differently, as the provider's own packages show: 5.11.1 to 5.14.0, 6.0.0 to 6.6.3, 7.0.1.
type features struct {
	ignored         []string // extras that are not passed on
	schemaIsName    bool     // PostgresHook(schema=…) means database
	serverless      bool     // the extra redshift-serverless counts
	query           bool     // the extra sqlalchemy_query goes into get_uri
	cursorWins      bool     // over a cursor_factory in the extra
	textInURI       bool     // get_uri turns fields of other types into text
	azure           bool     // the extra azure_conn_id counts
	tokenInURI      bool     // iam counts in get_uri too
	hostMayMiss     bool     // where cluster-identifier or workgroup-name is given
	realDictRefused bool     // psycopg 3 has no such cursor
}

func featuresOf(rt aircon.Runtime) features {
	since := func(major, minor, patch int) bool {
		return rt.Postgres.Compare(aircon.Version{Major: major, Minor: minor, Patch: patch}) >= 0
	}
	f := features{
		ignored:         []string{"iam", "redshift", "cursor", "cluster-identifier", "aws_conn_id"},
		schemaIsName:    !since(6, 0, 0),
		serverless:      since(5, 14, 0),
		query:           since(6, 0, 0),
		cursorWins:      since(6, 3, 0),
		textInURI:       since(6, 3, 0),
		azure:           since(6, 4, 0),
		tokenInURI:      since(6, 4, 0),
		hostMayMiss:     since(6, 6, 2),
		realDictRefused: isPsycopg3(rt),
	}
	if f.serverless {
		f.ignored = append(f.ignored, "redshift-serverless", "workgroup-name")
	}
	if f.query {
		f.ignored = append(f.ignored, "sqlalchemy_scheme", "sqlalchemy_query")
	}
	if f.azure {
		f.ignored = append(f.ignored, "azure_conn_id")
	}
	return f
}

// isPsycopg3 reports whether the hook connects through psycopg 3 and not psycopg2.
func isPsycopg3(rt aircon.Runtime) bool { return rt.Driver.Name == "psycopg" }

// session is one use of the hook: the connection as Python has it, with what the hook changes in it.
type session struct {
	rt                          aircon.Runtime
	features                    features
	tokens                      TokenSource
	host, login, password, port any
	database                    any // of the hook
	schema                      any
	options                     any
	extra                       *py.Dict
}

func newSession(conn aircon.Connection, rt aircon.Runtime, hook Hook) (*session, error) {
	s := &session{
		rt: rt, features: featuresOf(rt), tokens: hook.Tokens,
		host: value(conn.Host), login: value(conn.Login), password: value(conn.Password.RevealField()), port: value(conn.Port),
		database: value(hook.Database), schema: value(conn.Schema), options: value(hook.Options),
	}
	if hook.Schema != nil && s.features.schemaIsName {
		s.database = value(*hook.Schema)
	}
	var err error
	s.extra, err = extraOf(conn, rt)
	return s, err
}

// extraOf is extra_dejson, which the hook takes for an object.
func extraOf(conn aircon.Connection, rt aircon.Runtime) (*py.Dict, error) {
	decoded, err := conn.Extra.Decode(rt)
	if err != nil {
		return nil, err
	}
	loaded, err := py.Loads(decoded.JSON().Reveal())
	if err != nil {
		return nil, err
	}
	dict, ok := loaded.(*py.Dict)
	if !ok {
		return nil, fmt.Errorf("extra holds %s where PostgresHook needs a JSON object", py.TypeName(loaded))
	}
	return dict, nil
}

// get returns one of the extras, nil where it is missing or null.
func (s *session) get(name string) any {
	v, _ := s.extra.Get(name)
	return v
}

// Arguments are what PostgresHook passes to the driver's connect, in order. They hold the password.
type Arguments struct {
	rt   aircon.Runtime
	dict *py.Dict
}

// NewArguments does what PostgresHook.get_conn does before it connects. It fails where that raises: an extra that is no
// object, an invalid cursor, a token that cannot be had.
func NewArguments(ctx context.Context, conn aircon.Connection, rt aircon.Runtime, hook Hook) (Arguments, error) {
	s, err := newSession(conn, rt, hook)
	if err != nil {
		return Arguments{}, err
	}
	if py.Truth(s.get("iam")) {
		if err := s.takeToken(ctx); err != nil {
			return Arguments{}, err
		}
	}
	args := py.NewDict(
		py.Item{Key: "host", Value: s.host}, py.Item{Key: "user", Value: s.login}, py.Item{Key: "password", Value: s.password},
		py.Item{Key: "dbname", Value: or(s.database, s.schema)}, py.Item{Key: "port", Value: s.port},
	)
	if py.Truth(s.options) {
		args.Set("options", s.options)
	}
	factory, err := s.cursor()
	if err != nil {
		return Arguments{}, err
	}
	if factory.Key != "" && !s.features.cursorWins {
		args.Set(factory.Key, factory.Value)
	}
	for name, v := range s.extra.All() {
		if !slices.Contains(s.features.ignored, name) {
			args.Set(name, v)
		}
	}
	if factory.Key != "" && s.features.cursorWins {
		args.Set(factory.Key, factory.Value)
	}
	return Arguments{rt, args}, nil
}

// cursors are the values of the extra cursor, and the Python objects that they stand for.
var cursors = []struct{ name, psycopg2, psycopg3 string }{
	{"dictcursor", "psycopg2.extras.DictCursor", "psycopg.rows.dict_row"},
	{"realdictcursor", "psycopg2.extras.RealDictCursor", ""},
	{"namedtuplecursor", "psycopg2.extras.NamedTupleCursor", "psycopg.rows.namedtuple_row"},
}

// cursor returns the driver's argument for the extra cursor; its key is empty where there is none.
func (s *session) cursor() (py.Item, error) {
	raw := s.get("cursor")
	if !py.Truth(raw) {
		return py.Item{}, nil
	}
	text, ok := raw.(string)
	if !ok {
		return py.Item{}, fmt.Errorf("extra cursor holds %s where PostgresHook needs text", py.TypeName(raw))
	}
	var valid []string
	for _, c := range cursors {
		key, object := "cursor_factory", c.psycopg2
		if s.features.realDictRefused {
			key, object = "row_factory", c.psycopg3
		}
		if object == "" {
			continue
		}
		if py.Lower(text) == c.name {
			return py.Item{Key: key, Value: pythonObject(object)}, nil
		}
		valid = append(valid, c.name)
	}
	return py.Item{}, fmt.Errorf("extra cursor is none of those that PostgresHook takes with %s: %q", s.rt.Driver.Name, valid)
}

// pythonObject stands for a Python object in the arguments.
func pythonObject(name string) any { return py.NewDict(py.Item{Key: "$object", Value: name}) }

// JSON returns the arguments as Python's json.dumps writes them; a Python object is {"$object": its name}.
func (a Arguments) JSON() aircon.Secret { return aircon.NewSecret(py.Dumps(a.dict)) }

// UnknownExtras returns the keys of a connection's extra that PostgresHook hands on and neither the driver nor its libpq takes, in their
// order, and nothing where extra is no object. For each of them the driver raises "invalid connection option" before it connects.
func UnknownExtras(conn aircon.Connection, rt aircon.Runtime) []string {
	members, err := conn.Extra.Members()
	if err != nil {
		return nil
	}
	var unknown []string
	for _, m := range members {
		if m.Value.Kind() != aircon.NullValue && !TakesExtra(rt, m.Key) {
			unknown = append(unknown, m.Key)
		}
	}
	return unknown
}

// TakesExtra reports whether PostgresHook, the driver or its libpq knows a key of extra.
func TakesExtra(rt aircon.Runtime, name string) bool {
	whole := "dsn"
	if isPsycopg3(rt) {
		whole = "conninfo"
	}
	return slices.Contains(featuresOf(rt).ignored, name) || isDriverOwn(rt, name) || name == whole || isOption(rt.Driver.LibPQ, name) || name == "requiressl"
}
