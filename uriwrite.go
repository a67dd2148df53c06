package aircon

import (
	"strings"

	"aircon/internal/py"
)

// URI returns the connection as Connection.get_uri writes it: the type lower-cased with - for _, everything quoted, and the
// extra as a query, or whole under __extra__ where a query would not give it back. A port of 0 is not written.
//
// The error is an [*Error] of kind [ErrUnwritten] (a number as login, host or schema; a lone surrogate) or [ErrExtra]. Airflow calls
// get_uri while it searches, so that such a connection is passed over as if it were not there.
func (c Connection) URI(rt Runtime) (Secret, error) {
	w := uriWriter{c: &c, rt: rt}
	text, err := w.write()
	if err != nil {
		return Secret{}, err
	}
	return NewSecret(text), nil
}

type uriWriter struct {
	c  *Connection
	rt Runtime
	b  strings.Builder
}

func (w *uriWriter) write() (string, error) {
	for _, f := range []namedField{{"conn_type", &w.c.Type}, {"host", &w.c.Host}, {"schema", &w.c.Schema}} {
		if f.field.IsTrue() && !f.field.IsText() {
			return "", unwrittenNumber(f.name)
		}
	}
	if w.c.Type.IsTrue() {
		w.b.WriteString(strings.ReplaceAll(py.Lower(w.c.Type.text), "_", "-") + ":")
	}
	w.b.WriteString("//")
	host := w.protocol()
	hasUser, err := w.user()
	if err != nil {
		return "", err
	}
	if err := w.hostPort(host, hasUser); err != nil {
		return "", err
	}
	if w.c.Schema.IsTrue() {
		w.b.WriteByte('/')
		if err := w.quoted("schema", w.c.Schema.text); err != nil {
			return "", err
		}
	}
	if err := w.extra(); err != nil {
		return "", err
	}
	return w.b.String(), nil
}

func unwritten(field, reason string) error {
	return &Error{Kind: ErrUnwritten, Field: field, Reason: reason}
}

func unwrittenNumber(field string) error {
	return unwritten(field, "it holds a number or a truth value, not text")
}

func unwrittenSurrogate(field string) error { return unwritten(field, surrogateReason) }

// protocol writes the protocol that the host begins with, and returns the rest.
func (w *uriWriter) protocol() string {
	protocol, host, found := strings.Cut(w.c.Host.text, "://")
	if !w.c.Host.IsTrue() || !found || w.rt.knowsHostOfType() && w.c.Type == Text(protocol) {
		return w.c.Host.text
	}
	if protocol != "" {
		w.b.WriteString(protocol + "://")
	}
	return host
}

// user writes login and password, and reports whether there are any.
func (w *uriWriter) user() (bool, error) {
	before := w.b.Len()
	if !w.c.Login.IsNull() {
		if !w.c.Login.IsText() {
			return false, unwrittenNumber("login")
		}
		if err := w.quoted("login", w.c.Login.text); err != nil {
			return false, err
		}
	}
	if !w.c.Password.IsNull() {
		if !w.c.Password.IsText() {
			return false, unwrittenNumber("password")
		}
		w.b.WriteByte(':')
		if err := w.quoted("password", w.c.Password.Reveal()); err != nil {
			return false, err
		}
	}
	if w.b.Len() == before {
		return false, nil
	}
	w.b.WriteByte('@')
	return true, nil
}

func (w *uriWriter) hostPort(host string, hasUser bool) error {
	if !w.c.Host.IsTrue() {
		host = ""
	}
	if err := w.quoted("host", host); err != nil {
		return err
	}
	if w.c.Port.IsTrue() {
		if host == "" && !hasUser {
			w.b.WriteByte('@')
		}
		w.b.WriteString(":" + w.c.Port.text)
	}
	return nil
}

func (w *uriWriter) quoted(field, text string) error {
	quoted, ok := py.Quote(text)
	if !ok {
		return unwrittenSurrogate(field)
	}
	w.b.WriteString(quoted)
	return nil
}

// extra writes the extra as a query that gives it back, or whole.
func (w *uriWriter) extra() error {
	if !w.c.Extra.IsTrue() {
		return nil
	}
	var query string
	if w.c.Extra.IsText() {
		decoded, err := w.c.Extra.decode(w.rt)
		if err != nil {
			return err
		}
		if query, err = flatQuery(decoded); err != nil {
			return err
		}
	}
	if query == "" {
		whole, ok := py.QuotePlus(w.c.Extra.held.Reveal())
		if !ok {
			return unwrittenSurrogate("extra")
		}
		query = extraKey + "=" + whole
	}
	if !w.c.Schema.IsTrue() {
		w.b.WriteByte('/')
	}
	w.b.WriteString("?" + query)
	return nil
}

// flatQuery is urlencode of an object whose values are all text, and "" of anything else: a query cannot give that back.
func flatQuery(decoded any) (string, error) {
	dict, is := decoded.(*py.Dict)
	if !is {
		return "", nil
	}
	var parts []string
	flat := true
	for key, value := range dict.All() {
		text, isText := value.(string)
		flat = flat && isText
		quotedKey, ok1 := py.QuotePlus(key)
		quotedText, ok2 := py.QuotePlus(text)
		if !ok1 || !ok2 {
			return "", unwrittenSurrogate("extra")
		}
		parts = append(parts, quotedKey+"="+quotedText)
	}
	if !flat {
		return "", nil
	}
	return strings.Join(parts, "&"), nil
}
