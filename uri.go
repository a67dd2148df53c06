package aircon

import (
	"errors"
	"strings"

	"aircon/internal/py"
)

// extraKey is the key of a URI's query that holds the whole extra as JSON.
const extraKey = "__extra__"

// ParseURI reads a connection from Airflow's URI, such as postgres://user:password@host:5432/db?sslmode=require: as
// Connection(uri=…) does on servers and Connection.from_uri on workers. The scheme is the type, the path the schema, the query
// the extra. Nearly any text is a URI: prose gives a connection without type or host.
//
// What the text says beyond its meaning is in the notes. Errors are of type [*Error] and hold none of the text:
// [ErrURI], [ErrExtra], [ErrField].
func ParseURI(text, id string, rt Runtime) (Connection, Notes, error) {
	rt = rt.reads()
	if text == "" && !rt.usesSDK() {
		// Python takes an empty argument for none.
		c := constructor{rt: rt, given: py.NewDict(py.Item{Key: "conn_id", Value: id})}
		return c.construct()
	}
	conn, notes, err := parseURI(text, rt)
	if err != nil {
		return Connection{}, nil, err
	}
	if rt.usesSDK() {
		conn.ID = Text(id)
	} else if conn.ID, err = sanitizeID(id, rt, &notes); err != nil {
		return Connection{}, nil, err
	}
	return conn, notes, nil
}

// ParseEnv reads a connection as environment variables of the name AIRFLOW_CONN_… and most secrets backends hold it:
// white space around it removed, then as JSON where it begins with {, and else as a URI. A text of white space alone is an
// error of kind [ErrEmpty]; an empty one is no connection at all in Airflow, and the caller must not ask.
func ParseEnv(text, id string, rt Runtime) (Connection, Notes, error) {
	text = py.Strip(text)
	if text == "" {
		return Connection{}, nil, &Error{Kind: ErrEmpty, Reason: "a URI or JSON was expected"}
	}
	if strings.HasPrefix(text, "{") {
		return ParseJSON(text, id, rt)
	}
	return ParseURI(text, id, rt)
}

// EnvName returns the environment variable that holds a connection: AIRFLOW_CONN_ and the id in capital letters.
func EnvName(id string) string { return "AIRFLOW_CONN_" + py.Upper(id) }

// uriReader follows Connection._parse_from_uri, step by step.
type uriReader struct {
	rt    Runtime
	text  string
	parts py.URL
	notes Notes
}

func parseURI(text string, rt Runtime) (Connection, Notes, error) {
	r := uriReader{rt: rt, text: text}
	conn, err := r.read()
	if err != nil {
		return Connection{}, nil, err
	}
	return conn, r.notes, nil
}

func (r *uriReader) read() (conn Connection, err error) {
	scheme, protocol, err := r.split()
	if err != nil {
		return Connection{}, err
	}
	conn.Type = Text(normalizeType(scheme))
	conn.Host = Text(r.host(protocol))
	conn.Schema = Text(r.unquote("schema", py.AfterFirst(r.parts.Path)))
	if err := r.user(&conn); err != nil {
		return Connection{}, err
	}
	port, found, err := r.parts.Port()
	if err != nil {
		return Connection{}, uriError("port", err)
	}
	if found {
		conn.Port = Number(string(port))
	}
	if err := r.query(&conn.Extra); err != nil {
		return Connection{}, err
	}
	r.look(scheme, protocol, conn)
	return conn, nil
}

// split finds the scheme, splits what follows it, and returns the protocol before a second ://.
func (r *uriReader) split() (scheme, protocol string, err error) {
	schemes := strings.Count(r.text, "://")
	if schemes > 2 {
		return "", "", &Error{Kind: ErrURI, Reason: ":// comes more than twice; in a value it is %3A%2F%2F"}
	}
	first, err := py.SplitURL(r.text)
	if err != nil {
		return "", "", uriError("host", err)
	}
	between := "//"
	if schemes == 2 {
		between = ""
	}
	rest := strings.ReplaceAll(r.text, first.Scheme+"://", between)
	if schemes == 2 {
		before, _, _ := strings.Cut(rest, "://")
		if strings.ContainsAny(before, "@:") {
			return "", "", &Error{Kind: ErrURI, Reason: "a second :// after a user or a port; in a value it is %3A%2F%2F"}
		}
	}
	if r.parts, err = py.SplitURL(rest); err != nil {
		return "", "", uriError("host", err)
	}
	if schemes == 2 {
		protocol = r.parts.Scheme
	}
	return first.Scheme, protocol, nil
}

func uriError(field string, err error) error {
	var malformed *py.URLError
	if errors.As(err, &malformed) {
		return &Error{Kind: ErrURI, Field: field, Reason: malformed.Message}
	}
	return &Error{Kind: ErrURI, Field: field, Reason: "it cannot be split"}
}

// host unquotes the host. One with a slash in it, a socket's folder, is taken as it is written, in its own case.
func (r *uriReader) host(protocol string) string {
	host := py.Unquote(r.parts.Host())
	if strings.Contains(host, "/") {
		written, _, _ := strings.Cut(r.parts.HostPort(), ":")
		host = py.Unquote(written)
	}
	if host != "" && protocol != "" {
		return protocol + "://" + host
	}
	return host
}

func (r *uriReader) user(conn *Connection) error {
	name, hasName, password, hasPassword := r.parts.User()
	if hasName {
		conn.Login = Text(r.unquote("login", name))
	}
	if !hasPassword {
		return nil
	}
	if password == "" && !r.rt.usesSDK() {
		r.notes.add(EmptyPassword, "password")
		return nil
	}
	password = r.unquote("password", password)
	conn.Password = NewSecret(password)
	return checkEncodable(r.rt, "password", password)
}

// query makes the extra of what follows the question mark.
func (r *uriReader) query(extra *Extra) error {
	if r.parts.Query == "" {
		return nil
	}
	query := py.ParseQuery(r.parts.Query)
	text, whole := query.Get(extraKey)
	if whole {
		*extra = Extra{valueOf(text)}
		if query.Len() > 1 {
			r.notes.add(PairedExtra, "extra")
		}
		return checkExtra(*extra, r.rt, &r.notes)
	}
	if r.rt.typesQuery() {
		if err := r.typeValues(query); err != nil {
			return err
		}
	}
	*extra = NewExtra(py.Dumps(query))
	return nil
}

// typeValues reads as JSON each value that is JSON.
func (r *uriReader) typeValues(query *py.Dict) error {
	for key, value := range query.All() {
		typed, err := py.Loads(value.(string))
		if err == nil {
			query.Set(key, typed)
			r.notes.add(TypedExtra, "extra")
			continue
		}
		if _, isSyntax := err.(*py.JSONError); !isSyntax {
			return &Error{Kind: ErrExtra, Field: "extra", Reason: "a value in the query: " + err.Error()}
		}
	}
	return nil
}

// unquote reads the percent signs of a field, and notes what looks wrong in it.
func (r *uriReader) unquote(field, text string) string {
	plain := py.Unquote(text)
	if strings.Contains(text, "+") {
		r.notes.add(PlusKept, field)
	}
	if strings.Contains(plain, "\ufffd") && !strings.Contains(text, "\ufffd") && !strings.Contains(strings.ToUpper(text), "%EF%BF%BD") {
		r.notes.add(NotUTF8, field)
	}
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "%")
		if !found {
			return plain
		}
		if len(after) < 2 || strings.Trim(after[:2], "0123456789abcdefABCDEF") != "" {
			r.notes.add(BadPercent, field)
			return plain
		}
		rest = after
	}
}

// look notes what the URI as a whole hides.
func (r *uriReader) look(scheme, protocol string, conn Connection) {
	written, _, _ := strings.Cut(r.parts.HostPort(), ":")
	if host := conn.Host.text; strings.ContainsFunc(written, isUpperASCII) && !strings.ContainsFunc(host, isUpperASCII) {
		r.notes.add(HostLowered, "host")
	}
	if scheme == "" {
		r.notes.add(NoScheme, "conn_type")
	}
	if strings.ContainsAny(strings.Trim(r.text, " \t\r\n"), "\t\r\n") {
		r.notes.add(ControlCut, "")
	}
	if r.parts.Fragment != "" {
		r.notes.add(FragmentCut, "")
	}
	if strings.Count(r.parts.Netloc, "@") > 1 || strings.ContainsAny(r.parts.Path+r.parts.Query+r.parts.Fragment, "@") {
		r.notes.add(StrayAt, "")
	}
	r.lookProtocol(protocol, conn)
}

func (r *uriReader) lookProtocol(protocol string, conn Connection) {
	_, query, _ := strings.Cut(r.text, "?")
	if strings.Contains(query, "://") && strings.Count(r.text, "://") == 2 {
		r.notes.add(SchemeInQuery, "host")
	} else if protocol != "" && conn.Host.text != "" {
		r.notes.add(ProtocolInHost, "host")
	}
}

func isUpperASCII(r rune) bool { return 'A' <= r && r <= 'Z' }
