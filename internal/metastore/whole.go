package metastore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"aircon"
)

// Stored is a connection with all that its row holds.
type Stored struct {
	ID     string
	Conn   aircon.Connection
	Reason string // why Conn is not what Airflow would read; "" where it is

	columns []string
	values  []any // as they were read, to know the row again
}

// ReadWhole reads the connections of an Airflow's database with their passwords and extras, by conn_id. A row that cannot be decrypted has a
// reason in the place of its connection. See Read for dsn. Nothing is written.
func ReadWhole(ctx context.Context, dsn aircon.Secret, keys Keys) ([]Stored, error) {
	db, err := open(ctx, dsn, false)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, "SELECT * FROM connection ORDER BY conn_id") // Airflow 3 has more columns than 2
	if err != nil {
		return nil, tableError(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, tableError(err)
	}
	var all []Stored
	for rows.Next() {
		s := Stored{columns: columns, values: make([]any, len(columns))}
		into := make([]any, len(columns))
		for i := range into {
			into[i] = &s.values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, tableError(err)
		}
		if err := s.read(keys); err != nil {
			s.Reason = err.Error()
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		return nil, tableError(err)
	}
	return all, nil
}

// column returns what a column holds, and nil for null and for a column that the table has not.
func (s *Stored) column(name string) any {
	i := slices.Index(s.columns, name)
	if i < 0 {
		return nil
	}
	if bytes, is := s.values[i].([]byte); is {
		return string(bytes)
	}
	return s.values[i]
}

// field returns a column as a field: text, or a number.
func (s *Stored) field(name string) aircon.Field {
	switch v := s.column(name).(type) {
	case string:
		return aircon.Text(v)
	case int64:
		return aircon.Int(int(v))
	}
	return aircon.Field{}
}

// is reports whether a column holds true.
func (s *Stored) is(name string) bool {
	switch v := s.column(name).(type) {
	case bool:
		return v
	case int64:
		return v != 0
	}
	return false
}

// read makes the connection of the row, as airflow.models.Connection does when it is loaded.
func (s *Stored) read(keys Keys) error {
	s.ID = s.field("conn_id").String()
	s.Conn = aircon.Connection{
		ID: aircon.Text(s.ID), Type: s.field("conn_type"), Description: s.field("description"), Host: s.field("host"),
		Login: s.field("login"), Schema: s.field("schema"), Port: s.field("port"),
	}
	if team := s.field("team_name").String(); team != "" {
		return errors.New("it belongs to a team, and multi-team mode looks it up under another name")
	}
	password, err := s.secret(keys, "password", "is_encrypted")
	if err != nil {
		return err
	}
	s.Conn.Password = password
	extra, err := s.secret(keys, "extra", "is_extra_encrypted")
	if err == nil && !extra.IsNull() {
		s.Conn.Extra = aircon.NewExtra(extra.Reveal())
	}
	return err
}

// secret is get_password and get_extra.
func (s *Stored) secret(keys Keys, name, flag string) (aircon.Secret, error) {
	text := s.field(name)
	switch {
	case text.IsNull():
		return aircon.Secret{}, nil
	case !text.IsTrue() || !s.is(flag):
		return aircon.NewSecret(text.String()), nil
	}
	plain, err := keys.decrypt(text.String())
	if err != nil {
		return aircon.Secret{}, fmt.Errorf("its %s: %w", name, err)
	}
	return plain, nil
}

// Delete deletes rows that are still as they were read, all in one transaction, and returns the ids of those. A row that somebody has
// changed since stays. Airflow's role must hold DELETE on the table.
func Delete(ctx context.Context, dsn aircon.Secret, rows []Stored) ([]string, error) {
	db, err := open(ctx, dsn, true)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("the metastore: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	var gone []string
	for _, s := range rows {
		n, err := s.delete(ctx, tx, db.placeholder)
		if err != nil {
			return nil, tableError(err)
		}
		if n > 0 {
			gone = append(gone, s.ID)
		}
	}
	if err := tx.Commit(); err != nil {
		return nil, tableError(err)
	}
	return gone, nil
}

func (s *Stored) delete(ctx context.Context, tx *sql.Tx, placeholder string) (int64, error) {
	conditions := make([]string, len(s.columns))
	for i, column := range s.columns {
		conditions[i] = fmt.Sprintf(`"%s" IS NOT DISTINCT FROM %s%d`, column, placeholder, i+1)
	}
	result, err := tx.ExecContext(ctx, "DELETE FROM connection WHERE "+strings.Join(conditions, " AND "), s.values...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
