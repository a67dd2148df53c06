package aircontest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"aircon/aircontest"
)

func TestDatabase(t *testing.T) {
	pg := aircontest.NewPostgres(t)
	if again := aircontest.NewPostgres(t); again != pg {
		t.Error("a second server without options")
	}
	first, second := pg.NewDatabase(t), pg.NewDatabase(t)
	if first.Name == second.Name || first.Password.Equal(second.Password) {
		t.Errorf("%+v and %+v are not apart", first, second)
	}
	pg.Exec(t, first.Name, "CREATE TABLE here()")
	for _, host := range []string{pg.Host, pg.SocketDir} {
		conn, err := pgx.Connect(t.Context(), dsn(pg, first, host))
		if err != nil {
			t.Fatal(err)
		}
		var tables int
		if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM pg_tables WHERE tablename = 'here'").Scan(&tables); err != nil || tables != 1 {
			t.Errorf("%d tables, %v", tables, err)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestOptions(t *testing.T) {
	pg := aircontest.NewPostgres(t, aircontest.TLSOnly(), aircontest.CertificateHosts("db.example.internal"),
		aircontest.Setting("default_transaction_read_only", "on"), aircontest.HBA("hostssl all all 127.0.0.1/32 reject"))
	db := pg.NewDatabase(t)
	var refused *pgconn.PgError
	if _, err := pgx.Connect(t.Context(), dsn(pg, db, pg.Host)+" sslmode=require"); !errors.As(err, &refused) || refused.Code != "28000" {
		t.Errorf("pg_hba.conf's own line first: %v", err)
	}
}

func dsn(pg *aircontest.Postgres, db aircontest.Database, host string) string {
	return fmt.Sprintf("host=%s port=%d user=%s password=%s dbname=%s", host, pg.Port, db.Role, db.Password.Reveal(), db.Name)
}
