// Package citest is the example of docs/ci.md: a user's own test against a local AWS and a real PostgreSQL.
package citest

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"aircon"
	"aircon/aircontest"
	"aircon/pghook"
)

func TestWarehouse(t *testing.T) {
	postgres := aircontest.NewPostgres(t, aircontest.TLSOnly())
	db := postgres.NewDatabase(t)

	// A connection as a task of Airflow 3.3.1 sees it.
	rt, err := aircon.RuntimeFor("3.3.1")
	if err != nil {
		t.Fatal(err)
	}
	conn := aircon.Connection{
		Type: aircon.Text("postgres"), Host: aircon.Text(postgres.Host), Port: aircon.Int(postgres.Port),
		Login: aircon.Text(db.Role), Password: db.Password, Schema: aircon.Text(db.Name),
		Extra: aircon.NewExtra(`{"sslmode": "verify-full", "sslrootcert": "` + postgres.CAFile + `"}`),
	}

	// Opened with the arguments that PostgresHook would pass to the driver.
	config, _, err := pghook.Config(t.Context(), conn, rt, pghook.Options{})
	if err != nil {
		t.Fatal(err)
	}
	session, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close(t.Context())
	var encrypted bool
	err = session.QueryRow(t.Context(), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").Scan(&encrypted)
	if err != nil || !encrypted {
		t.Errorf("encrypted: %v, %v", encrypted, err)
	}
}
