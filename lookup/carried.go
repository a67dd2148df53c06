package lookup

import (
	"errors"

	"aircon"
	"aircon/internal/py"
)

// carried is a connection that Airflow takes although an object or a list stands in it where text belongs, and that an
// aircon.Connection cannot hold.
type carried struct {
	uriFails bool // get_uri() raises, as it does for nearly all of them
	// conn is the connection without its description, where that alone is odd: so the Execution API serves it.
	conn *aircon.Connection
}

// carries reports whether Airflow takes a JSON text that aircon.ParseEnv refused with err. It reads the text again with stand-ins of
// the same truth: numbers, which get_uri() refuses as well.
func carries(text, id string, rt aircon.Runtime, err error) *carried {
	if !errors.Is(err, aircon.ErrField) {
		return nil
	}
	value, jsonErr := py.Loads(py.Strip(text))
	fields, is := value.(*py.Dict)
	if jsonErr != nil || !is {
		return nil
	}
	typeFails, others := standIn(fields, rt)
	conn, _, err := aircon.ParseJSON(py.Dumps(fields), id, rt)
	if err != nil {
		return nil
	}
	_, err = conn.URI(rt)
	c := &carried{uriFails: typeFails || err != nil}
	if !others {
		c.conn = &conn
	}
	return c
}

// standIn replaces objects and lists where text belongs. It reports whether one was the type, on which get_uri() fails, and
// whether one was anything but the description. An empty one as password is null on servers, and a full one an error.
func standIn(fields *py.Dict, rt aircon.Runtime) (typeFails, others bool) {
	for _, name := range []string{"conn_type", "description", "host", "login", "password", "schema"} {
		value, _ := fields.Get(name)
		if !isContainer(value) {
			continue
		}
		others = others || name != "description" && (name != "password" || rt.Side == aircon.Worker)
		switch {
		case name == "description":
			fields.Set(name, nil)
		case name == "conn_type" && holdsDash(value): // from_json calls replace() on it
		case name == "conn_type":
			typeFails = py.Truth(value)
			fields.Set(name, nil)
		case name == "password" && rt.Side == aircon.Server: // which is encrypted, and so must be text
		case py.Truth(value):
			fields.Set(name, py.NewInt(1))
		default:
			fields.Set(name, py.NewInt(0))
		}
	}
	return typeFails, others
}

func isContainer(value any) bool {
	switch value.(type) {
	case *py.Dict, []any:
		return true
	}
	return false
}

// holdsDash is "-" in value.
func holdsDash(value any) bool {
	switch value := value.(type) {
	case *py.Dict:
		_, found := value.Get("-")
		return found
	case []any:
		for _, item := range value {
			if item == "-" {
				return true
			}
		}
	}
	return false
}
