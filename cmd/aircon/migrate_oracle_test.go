//go:build oracle

package main

import (
	"database/sql"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"aircon"
)

// TestMigrateOfRealAirflow migrates a metastore that real Airflow, as tools/oracle/airflow/install.sh installs it, has made and filled, a third of
// it with each of three Fernet keys.
func TestMigrateOfRealAirflow(t *testing.T) {
	for _, version := range []string{"2.10.3", "3.3.1"} {
		t.Run(version, func(t *testing.T) {
			rt, err := aircon.RuntimeFor(version)
			if err != nil {
				t.Fatal(err)
			}
			keys, text := fernetKeys(t, 3)
			rows := newRows(t, rand.New(rand.NewPCG(2, uint64(rt.Airflow.Major))), manyConnections, brokenOnes, keys, rt.Airflow.Major)
			dir := t.TempDir()
			for i, key := range keys {
				storeInAirflow(t, version, dir, key.Encode(), rows, i, len(keys))
			}
			path := filepath.Join(dir, "home", "airflow.db")
			insertBroken(t, path, rows)
			t.Setenv("METASTORE", "sqlite:///"+path)
			t.Setenv(fernetVariable, text)
			migrateAll(t, version, rows, rt)
		})
	}
}

// storeInAirflow lets Airflow store every of-th good row, from one on.
func storeInAirflow(t *testing.T, version, dir, key string, rows []metastoreRow, from, of int) {
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
	ask.Env = append(os.Environ(), fernetVariable+"="+key)
	if out, err := ask.CombinedOutput(); err != nil {
		t.Fatalf("ask.py store: %v\n%s", err, out)
	}
}

// insertBroken puts the rows that Airflow itself would not have made into its table.
func insertBroken(t *testing.T, path string, rows []metastoreRow) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
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
	insertRows(t, db, "?", broken)
}
