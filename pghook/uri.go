package pghook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"aircon"
	"aircon/internal/py"
)

// URI returns PostgresHook.get_uri(): SQLAlchemy's URL of the connection, password included. It fails where Airflow raises. Extras are not in it,
// but for sqlalchemy_query.
func URI(ctx context.Context, conn aircon.Connection, rt aircon.Runtime, hook Hook) (aircon.Secret, error) {
	s, err := newSession(conn, rt, hook)
	if err != nil && s.features.query {
		return aircon.Secret{}, err
	}
	query, err := s.sqlalchemyQuery()
	if err != nil {
		return aircon.Secret{}, err
	}
	if s.features.tokenInURI && py.Truth(s.get("iam")) {
		if err := s.takeToken(ctx); err != nil {
			return aircon.Secret{}, err
		}
	}
	parts, err := s.urlParts()
	if err != nil {
		return aircon.Secret{}, err
	}
	text, err := parts.render(rt, query)
	if err != nil {
		return aircon.Secret{}, err
	}
	return aircon.NewSecret(text), nil
}

// sqlalchemyQuery returns the extra sqlalchemy_query where this provider reads it.
func (s *session) sqlalchemyQuery() (*py.Dict, error) {
	raw, given := s.extra.Get("sqlalchemy_query")
	if !given || !s.features.query {
		return nil, nil
	}
	query, ok := raw.(*py.Dict)
	if !ok {
		return nil, fmt.Errorf("extra sqlalchemy_query holds %s where PostgresHook needs an object", py.TypeName(raw))
	}
	return query, nil
}

// urlParts are the arguments of SQLAlchemy's URL.create; nil is None.
type urlParts struct {
	username, password, host, port, database *string
}

func (s *session) urlParts() (parts urlParts, err error) {
	if s.features.textInURI {
		database := text(s.database)
		if database == nil || *database == "" {
			database = text(s.schema)
		}
		parts = urlParts{text(s.login), text(s.password), text(s.host), nil, database}
	} else {
		parts.password = text(s.password)
		for _, f := range []struct {
			name  string
			value any
			into  **string
		}{
			{"login", s.login, &parts.username}, {"host", s.host, &parts.host}, {"schema", or(s.database, s.schema), &parts.database},
		} {
			if _, ok := f.value.(string); !ok && f.value != nil {
				return parts, fmt.Errorf("%s holds %s, and SQLAlchemy's URL needs text", f.name, py.TypeName(f.value))
			}
			*f.into = text(f.value)
		}
	}
	if s.port != nil {
		n, err := py.Int(s.port)
		if err != nil {
			return parts, errors.New("port is no number")
		}
		parts.port = text(n)
	}
	return parts, nil
}

// text is str() but for None.
func text(v any) *string {
	if v == nil {
		return nil
	}
	s := py.Str(v)
	return &s
}

// render is URL.render_as_string of SQLAlchemy 1.4 or 2.
func (u urlParts) render(rt aircon.Runtime, query *py.Dict) (string, error) {
	quote := quote14
	if rt.SQLAlchemy.AtLeast(2, 0) {
		quote = quote20
	}
	out := "postgresql://"
	if isPsycopg3(rt) {
		out = "postgresql+psycopg://"
	}
	if u.username != nil {
		user, ok := quote(*u.username)
		if !ok {
			return "", errNotUTF8
		}
		out += user
		if u.password != nil {
			password, ok := quote(*u.password)
			if !ok {
				return "", errNotUTF8
			}
			out += ":" + password
		}
		out += "@"
	}
	if u.host != nil && strings.Contains(*u.host, ":") {
		out += "[" + *u.host + "]"
	} else if u.host != nil {
		out += *u.host
	}
	if u.port != nil {
		out += ":" + *u.port
	}
	if u.database != nil {
		out += "/" + *u.database
	}
	if query.Len() == 0 {
		return out, nil
	}
	params, err := renderQuery(query)
	return out + "?" + params, err
}

var errNotUTF8 = errors.New("a lone surrogate, which is no UTF-8")

// quote14 is _sqla_url_quote of SQLAlchemy 1.4.
func quote14(text string) (string, bool) { return quotes14.Replace(text), true }

var quotes14 = strings.NewReplacer(":", "%3A", "@", "%40", "/", "%2F")

// quote20 is SQLAlchemy 2's quote(text, safe=" +").
func quote20(text string) (string, bool) {
	quoted, ok := py.Quote(text)
	return unquotes20.Replace(quoted), ok
}

var unquotes20 = strings.NewReplacer("%20", " ", "%2B", "+")

// renderQuery writes sqlalchemy_query sorted by key, a list as its key again and again.
func renderQuery(query *py.Dict) (string, error) {
	var keys, params []string
	for key := range query.All() {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		v, _ := query.Get(key)
		values, isList := v.([]any)
		if !isList {
			values = []any{v}
		}
		for _, v := range values {
			text, isText := v.(string)
			name, okName := py.QuotePlus(key)
			quoted, okValue := py.QuotePlus(text)
			if !isText || !okName || !okValue {
				return "", fmt.Errorf("extra sqlalchemy_query: %s must be text or a list of texts", py.Repr(key))
			}
			params = append(params, name+"="+quoted)
		}
	}
	return strings.Join(params, "&"), nil
}
