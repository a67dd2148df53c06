package backend

import (
	"context"
	"errors"

	"aircon"
	"aircon/internal/oracle/codec"
	"aircon/internal/py"
)

// rows is the metastore as a case describes it.
type rows struct {
	conns     map[string]row
	variables *py.Dict
}

type row struct {
	conn   aircon.Connection
	locked bool // its password is encrypted under a key that nobody has
}

// newRows fills the metastore: a connection is given by uri or fields, as airflow.models makes it, or by raw columns.
func newRows(c *py.Dict, rt aircon.Runtime) (*rows, error) {
	r := &rows{conns: map[string]row{}, variables: dict(c, "metastore_variables")}
	for id, spec := range dict(c, "metastore").All() {
		spec := spec.(*py.Dict)
		if raw, is := spec.Get("raw"); is {
			r.conns[id] = rawRow(id, raw.(*py.Dict))
			continue
		}
		described := py.NewDict(py.Item{Key: "conn_id", Value: id})
		for key, value := range spec.All() {
			described.Set(key, value)
		}
		conn, err := codec.Build(rt.On(aircon.Server), described)
		if err != nil {
			return nil, err
		}
		r.conns[id] = row{conn: conn}
	}
	return r, r.check()
}

// check refuses what the database does: a connection without a type.
func (r *rows) check() error {
	for _, row := range r.conns {
		if row.conn.Type.IsNull() {
			return errors.New("NOT NULL constraint failed: connection.conn_type")
		}
	}
	return nil
}

func rawRow(id string, raw *py.Dict) row {
	field := func(name string) aircon.Field {
		value, _ := raw.Get(name)
		switch value := value.(type) {
		case string:
			return aircon.Text(value)
		case py.Digits:
			return aircon.Number(string(value))
		}
		return aircon.Field{}
	}
	conn := aircon.Connection{
		ID: aircon.Text(id), Type: field("conn_type"), Description: field("description"), Host: field("host"),
		Login: field("login"), Schema: field("schema"), Port: field("port"),
	}
	if password, is := raw.Get("password"); is && password != nil {
		conn.Password = aircon.NewSecret(password.(string))
	}
	if extra, is := raw.Get("extra"); is && extra != nil {
		conn.Extra = aircon.NewExtra(extra.(string))
	}
	encrypted, _ := raw.Get("is_encrypted")
	return row{conn, py.Truth(encrypted)}
}

func (r *rows) Connection(_ context.Context, id, _ string) (aircon.Connection, bool, error) {
	found, is := r.conns[id]
	if found.locked {
		return aircon.Connection{}, true, errors.New("the password is encrypted under another key")
	}
	return found.conn, is, nil
}

func (r *rows) Variable(_ context.Context, key, _ string) (aircon.Secret, bool, error) {
	value, is := r.variables.Get(key)
	if !is {
		return aircon.Secret{}, false, nil
	}
	return aircon.NewSecret(value.(string)), true, nil
}
