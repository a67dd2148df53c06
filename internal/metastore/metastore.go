// Package metastore reads which connections Airflow's own database has, where they point, and what they hold.
//
// [Read] asks the database itself, [ReadREST] Airflow's REST API, for whoever may not open the database (on Amazon MWAA nobody may). Neither
// reads a password or an extra, and no Fernet key is needed: a [Snapshot] tells what exists, not how to log in.
//
// [ReadWhole] reads all of each connection, for which it needs the Fernet keys; [ReadRESTWhole] says of each what the REST API hides.
// [Delete] takes rows out that are still as they were read.
package metastore

import (
	"context"
	"errors"
	"maps"
	"slices"

	"aircon"
)

// Snapshot is what the metastore had when it was read. It is a lookup.Metastore whose connections lack password and extra.
type Snapshot struct{ rows map[string]aircon.Connection }

// IDs lists the conn_ids, sorted.
func (s *Snapshot) IDs() []string { return slices.Sorted(maps.Keys(s.rows)) }

// Connection returns a connection without password and extra, and false where there is none. A conn_id is unique across teams.
func (s *Snapshot) Connection(_ context.Context, id, _ string) (aircon.Connection, bool, error) {
	conn, is := s.rows[id]
	return conn, is, nil
}

// errVariables says that this package reads connections only.
var errVariables = errors.New("variables of the metastore are not read")

// Variable fails: variables are not read.
func (s *Snapshot) Variable(context.Context, string, string) (aircon.Secret, bool, error) {
	return aircon.Secret{}, false, errVariables
}

// row is one connection; a null pointer is a null in the database.
type row struct {
	ID     string  `json:"connection_id"`
	Type   *string `json:"conn_type"`
	Host   *string `json:"host"`
	Schema *string `json:"schema"`
	Login  *string `json:"login"`
	Port   *int    `json:"port"`

	// Of the REST API, where it tells them.
	Description *string `json:"description"`
	Password    *string `json:"password"`
	Extra       *string `json:"extra"`
}

func (s *Snapshot) add(r row) { s.rows[r.ID] = r.connection() }

// connection is what every reader knows of a row: all but password, extra and description.
func (r row) connection() aircon.Connection {
	conn := aircon.Connection{ID: aircon.Text(r.ID), Type: text(r.Type), Host: text(r.Host), Schema: text(r.Schema), Login: text(r.Login)}
	if r.Port != nil {
		conn.Port = aircon.Int(*r.Port)
	}
	return conn
}

func text(s *string) aircon.Field {
	if s == nil {
		return aircon.Field{}
	}
	return aircon.Text(*s)
}
