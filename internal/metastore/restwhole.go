package metastore

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"aircon"
)

// masked is what Airflow's REST API puts in the place of a secret (airflow._shared.secrets_masker and its forerunners).
const masked = "***"

// Why the REST API's answer is not the connection.
const (
	reasonUnknown = "the REST API of Airflow 2 never tells a password, nor whether there is one: read the database itself, with --metastore"
	reasonMasked  = "the REST API masks its secrets: read the database itself, with --metastore"
)

// ReadRESTWhole reads the connections that Airflow's REST API lists, with what it tells of their passwords and extras. Where that is not all, the
// connection has a reason: /api/v1 of Airflow 2 leaves passwords out, /api/v2 of Airflow 3 masks what seems secret to it. Nothing that is masked
// is in a connection without a reason. See ReadREST for the arguments.
func ReadRESTWhole(ctx context.Context, client *http.Client, base string, token aircon.Secret, airflow aircon.Version) ([]Stored, error) {
	at, err := restURL(base, airflow)
	if err != nil {
		return nil, err
	}
	var all []Stored
	err = askAll(ctx, client, at, token, func(r row) { all = append(all, r.whole(airflow)) })
	return all, err
}

func (r row) whole(airflow aircon.Version) Stored {
	s := Stored{ID: r.ID, Conn: r.connection()}
	s.Conn.Description = text(r.Description)
	if r.Extra != nil {
		s.Conn.Extra = aircon.NewExtra(*r.Extra)
	}
	hidden := func(t *string) bool { return t != nil && strings.Contains(*t, masked) }
	switch {
	case airflow.Major < 3:
		s.Reason = reasonUnknown
	case r.Password != nil && *r.Password != "", hidden(r.Extra), hidden(r.Login), hidden(r.Host), hidden(r.Schema):
		s.Reason = reasonMasked
	}
	return s
}

// restURL is the address of the list.
func restURL(base string, airflow aircon.Version) (*url.URL, error) {
	path := "api/v1"
	if airflow.Major >= 3 {
		path = "api/v2"
	}
	at, err := url.Parse(base)
	if err != nil || at.Host == "" {
		return nil, errNoURL
	}
	return at.JoinPath(path, "connections"), nil
}
