//go:build unix

package airflow

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strconv"
	"testing"

	"aircon/aircontest"
)

// playMigration migrates as Airflow does, as far as can be told from outside, and counts how often. One that a table "killed" is there for ends in
// the middle.
func playMigration(at string) (err error) {
	db, err := sql.Open("pgx", at)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, statement := range []string{
		"CREATE TABLE IF NOT EXISTS migrations (at timestamp)", "INSERT INTO migrations VALUES (now())",
		"CREATE TABLE IF NOT EXISTS alembic_version (version_num text PRIMARY KEY)", "INSERT INTO alembic_version VALUES ('a1b2') ON CONFLICT DO NOTHING",
	} {
		if _, err := db.ExecContext(context.Background(), statement); err != nil {
			return err
		}
	}
	var killed bool
	err = db.QueryRowContext(context.Background(), "SELECT to_regclass('killed') IS NOT NULL").Scan(&killed)
	if killed {
		err = errors.New("killed")
	}
	return err
}

// A metastore on PostgreSQL is migrated when it is new, another, changed by somebody, or was not migrated to the end; and not at each start.
func TestPostgresIsMigratedOnce(t *testing.T) {
	server := aircontest.NewPostgres(t)
	d := server.NewDatabase(t)
	at := url.URL{
		Scheme: "postgresql", User: url.UserPassword(d.Role, d.Password.Reveal()), Host: server.Host + ":" + strconv.Itoa(server.Port), Path: "/" + d.Name,
		RawQuery: url.Values{"sslmode": {"verify-full"}, "sslrootcert": {server.CAFile}}.Encode(),
	}
	i, home, other := fakeInstalled(t), t.TempDir(), t.TempDir()
	for _, step := range []struct {
		name, before string
		home         string
		fails        bool
		migrations   int
	}{
		{name: "new", before: "CREATE TABLE killed ()", home: home, fails: true, migrations: 1},
		{name: "after one that was killed", before: "DROP TABLE killed", home: home, migrations: 2},
		{name: "once more", home: home, migrations: 2},
		{name: "another directory", home: other, migrations: 3},
		{name: "once more there", home: other, migrations: 3},
		{name: "changed by somebody", before: "UPDATE alembic_version SET version_num = 'c3d4'", home: home, migrations: 4},
	} {
		if step.before != "" {
			server.Exec(t, d.Name, "SET ROLE "+d.Role+"; "+step.before)
		}
		if err := i.openPostgres(t.Context(), step.home, at.String(), Keys{}); (err != nil) != step.fails {
			t.Fatalf("%s: %v", step.name, err)
		}
		db, err := sql.Open("pgx", at.String())
		if err != nil {
			t.Fatal(err)
		}
		var got int
		if err := errors.Join(db.QueryRowContext(t.Context(), "SELECT count(*) FROM migrations").Scan(&got), db.Close()); err != nil || got != step.migrations {
			t.Errorf("%s: migrated %d times, want %d (%v)", step.name, got, step.migrations, err)
		}
	}
}
