package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fernet/fernet-go"

	"aircon"
	"aircon/aircontest"
	"aircon/exchange"
	"aircon/internal/migrate"
	"aircon/localaws"
	"aircon/localaws/mwaa"
	"aircon/lookup"
)

// How many connections a metastore has, and how many of them are broken.
const (
	manyConnections = 500
	brokenOnes      = 20
)

// All connections of a metastore arrive equal, whichever key encrypted them, and each of the broken ones is reported with its reason.
func TestMigrateMany(t *testing.T) {
	server := aircontest.NewPostgres(t)
	for _, test := range []struct {
		name, version string
		metastore     func(t *testing.T, version string, rows []metastoreRow) string
	}{
		{"SQLite of 2.10.3", "2.10.3", func(t *testing.T, version string, rows []metastoreRow) string {
			return sqliteMetastore(t, filepath.Join(t.TempDir(), "airflow.db"), version, rows)
		}},
		{"PostgreSQL of 3.3.1", "3.3.1", func(t *testing.T, version string, rows []metastoreRow) string {
			return postgresMetastore(t, server, version, rows)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			keys, text := fernetKeys(t, 3)
			rt, err := aircon.RuntimeFor(test.version)
			if err != nil {
				t.Fatal(err)
			}
			rows := newRows(t, rand.New(rand.NewPCG(1, uint64(len(test.name)))), manyConnections, brokenOnes, keys, rt.Airflow.Major)
			dsn := test.metastore(t, test.version, rows)
			t.Setenv("METASTORE", dsn)
			t.Setenv(fernetVariable, text)
			migrateAll(t, test.version, rows, rt)
		})
	}
}

// fernetKeys are keys, and the option that names them with the newest first.
func fernetKeys(t testing.TB, n int) ([]*fernet.Key, string) {
	t.Helper()
	keys := make([]*fernet.Key, n)
	var texts []string
	for i := range keys {
		keys[i] = new(fernet.Key)
		if err := keys[i].Generate(); err != nil {
			t.Fatal(err)
		}
		texts = append([]string{keys[i].Encode()}, texts...)
	}
	return keys, strings.Join(texts, ",")
}

func migrateAll(t *testing.T, version string, rows []metastoreRow, rt aircon.Runtime) {
	t.Helper()
	aws := aircontest.NewLocalAWS(t, localaws.Options{MWAA: mwaa.Options{Create: -1, Update: -1, Delete: -1}})
	for name, value := range aws.Env() {
		t.Setenv(name, value)
	}
	if err := makeEnvironment(t.Context(), aws.Env(), "analytics", version); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	migrate := []string{"migrate", "--environment", "analytics", "--metastore", "env:METASTORE", "--yes", "--output", "json"}
	checkResults(t, rows, runMigrate(t, exitFindings, migrate...))
	checkArrived(t, aws.Env(), rows, rt)
	again := runMigrate(t, exitFindings, migrate...)
	if len(again.Changes) > 0 {
		t.Errorf("a second run writes %d secrets", len(again.Changes))
	}
	checkResults(t, rows, again)
	clean := runMigrate(t, exitFindings, append(migrate, "--clean-up")...)
	if got := clean.Summary["cleaned"]; got != manyConnections-brokenOnes {
		t.Errorf("%d were cleaned up", got)
	}
	if left := runMigrate(t, exitFindings, migrate...); len(left.Connections) != brokenOnes {
		t.Errorf("%d are left in the metastore", len(left.Connections))
	}
}

// runMigrate runs a command line in this process and returns its report, in which no password may stand.
func runMigrate(t *testing.T, status int, args ...string) migrated {
	t.Helper()
	var out, complaints bytes.Buffer
	w := world{in: strings.NewReader(""), out: &out, err: &complaints, getenv: os.Getenv}
	if code := run(context.Background(), w, args); code != status {
		t.Fatalf("%s ends with %d: %s", strings.Join(args, " "), code, complaints.String())
	}
	if strings.Contains(out.String()+complaints.String(), migrationCanary) {
		t.Error("a password is shown")
	}
	var report migrated
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	return report
}

// checkResults holds a report to what was put into the metastore.
func checkResults(t *testing.T, rows []metastoreRow, report migrated) {
	t.Helper()
	results := map[string]migrate.Result{}
	for _, r := range report.Connections {
		results[r.ID] = r
	}
	for _, row := range rows {
		r, found := results[row.id]
		switch {
		case !found:
			t.Errorf("%s is not in the report", row.id)
		case row.fault == "" && r.State != migrate.Proven:
			t.Errorf("%s is %s: %s", row.id, r.State, r.Reason)
		case row.fault != "" && (r.State != migrate.Broken || !strings.Contains(r.Reason, row.fault)):
			t.Errorf("%q is %s: %q, want %q", row.id, r.State, r.Reason, row.fault)
		}
	}
	if report.Summary[migrate.Proven] != manyConnections-brokenOnes || report.Summary[migrate.Broken] != brokenOnes {
		t.Errorf("the sum is %v", report.Summary)
	}
}

// checkArrived reads the secrets themselves, and holds them to the metastore's rows.
func checkArrived(t *testing.T, env map[string]string, rows []metastoreRow, rt aircon.Runtime) {
	t.Helper()
	backend, err := lookup.NewBackend(aircon.Secret{}, rt)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.fault != "" {
			continue
		}
		name := "airflow/connections/" + row.id
		var value struct{ SecretString string }
		callInto(t, env, "GetSecretValue", name, &value)
		var described struct{ Description string }
		callInto(t, env, "DescribeSecret", name, &described)
		reading := backend.ReadConnection(row.id, aircon.NewSecret(value.SecretString))
		is := reading.Conn
		if described.Description != "" {
			is.Description = aircon.Text(described.Description)
		}
		for _, d := range exchange.Differences(row.connection(), is) {
			if d.Change != exchange.NullToEmpty && d.Change != exchange.EmptyToNull {
				t.Errorf("%s: %s is %s", row.id, d.Field, d.Change)
			}
		}
	}
}

func callInto(t *testing.T, env map[string]string, operation, name string, into any) {
	t.Helper()
	answer, err := callLocal(t.Context(), env, "secretsmanager", operation, `{"SecretId": "`+name+`"}`)
	if err == nil {
		err = json.Unmarshal(answer, into)
	}
	if err != nil {
		t.Fatal(operation, name, err)
	}
}
