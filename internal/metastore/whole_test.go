package metastore_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aircon"
	"aircon/aircontest"
	"aircon/internal/metastore"
)

// Tokens that cryptography.fernet, which Airflow uses, has made of p@ss and of {"sslmode": "require"}.
const (
	newKey     = "3NvIo2AaTHnB9yfHlfHOfHPoJ8mqnE8Z_2MGvtBRTV0="
	oldKey     = "VUtJZsfLSC-EAq8o-c6_AokgQ8iQSyxBsjVGy0pIPfc="
	tokenOfOld = "gAAAAABrDd9aWOrpv7oT7KvYtVPlpu8IvUcwo9P3ZgL_RCq9gDpvDq-SHoFJ2oo3Tecb8wfjZcnef_jI_Hpdj4iC9hE3iffTzA=="
	tokenOfNew = "gAAAAABrDd9boWNmVuSG4JCRxKSfyiYiehLV6KPWXrNalpDB3S-1J9PEnK7ak52mIG-GfHBHQo5jiEatfFruozjnnXPbnFmLUL8jEGUq8VMQrCuqP8zWZlc="
)

// wholeRows are one row with both secrets encrypted, by different keys, one with neither, and one whose key is lost.
const wholeRows = `INSERT INTO connection (id, conn_id, conn_type, host, schema, login, password, port, extra, description, is_encrypted, is_extra_encrypted) VALUES
	(1, 'both', 'postgres', 'h', 'd', 'u', '` + tokenOfOld + `', 5433, '` + tokenOfNew + `', 'D', true, true),
	(2, 'clear', 'http', NULL, '', NULL, 'in the clear', NULL, '{}', NULL, false, false),
	(3, 'lost', 'http', NULL, NULL, NULL, 'gAAAAABlost', NULL, NULL, NULL, true, false)`

// wholes makes the metastores of each version and kind, with wholeRows in them.
func wholes(t *testing.T, check func(t *testing.T, dsn aircon.Secret, run func(statement string))) {
	pg := aircontest.NewPostgres(t)
	for _, version := range []string{"2.10.3", "3.3.1"} {
		table, err := os.ReadFile(filepath.Join("testdata", version+".sql"))
		if err != nil {
			t.Fatal(err)
		}
		t.Run("SQLite of "+version, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "airflow.db")
			db, err := sql.Open("sqlite", path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			run := func(statement string) {
				if _, err := db.Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
			run(string(table))
			run(wholeRows)
			check(t, aircon.NewSecret("sqlite:///"+path), run)
		})
		t.Run("PostgreSQL of "+version, func(t *testing.T) {
			d := pg.NewDatabase(t)
			pg.Exec(t, d.Name, string(table), wholeRows, "GRANT SELECT, DELETE ON connection TO "+d.Role)
			dsn := fmt.Sprintf("postgresql+psycopg2://%s:%s@%s:%d/%s", d.Role, d.Password.Reveal(), pg.Host, pg.Port, d.Name)
			check(t, aircon.NewSecret(dsn), func(statement string) { pg.Exec(t, d.Name, statement) })
		})
	}
}

func mustKeys(t *testing.T, text string) metastore.Keys {
	t.Helper()
	keys, err := metastore.ParseKeys(aircon.NewSecret(text))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// Whatever key a row was encrypted with, all of it is read; and a row whose key is not there has a reason.
func TestReadWhole(t *testing.T) {
	wholes(t, func(t *testing.T, dsn aircon.Secret, _ func(string)) {
		rows, err := metastore.ReadWhole(t.Context(), dsn, mustKeys(t, newKey+", "+oldKey))
		if err != nil || len(rows) != 3 {
			t.Fatal(rows, err)
		}
		both, clear, lost := rows[0], rows[1], rows[2]
		if c := both.Conn; both.Reason != "" || c.Password.Reveal() != "p@ss" || c.Extra.Text().Reveal() != `{"sslmode": "require"}` || c.Port != aircon.Int(5433) || c.Description != aircon.Text("D") {
			t.Errorf("both: %q", both.Reason)
		}
		if c := clear.Conn; clear.Reason != "" || c.Password.Reveal() != "in the clear" || !c.Host.IsNull() || c.Schema != aircon.Text("") {
			t.Errorf("clear: %q", clear.Reason)
		}
		if !strings.Contains(lost.Reason, "none of the Fernet keys decrypts it") {
			t.Errorf("lost: %q", lost.Reason)
		}
		rows, err = metastore.ReadWhole(t.Context(), dsn, metastore.Keys{})
		if err != nil || !strings.Contains(rows[0].Reason, "no Fernet key was given") || rows[1].Reason != "" {
			t.Errorf("without keys: %q, %q, %v", rows[0].Reason, rows[1].Reason, err)
		}
	})
}

// A row that somebody has changed since it was read is not deleted.
func TestDelete(t *testing.T) {
	wholes(t, func(t *testing.T, dsn aircon.Secret, run func(string)) {
		keys := mustKeys(t, newKey+","+oldKey)
		rows, err := metastore.ReadWhole(t.Context(), dsn, keys)
		if err != nil {
			t.Fatal(err)
		}
		run("UPDATE connection SET login = 'new' WHERE conn_id = 'clear'")
		gone, err := metastore.Delete(t.Context(), dsn, rows)
		if err != nil || !slices.Equal(gone, []string{"both", "lost"}) {
			t.Errorf("deleted %q, %v", gone, err)
		}
		left, err := metastore.Read(t.Context(), dsn)
		if err != nil || !slices.Equal(left.IDs(), []string{"clear"}) {
			t.Errorf("left: %v, %v", left, err)
		}
	})
}

// A database whose last writer was killed in the middle is read as it was before: SQLite takes the half of a transaction back, which a
// connection that may only read cannot.
func TestReadAfterAKilledWriter(t *testing.T) {
	table, err := os.ReadFile(filepath.Join("testdata", "3.3.1.sql"))
	if err != nil {
		t.Fatal(err)
	}
	live, killed := filepath.Join(t.TempDir(), "airflow.db"), filepath.Join(t.TempDir(), "airflow.db")
	db, err := sql.Open("sqlite", live)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	writer, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for _, statement := range []string{
		string(table), wholeRows, "PRAGMA cache_size = 1", "BEGIN IMMEDIATE", // with so little memory the file is written before the end
		"UPDATE connection SET host = 'half', description = hex(zeroblob(100000))",
	} {
		if _, err := writer.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for _, end := range []string{"", "-journal"} {
		text, err := os.ReadFile(live + end)
		if err == nil {
			err = os.WriteFile(killed+end, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	rows, err := metastore.ReadWhole(t.Context(), aircon.NewSecret("sqlite:///"+killed), metastore.Keys{})
	if err != nil || len(rows) != 3 || rows[0].Conn.Host != aircon.Text("h") {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// Keys that are none are told by their number, and never shown.
func TestParseKeys(t *testing.T) {
	for _, text := range []string{"canary", newKey + ",canary", newKey[:40], newKey + ","} {
		if _, err := metastore.ParseKeys(aircon.NewSecret(text)); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Of what the REST API masks, nothing is taken for the connection.
func TestReadRESTWhole(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"total_entries": 3, "connections": [
			{"connection_id": "bare", "conn_type": "aws", "password": null, "extra": "{\"region_name\": \"eu-west-1\"}"},
			{"connection_id": "masked", "conn_type": "postgres", "password": "***", "extra": null},
			{"connection_id": "token", "conn_type": "http", "password": null, "extra": "{\"token\": \"***\"}"}]}`)
	}))
	defer server.Close()
	for _, test := range []struct {
		airflow aircon.Version
		reasons []string
	}{
		{aircon.Version{Major: 3}, []string{"", "masks its secrets", "masks its secrets"}},
		{aircon.Version{Major: 2, Minor: 10}, []string{"never tells a password", "never tells a password", "never tells a password"}},
	} {
		rows, err := metastore.ReadRESTWhole(t.Context(), server.Client(), server.URL, aircon.Secret{}, test.airflow)
		if err != nil || len(rows) != 3 {
			t.Fatal(rows, err)
		}
		for i, want := range test.reasons {
			if got := rows[i].Reason; !strings.Contains(got, want) || want == "" && got != "" {
				t.Errorf("Airflow %s: %s: %q, want %q", test.airflow, rows[i].ID, got, want)
			}
		}
	}
}
