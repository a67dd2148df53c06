package aircon

import (
	"slices"
	"strings"

	"aircon/internal/py"
)

// New makes a connection as a call of Airflow's constructor from Python does. arguments holds the keyword arguments as a JSON
// object, such as {"conn_id": "my_db", "conn_type": "postgres", "extra": {"sslmode": "require"}}. In contrast to [ParseJSON] the
// port and the type are kept as they are.
//
// Errors are of type [*Error]: [ErrJSON], [ErrKey], [ErrField], [ErrExtra], [ErrURI], [ErrConflict], [ErrMissing].
func New(arguments string, rt Runtime) (Connection, Notes, error) {
	dict, keys, err := loadObject(arguments)
	if err != nil {
		return Connection{}, nil, err
	}
	c := constructor{rt: rt, given: dict, keys: keys}
	return c.construct()
}

// constructor is one call of Connection(…).
type constructor struct {
	rt    Runtime
	given *py.Dict // keyword arguments
	keys  keyPlaces
	notes Notes
}

func (c *constructor) construct() (Connection, Notes, error) {
	if err := c.checkArguments(); err != nil {
		return Connection{}, nil, err
	}
	var conn Connection
	var err error
	uri, _ := c.given.Get("uri")
	switch {
	case c.rt.usesSDK() && uri != nil:
		conn, err = c.sdkFromURI(uri)
	case !c.rt.usesSDK() && py.Truth(uri):
		conn, err = c.modelsFromURI(uri)
	default:
		conn, err = c.fromFields()
	}
	if err != nil {
		return Connection{}, nil, err
	}
	return conn, c.notes, nil
}

// parameters are the constructor's, less those that depend on the class.
var parameters = []string{"conn_id", "conn_type", "description", "host", "login", "password", "schema", "port", "extra"}

func (c *constructor) checkArguments() error {
	for key := range c.given.All() {
		known := slices.Contains(parameters, key) || key == "uri" && c.rt.takesURI() || key == "team_name" && c.rt.takesTeam()
		if !known {
			return c.keys.fail(key, &Error{Kind: ErrKey, Reason: "known are " + strings.Join(parameters, " ")})
		}
	}
	if _, found := c.given.Get("conn_id"); !found && c.rt.usesSDK() {
		return &Error{Kind: ErrMissing, Field: "conn_id"}
	}
	if _, found := c.given.Get("conn_type"); !found && c.rt.needsType() {
		return &Error{Kind: ErrMissing, Field: "conn_type"}
	}
	return nil
}

// modelsFromURI is airflow.models' constructor with a URI, beside which only a description may stand.
func (c *constructor) modelsFromURI(uri any) (Connection, error) {
	for key, value := range c.given.All() {
		if key != "conn_id" && key != "description" && key != "team_name" && key != "uri" && py.Truth(value) {
			return Connection{}, c.keys.fail(key, &Error{Kind: ErrConflict, Field: key})
		}
	}
	conn, err := c.parseURI(uri)
	if err != nil {
		return Connection{}, err
	}
	return conn, c.put("description", &conn.Description)
}

// sdkFromURI is the SDK's constructor with a URI, beside which nothing but the id may stand.
func (c *constructor) sdkFromURI(uri any) (Connection, error) {
	for key := range c.given.All() {
		if key != "conn_id" && key != "uri" {
			return Connection{}, c.keys.fail(key, &Error{Kind: ErrConflict, Field: key})
		}
	}
	conn, err := c.parseURI(uri)
	if err == nil && c.rt.objectExtraFromURI() {
		conn.Extra.held, err = conn.Extra.Decode(c.rt)
	}
	return conn, err
}

func (c *constructor) parseURI(uri any) (Connection, error) {
	text, is := uri.(string)
	if !is {
		return Connection{}, c.keys.fail("uri", &Error{Kind: ErrField, Field: "uri", Reason: "it is of Python's type " + py.TypeName(uri) + ", not text"})
	}
	conn, notes, err := parseURI(text, c.rt)
	if err != nil {
		return Connection{}, err
	}
	c.notes = append(c.notes, notes...)
	id, _ := c.given.Get("conn_id")
	conn.ID, err = c.id(id)
	return conn, err
}

func (c *constructor) fromFields() (conn Connection, err error) {
	id, _ := c.given.Get("conn_id")
	if conn.ID, err = c.id(id); err != nil {
		return Connection{}, err
	}
	for _, f := range conn.textFields() {
		if err := c.put(f.name, f.field); err != nil {
			return Connection{}, err
		}
		if !f.field.IsNull() && !f.field.IsText() {
			c.note(NumberAsText, f.name)
		}
	}
	if err := c.put("port", &conn.Port); err != nil {
		return Connection{}, err
	}
	if err := c.putPassword(&conn.Password); err != nil {
		return Connection{}, err
	}
	return conn, c.putExtra(&conn.Extra)
}

// put sets a field from the argument of its name.
func (c *constructor) put(name string, field *Field) error {
	value, _ := c.given.Get(name)
	f, ok := fieldOf(value)
	if !ok {
		return c.keys.fail(name, &Error{Kind: ErrField, Field: name, Reason: "it is of Python's type " + py.TypeName(value) + ", not text"})
	}
	*field = f
	return nil
}

// putPassword sets the password. airflow.models encrypts it, which takes text alone, and makes null of an empty one.
func (c *constructor) putPassword(password *Secret) error {
	value, _ := c.given.Get("password")
	if !py.Truth(value) && !c.rt.usesSDK() {
		if value != nil {
			c.note(EmptyPassword, "password")
		}
		return nil
	}
	field, ok := fieldOf(value)
	if !ok || !c.rt.usesSDK() && !field.IsText() {
		return c.keys.fail("password", &Error{Kind: ErrField, Field: "password", Reason: "it is of Python's type " + py.TypeName(value) + ", not text"})
	}
	if !field.IsNull() && !field.IsText() {
		c.note(NumberAsText, "password")
	}
	if err := checkEncodable(c.rt, "password", field.text); err != nil {
		return err
	}
	*password = secretOf(field)
	return nil
}

// checkEncodable refuses lone surrogates in what airflow.models encrypts.
func checkEncodable(rt Runtime, field, text string) error {
	if !rt.usesSDK() && py.HasSurrogate(text) {
		return &Error{Kind: ErrField, Field: field, Reason: surrogateReason}
	}
	return nil
}

// putExtra sets the extra: airflow.models turns what is not text into JSON, the SDK keeps it.
func (c *constructor) putExtra(extra *Extra) error {
	value, _ := c.given.Get("extra")
	if _, isText := value.(string); !isText && py.Truth(value) && !c.rt.usesSDK() {
		value = py.Dumps(value)
	}
	*extra = Extra{valueOf(value)}
	return checkExtra(*extra, c.rt, &c.notes)
}

// id is what becomes of a conn_id.
func (c *constructor) id(value any) (Field, error) {
	if c.rt.usesSDK() {
		field, ok := fieldOf(value)
		if !ok {
			return Field{}, c.keys.fail("conn_id", &Error{Kind: ErrField, Field: "conn_id", Reason: "it is of Python's type " + py.TypeName(value) + ", not text"})
		}
		return field, nil
	}
	text, is := value.(string)
	if !is {
		return Field{}, nil
	}
	return sanitizeID(text, c.rt, &c.notes)
}

// maxIDLength is CONN_ID_MAX_LEN, in characters.
const maxIDLength = 250

// sanitizeID is airflow.models' sanitize_conn_id: letters, digits and #!()-._:/\ make an id; with anything else it is null.
func sanitizeID(id string, rt Runtime, notes *Notes) (Field, error) {
	if py.Len(id) > maxIDLength {
		notes.add(IDChanged, "conn_id")
		return Field{}, nil
	}
	if rt.usesRE2() && py.HasSurrogate(id) {
		return Field{}, &Error{Kind: ErrField, Field: "conn_id", Reason: surrogateReason}
	}
	kept := id
	if rt.takesUnicodeID() {
		// The expression ends with $, which in Python stands before a last newline too.
		kept = strings.TrimSuffix(id, "\n")
	}
	allowed := func(r rune) bool {
		return strings.ContainsRune(`#!()-.:/\`, r) || py.IsWord(r) && (r < 0x80 || rt.takesUnicodeID())
	}
	if kept == "" || strings.ContainsFunc(kept, func(r rune) bool { return !allowed(r) }) {
		notes.add(IDChanged, "conn_id")
		return Field{}, nil
	}
	if kept != id {
		notes.add(IDChanged, "conn_id")
	}
	return Text(kept), nil
}

func (c *constructor) note(kind NoteKind, key string) {
	c.notes = append(c.notes, c.keys.note(kind, key))
}

// checkExtra is _validate_extra: from Airflow 3 on, airflow.models refuses what is not a JSON object.
func checkExtra(extra Extra, rt Runtime, notes *Notes) error {
	text, isText := extra.held.py().(string)
	if !isText || text == "" {
		return nil
	}
	if err := checkEncodable(rt, "extra", text); err != nil {
		return err
	}
	value, err := py.Loads(text)
	_, isSyntax := err.(*py.JSONError)
	switch _, isObject := value.(*py.Dict); {
	case isObject:
		return nil
	case err != nil && !isSyntax && !rt.usesSDK():
		return &Error{Kind: ErrExtra, Field: "extra", Reason: err.Error()}
	case rt.needsObjectExtra() && err != nil:
		return &Error{Kind: ErrExtra, Field: "extra", Reason: "as JSON: " + err.Error()}
	case rt.needsObjectExtra():
		return &Error{Kind: ErrExtra, Field: "extra", Reason: "its JSON is of Python's type " + py.TypeName(value)}
	}
	if _, isString := value.(string); isString {
		notes.add(ExtraTwice, "extra")
	} else {
		notes.add(ExtraNotObject, "extra")
	}
	return nil
}
