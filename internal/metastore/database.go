package metastore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver for sqlite:

	"aircon"
)

// connections names what is read of the table connection, which has these columns in Airflow 2 and 3 alike (airflow.models.connection).
const connections = "SELECT conn_id, conn_type, host, schema, login, port FROM connection"

// database is an open metastore.
type database struct {
	*sql.DB
	placeholder string // what stands before the number of a statement's argument
}

// open opens an Airflow's database; see Read for dsn.
func open(ctx context.Context, dsn aircon.Secret, write bool) (*database, error) {
	scheme, rest, found := strings.Cut(dsn.Reveal(), "://")
	if !found {
		return nil, errors.New("the metastore's address has no scheme: give Airflow's own sql_alchemy_conn, such as postgresql://airflow@host/airflow")
	}
	kind, _, _ := strings.Cut(scheme, "+") // +psycopg2 and the like name SQLAlchemy's driver
	switch kind {
	case "postgresql", "postgres":
		return openPostgres(ctx, rest)
	case "sqlite":
		path, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "?") // three slashes before a relative path, four before an absolute one
		return openSQLite(path, write)
	}
	return nil, fmt.Errorf("the metastore's address begins with %s://, and postgresql:// and sqlite:// are read", kind)
}

func openPostgres(ctx context.Context, rest string) (*database, error) {
	config, err := pgx.ParseConfig("postgresql://" + rest)
	if err != nil {
		return nil, errors.New("the metastore's address is no PostgreSQL URL: postgresql://USER@HOST:PORT/DATABASE, with special characters in it encoded")
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // goes through every pooler
	db := stdlib.OpenDB(*config)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the metastore: %w", err), db.Close())
	}
	return &database{db, "$"}, nil
}

func openSQLite(path string, write bool) (*database, error) {
	if _, err := os.Stat(path); err != nil { // SQLite says less
		return nil, fmt.Errorf("the metastore: %w", err)
	}
	query := "mode=rw&_pragma=busy_timeout(10000)" // SQLite opens a file that it may not write to for reading
	if write {
		query += "&_txlock=immediate"
	} else { // no statement writes, but what a killed writer has left half done is taken back
		query += "&_pragma=query_only(1)"
	}
	file := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query}
	db, err := sql.Open("sqlite", file.String())
	if err != nil {
		return nil, err
	}
	return &database{db, "?"}, nil
}

// Read reads the connections of an Airflow's database. dsn is Airflow's own sql_alchemy_conn, such as postgresql+psycopg2://airflow@host/airflow
// or sqlite:////home/airflow/airflow.db; what libpq reads from PGPASSWORD and the passfile counts too. Nothing is written. An error never
// holds the password.
func Read(ctx context.Context, dsn aircon.Secret) (*Snapshot, error) {
	db, err := open(ctx, dsn, false)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, connections)
	if err != nil {
		return nil, tableError(err)
	}
	defer rows.Close()
	s := &Snapshot{rows: map[string]aircon.Connection{}}
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.ID, &r.Type, &r.Host, &r.Schema, &r.Login, &r.Port); err != nil {
			return nil, tableError(err)
		}
		s.add(r)
	}
	if err := rows.Err(); err != nil {
		return nil, tableError(err)
	}
	return s, nil
}

func tableError(err error) error { return fmt.Errorf("the metastore's table connection: %w", err) }
