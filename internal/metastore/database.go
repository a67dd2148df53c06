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
	_ "modernc.org/sqlite" // the driver for sqlite:

	"aircon"
)

// connections names what is read of the table connection, which has these columns in Airflow 2 and 3 alike (airflow.models.connection).
const connections = "SELECT conn_id, conn_type, host, schema, login, port FROM connection"

// Read reads the connections of an Airflow's database. dsn is Airflow's own sql_alchemy_conn, such as postgresql+psycopg2://airflow@host/airflow
// or sqlite:////home/airflow/airflow.db; what libpq reads from PGPASSWORD and the passfile counts too. Nothing is written. An error never
// holds the password.
func Read(ctx context.Context, dsn aircon.Secret) (*Snapshot, error) {
	scheme, rest, found := strings.Cut(dsn.Reveal(), "://")
	if !found {
		return nil, errors.New("the metastore's address has no scheme: give Airflow's own sql_alchemy_conn, such as postgresql://airflow@host/airflow")
	}
	kind, _, _ := strings.Cut(scheme, "+") // +psycopg2 and the like name SQLAlchemy's driver
	switch kind {
	case "postgresql", "postgres":
		return readPostgres(ctx, rest)
	case "sqlite":
		path, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "?") // sqlite:///relative, sqlite:////absolute
		return readSQLite(ctx, path)
	}
	return nil, fmt.Errorf("the metastore's address begins with %s://, and postgresql:// and sqlite:// are read", kind)
}

func readPostgres(ctx context.Context, rest string) (*Snapshot, error) {
	config, err := pgx.ParseConfig("postgresql://" + rest)
	if err != nil {
		return nil, errors.New("the metastore's address is no PostgreSQL URL: postgresql://USER@HOST:PORT/DATABASE, with special characters in it encoded")
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol // goes through every pooler
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("the metastore: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // nothing was written
	rows, err := conn.Query(ctx, connections)
	if err != nil {
		return nil, fmt.Errorf("the metastore's table connection: %w", err)
	}
	defer rows.Close()
	return readRows(rows)
}

func readSQLite(ctx context.Context, path string) (*Snapshot, error) {
	if _, err := os.Stat(path); err != nil { // SQLite says less
		return nil, fmt.Errorf("the metastore: %w", err)
	}
	file := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "mode=ro"}
	db, err := sql.Open("sqlite", file.String())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, connections)
	if err != nil {
		return nil, fmt.Errorf("the metastore's table connection: %w", err)
	}
	defer rows.Close()
	return readRows(rows)
}

// result is what both drivers answer with.
type result interface {
	Next() bool
	Scan(into ...any) error
	Err() error
}

func readRows(rows result) (*Snapshot, error) {
	s := &Snapshot{rows: map[string]aircon.Connection{}}
	for rows.Next() {
		var r row
		if err := rows.Scan(&r.ID, &r.Type, &r.Host, &r.Schema, &r.Login, &r.Port); err != nil {
			return nil, fmt.Errorf("the metastore's table connection: %w", err)
		}
		s.add(r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("the metastore's table connection: %w", err)
	}
	return s, nil
}
