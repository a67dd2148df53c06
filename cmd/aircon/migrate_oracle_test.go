//go:build oracle

package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"aircon"
	"aircon/aircontest"
)

// TestMigrateOfRealAirflow migrates metastores that real Airflow, as tools/oracle/airflow/install.sh installs it, has made and filled, a third of
// each with each of three Fernet keys: on SQLite, and on PostgreSQL, which MWAA's are.
func TestMigrateOfRealAirflow(t *testing.T) {
	server := aircontest.NewPostgres(t)
	for _, version := range []string{"2.10.3", "3.3.1"} {
		for kind, on := range map[string]func(*testing.T, string) realMetastore{"SQLite": inSQLite, "PostgreSQL": inPostgres(server)} {
			t.Run(version+" on "+kind, func(t *testing.T) {
				rt, err := aircon.RuntimeFor(version)
				if err != nil {
					t.Fatal(err)
				}
				keys, text := fernetKeys(t, 3)
				rows := newRows(t, rand.New(rand.NewPCG(2, uint64(rt.Airflow.Major))), manyConnections, brokenOnes, keys, rt.Airflow.Major)
				dir := t.TempDir()
				m := on(t, dir)
				for i, key := range keys {
					storeInAirflow(t, version, dir, m.dsn, key.Encode(), rows, i, len(keys))
				}
				m.insertBroken(t, rows)
				t.Setenv("METASTORE", m.dsn)
				t.Setenv(fernetVariable, text)
				migrateAll(t, version, rows, rt)
			})
		}
	}
}

// realMetastore is a database that Airflow makes its own.
type realMetastore struct {
	dsn                       string // as Airflow has it
	driver, name, placeholder string // as this test opens it
}

func inSQLite(_ *testing.T, dir string) realMetastore {
	path := filepath.Join(dir, "airflow.db")
	return realMetastore{"sqlite:///" + path, "sqlite", path, "?"}
}

func inPostgres(server *aircontest.Postgres) func(*testing.T, string) realMetastore {
	return func(t *testing.T, _ string) realMetastore {
		d := server.NewDatabase(t)
		server.Exec(t, d.Name, "GRANT CREATE ON SCHEMA public TO "+d.Role)
		rest := fmt.Sprintf("://%s:%s@%s:%d/%s", d.Role, d.Password.Reveal(), server.Host, server.Port, d.Name)
		return realMetastore{"postgresql+psycopg2" + rest, "pgx", "postgresql" + rest, "$"}
	}
}

// storeInAirflow lets Airflow store every of-th good row, from one on.
func storeInAirflow(t *testing.T, version, dir, dsn, key string, rows []metastoreRow, from, of int) {
	t.Helper()
	python, err := exec.Command("../../tools/oracle/airflow/install.sh", version).Output()
	if err != nil {
		t.Fatal(err)
	}
	var cases []map[string]any
	for i, r := range rows {
		if i%of != from || r.fault != "" {
			continue
		}
		c := map[string]any{"conn_id": r.id, "conn_type": r.connType, "host": r.host, "schema": r.schema, "login": r.login, "description": r.description, "port": r.port}
		if !r.plainPassword.IsNull() {
			c["password"] = r.plainPassword.Reveal()
		}
		if !r.plainExtra.IsNull() {
			c["extra"] = r.plainExtra.Text().Reveal()
		}
		cases = append(cases, c)
	}
	text, err := json.Marshal(cases)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "cases.json"), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	ask := exec.Command(strings.TrimSpace(string(python)), "../../tools/exchange/ask.py", "store", dir)
	ask.Env = append(os.Environ(), fernetVariable+"="+key, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="+dsn)
	if out, err := ask.CombinedOutput(); err != nil {
		t.Fatalf("ask.py store: %v\n%s", err, out)
	}
}

// insertBroken puts the rows that Airflow itself would not have made into its table.
func (m *realMetastore) insertBroken(t *testing.T, rows []metastoreRow) {
	t.Helper()
	db, err := sql.Open(m.driver, m.name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var broken []metastoreRow
	for _, r := range rows {
		if r.fault != "" {
			broken = append(broken, r)
		}
	}
	insertRows(t, db, m.placeholder, broken)
}
