package aircon

import (
	"strings"

	"aircon/internal/py"
)

// ParseJSON reads a connection from Airflow's JSON, as Connection.from_json does: {"conn_type": "postgres", "host": …,
// "extra": {…} or a string that holds JSON}. AWS's backend renames keys before; that is package lookup's work.
//
// The port is cast with Python's int(); false, 0, "" and null are no port. An unknown key is an error, a missing type is none.
// What the text says beyond its meaning is in the notes. Errors are of type [*Error] and hold none of the text:
// [ErrJSON], [ErrKey], [ErrField], [ErrExtra], [ErrURI], [ErrConflict].
func ParseJSON(text, id string, rt Runtime) (Connection, Notes, error) {
	dict, keys, err := loadObject(text)
	if err != nil {
		return Connection{}, nil, err
	}
	if _, given := dict.Get("conn_id"); given {
		return Connection{}, nil, keys.fail("conn_id", &Error{Kind: ErrKey, Field: "conn_id", Reason: "the id is not part of the text"})
	}
	c := constructor{rt: rt.reads(), given: dict, keys: keys}
	c.notes = keys.duplicates(dict.Len())
	c.popExtra()
	if err := c.popType(); err != nil {
		return Connection{}, nil, err
	}
	if err := c.popPort(); err != nil {
		return Connection{}, nil, err
	}
	dict.Set("conn_id", id)
	return c.construct()
}

// loadObject reads a JSON object and notes where its keys stand.
func loadObject(text string) (*py.Dict, keyPlaces, error) {
	keys := keyPlaces{text: text}
	value, err := py.LoadsKeys(text, keys.add)
	if err != nil {
		return nil, keys, jsonError(err)
	}
	dict, is := value.(*py.Dict)
	if !is {
		return nil, keys, &Error{Kind: ErrJSON, Reason: "the text holds a value of Python's type " + py.TypeName(value) + ", where an object belongs"}
	}
	return dict, keys, nil
}

func jsonError(err error) error {
	if syntax, is := err.(*py.JSONError); is {
		return &Error{Kind: ErrJSON, Line: syntax.Line, Column: syntax.Column, Reason: strings.ToLower(syntax.Message[:1]) + syntax.Message[1:]}
	}
	return &Error{Kind: ErrJSON, Reason: err.Error()}
}

// popExtra turns the extra into text; what is empty is no extra.
func (c *constructor) popExtra() {
	extra, _ := c.given.Pop("extra")
	if !py.Truth(extra) {
		return
	}
	if _, is := extra.(string); !is {
		extra = py.Dumps(extra)
	}
	c.given.Set("extra", extra)
}

// popType normalises the type; what is empty is no type.
func (c *constructor) popType() error {
	value, _ := c.given.Pop("conn_type")
	if !py.Truth(value) {
		if value != nil {
			c.note(NullIgnored, "conn_type")
		}
		return nil
	}
	text, is := value.(string)
	if !is {
		return c.keys.fail("conn_type", &Error{Kind: ErrField, Field: "conn_type", Reason: "it is of Python's type " + py.TypeName(value) + ", not text"})
	}
	c.given.Set("conn_type", normalizeType(text))
	return nil
}

// normalizeType is Connection._normalize_conn_type.
func normalizeType(text string) string {
	if text == "postgresql" {
		return "postgres"
	}
	return strings.ReplaceAll(text, "-", "_")
}

// popPort casts the port; what is empty or zero is no port.
func (c *constructor) popPort() error {
	value, _ := c.given.Pop("port")
	if !py.Truth(value) {
		if value != nil {
			c.note(PortCast, "port")
		}
		return nil
	}
	port, err := py.Int(value)
	if err != nil {
		return c.keys.fail("port", &Error{Kind: ErrField, Field: "port", Reason: "it is no whole number: " + err.Error()})
	}
	if _, is := value.(py.Digits); !is && value != string(port) {
		c.note(PortCast, "port")
	}
	c.given.Set("port", port)
	return nil
}

// keyPlaces remembers where the keys of a JSON object stand.
type keyPlaces struct {
	text   string
	places []keyPlace
}

type keyPlace struct {
	key string
	at  int // in bytes
}

func (k *keyPlaces) add(key string, at int) { k.places = append(k.places, keyPlace{key, at}) }

// find returns line and column of a key's last occurrence, and zeros where there is none.
func (k *keyPlaces) find(key string) (line, column int) {
	for i := len(k.places) - 1; i >= 0; i-- {
		if k.places[i].key == key {
			return py.Position(k.text, k.places[i].at)
		}
	}
	return 0, 0
}

// fail adds a key's place to an error.
func (k *keyPlaces) fail(key string, err *Error) error {
	err.Line, err.Column = k.find(key)
	return err
}

func (k *keyPlaces) note(kind NoteKind, key string) Note {
	line, column := k.find(key)
	return Note{kind, key, line, column}
}

// duplicates notes each key that comes again, when that many are distinct.
func (k *keyPlaces) duplicates(distinct int) (notes Notes) {
	if len(k.places) == distinct {
		return nil
	}
	seen := make(map[string]bool, len(k.places))
	for _, place := range k.places {
		if seen[place.key] {
			line, column := py.Position(k.text, place.at)
			notes = append(notes, Note{DuplicateKey, place.key, line, column})
		}
		seen[place.key] = true
	}
	return notes
}

// JSON returns the connection as Connection.as_json writes it: its fields but the id and those that are null, and extra as the
// object that its text holds. The error is an [*Error] of kind [ErrExtra] where the extra cannot be read.
func (c Connection) JSON(rt Runtime) (Secret, error) {
	dict, err := c.asDict(rt, true)
	if err != nil {
		return Secret{}, err
	}
	dict.Pop("conn_id")
	return NewSecret(py.Dumps(dict)), nil
}

// Dict returns what Connection.to_dict gives, as a JSON text: all fields, nulls included, and extra as the object that its text
// holds. The error is an [*Error] of kind [ErrExtra] where the extra cannot be read.
func (c Connection) Dict(rt Runtime) (Secret, error) {
	dict, err := c.asDict(rt, false)
	if err != nil {
		return Secret{}, err
	}
	return NewSecret(py.Dumps(dict)), nil
}

func (c *Connection) asDict(rt Runtime, prune bool) (*py.Dict, error) {
	dict := new(py.Dict)
	for _, item := range []py.Item{
		{Key: "conn_id", Value: c.ID.value()},
		{Key: "conn_type", Value: c.Type.value()},
		{Key: "description", Value: c.Description.value()},
		{Key: "host", Value: c.Host.value()},
		{Key: "login", Value: c.Login.value()},
		{Key: "password", Value: c.Password.RevealField().value()},
		{Key: "schema", Value: c.Schema.value()},
		{Key: "port", Value: c.Port.value()},
	} {
		if item.Value != nil || !prune {
			dict.Set(item.Key, item.Value)
		}
	}
	extra, err := c.Extra.decode(rt)
	if err != nil {
		return nil, err
	}
	if py.Truth(extra) || !prune {
		dict.Set("extra", extra)
	}
	return dict, nil
}
