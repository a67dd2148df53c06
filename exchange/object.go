package exchange

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// entry is what stands under one id of a file: a text (a URI), an object of fields, or a list of those, as json.loads makes them.
type entry struct {
	id           string
	value        any
	line, column int
	err          error // why there is no value
	envelope     bool  // whether a text may be JSON too, as in environment variables
}

// take adds what an entry holds.
func (f *File) take(e entry, rt aircon.Runtime) {
	conn, notes, err := e.connection(rt)
	for _, n := range notes {
		n.Line, n.Column = 0, 0 // places within the entry's text, not the file's
		f.Notes = append(f.Notes, Note{e.id, n})
	}
	switch {
	case err != nil:
		f.Problems = append(f.Problems, Problem{e.id, e.line, e.column, err.Error()})
	case conn.ID.IsNull():
		f.Problems = append(f.Problems, Problem{e.id, e.line, e.column, "not a conn_id: Airflow takes up to 250 letters, digits and _ # ! ( ) - . : / \\"})
	default:
		f.Connections = append(f.Connections, conn)
	}
}

// connection is load_connections_dict and _create_connection of airflow/secrets/local_filesystem.py.
func (e entry) connection(rt aircon.Runtime) (aircon.Connection, aircon.Notes, error) {
	if e.err != nil {
		return aircon.Connection{}, nil, e.err
	}
	value := e.value
	if list, is := value.([]any); is {
		if len(list) != 1 {
			return aircon.Connection{}, nil, fmt.Errorf("a list of %d values: Airflow takes one", len(list))
		}
		value = list[0]
	}
	var conn aircon.Connection
	var notes aircon.Notes
	var err error
	switch value := value.(type) {
	case string:
		parse := aircon.ParseURI
		if e.envelope {
			parse = aircon.ParseEnv
		}
		conn, notes, err = parse(value, e.id, rt)
	case *py.Dict:
		conn, notes, err = fromObject(e.id, value, rt)
	default:
		err = fmt.Errorf("a value of Python's type %s, where a URI or an object of fields belongs", py.TypeName(value))
	}
	return conn, notes, placeless(err)
}

// placeless takes the place off an error: it is one within an entry's text.
func placeless(err error) error {
	var failed *aircon.Error
	if !errors.As(err, &failed) {
		return err
	}
	bare := *failed
	bare.Line, bare.Column = 0, 0
	return &bare
}

// fields are what an object may hold: the parameters of Connection's constructor, and extra_dejson.
var fields = []string{"conn_id", "conn_type", "description", "host", "login", "password", "schema", "port", "extra", "uri", "extra_dejson"}

func fromObject(id string, object *py.Dict, rt aircon.Runtime) (aircon.Connection, aircon.Notes, error) {
	arguments := new(py.Dict)
	for key, value := range object.All() {
		if !slices.Contains(fields, key) && key != "team_name" {
			return aircon.Connection{}, nil, fmt.Errorf("it has a key that Airflow does not know; known are %s", strings.Join(fields, ", "))
		}
		arguments.Set(key, value)
	}
	if whole, is := arguments.Pop("extra_dejson"); is {
		if _, both := arguments.Get("extra"); both {
			return aircon.Connection{}, nil, errors.New("it has extra and extra_dejson, and Airflow takes one of them")
		}
		arguments.Set("extra", py.Dumps(whole))
	}
	if given, is := arguments.Get("conn_id"); is && given != any(id) {
		return aircon.Connection{}, nil, errors.New("its conn_id is another than the key that it stands under")
	}
	arguments.Set("conn_id", id)
	return aircon.New(py.Dumps(arguments), rt)
}
