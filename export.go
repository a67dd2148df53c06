package aircon

import (
	"strings"

	"aircon/internal/py"
)

// Export is what `airflow connections export` writes of connections, in one of its formats.
type Export uint8

const (
	// ExportEnvURI has a line id=URI for each connection.
	ExportEnvURI Export = iota
	// ExportEnvJSON has a line id={…} for each connection: all fields, nulls included, extra as text.
	ExportEnvJSON
	// ExportJSON is one indented JSON object of such objects by id.
	ExportJSON
)

// Write writes connections in their order. An error is one of [Connection.URI].
func (e Export) Write(rt Runtime, connections ...Connection) (Secret, error) {
	if e == ExportJSON {
		all := new(py.Dict)
		for _, c := range connections {
			all.Set(jsonKey(c.ID), c.exported())
		}
		return NewSecret(py.DumpsIndent(all, 2)), nil
	}
	var b strings.Builder
	for _, c := range connections {
		text := NewSecret(py.Dumps(c.exported()))
		if e == ExportEnvURI {
			var err error
			if text, err = c.URI(rt); err != nil {
				return Secret{}, err
			}
		}
		b.WriteString(py.Str(c.ID.value()) + "=" + text.Reveal() + "\n")
	}
	return NewSecret(b.String()), nil
}

// jsonKey is what json.dumps makes of a key: null of None.
func jsonKey(id Field) string {
	if id.IsNull() {
		return "null"
	}
	return id.text
}

// exported has a connection's fields as the command line's _connection_to_dict orders them.
func (c *Connection) exported() *py.Dict {
	return py.NewDict(
		py.Item{Key: "conn_type", Value: c.Type.value()},
		py.Item{Key: "description", Value: c.Description.value()},
		py.Item{Key: "login", Value: c.Login.value()},
		py.Item{Key: "password", Value: c.Password.RevealField().value()},
		py.Item{Key: "host", Value: c.Host.value()},
		py.Item{Key: "port", Value: c.Port.value()},
		py.Item{Key: "schema", Value: c.Schema.value()},
		py.Item{Key: "extra", Value: c.Extra.held.py()},
	)
}
