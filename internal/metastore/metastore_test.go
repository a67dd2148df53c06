package metastore_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"aircon"
	"aircon/aircontest"
	"aircon/internal/metastore"
)

// fill are two rows, one of them bare; the password is as Fernet leaves it.
const fill = `INSERT INTO connection (id, conn_id, conn_type, host, schema, login, password, port, extra, is_encrypted, is_extra_encrypted) VALUES
	(1, 'my_db', 'postgres', 'h', 'd', 'u', 'gAAAAAB', 5433, 'gAAAAAB', true, true), (2, 'bare', 'http', NULL, NULL, NULL, NULL, NULL, NULL, false, false)`

// check holds a snapshot to what fill wrote.
func check(t *testing.T, s *metastore.Snapshot) {
	t.Helper()
	if got := s.IDs(); !slices.Equal(got, []string{"bare", "my_db"}) {
		t.Fatalf("it has %q", got)
	}
	c, is, err := s.Connection(t.Context(), "my_db", "")
	if err != nil || !is {
		t.Fatal(is, err)
	}
	if got := fmt.Sprintf("%v %v %v %v %v", c.Type, c.Host, c.Port, c.Schema, c.Login); got != "postgres h 5433 d u" {
		t.Errorf("my_db is %s", got)
	}
	if !c.Password.IsNull() || !c.Extra.IsNull() {
		t.Error("it read a password or an extra")
	}
	if c, _, _ := s.Connection(t.Context(), "bare", ""); !c.Host.IsNull() || !c.Port.IsNull() {
		t.Errorf("bare is %v", c)
	}
	if _, is, _ := s.Connection(t.Context(), "other", ""); is {
		t.Error("it has what is not there")
	}
}

// The tables are those that Airflow's models make, in SQLite and in PostgreSQL.
func TestReadDatabases(t *testing.T) {
	pg := aircontest.NewPostgres(t)
	for _, version := range []string{"2.10.3", "3.3.1"} {
		table, err := os.ReadFile(filepath.Join("testdata", version+".sql"))
		if err != nil {
			t.Fatal(err)
		}
		t.Run("SQLite of "+version, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "air flow%3F.db")
			db, err := sql.Open("sqlite", "file:"+url.PathEscape(path))
			if err != nil {
				t.Fatal(err)
			}
			for _, statement := range []string{string(table), fill} {
				if _, err := db.Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			s, err := metastore.Read(t.Context(), aircon.NewSecret("sqlite:///"+path))
			if err != nil {
				t.Fatal(err)
			}
			check(t, s)
		})
		t.Run("PostgreSQL of "+version, func(t *testing.T) {
			d := pg.NewDatabase(t)
			pg.Exec(t, d.Name, string(table), fill, "GRANT SELECT ON connection TO "+d.Role)
			s, err := metastore.Read(t.Context(), aircon.NewSecret(fmt.Sprintf("postgresql+psycopg2://%s:%s@%s:%d/%s", d.Role, d.Password.Reveal(), pg.Host, pg.Port, d.Name)))
			if err != nil {
				t.Fatal(err)
			}
			check(t, s)
		})
	}
}

// Whatever is wrong with a metastore's address, the error says what to write and never holds the password.
func TestReadRefuses(t *testing.T) {
	const canary = "c4n4ry"
	pg := aircontest.NewPostgres(t)
	d := pg.NewDatabase(t)
	for _, test := range []struct{ name, dsn, says string }{
		{"no scheme", "airflow.db", "sql_alchemy_conn"},
		{"another database", "mysql+mysqldb://u:" + canary + "@h/d", "postgresql:// and sqlite://"},
		{"no such file", "sqlite:////nonexistent/airflow.db", "no such file"},
		{"unencoded password", "postgresql://u:" + canary + "/x@h/d", "encoded"},
		{"wrong password", fmt.Sprintf("postgresql://%s:%s@%s:%d/%s", d.Role, canary, pg.Host, pg.Port, d.Name), "28P01"},
		{"no such table", fmt.Sprintf("postgresql://%s:%s@%s:%d/%s", d.Role, d.Password.Reveal(), pg.Host, pg.Port, d.Name), "table connection"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := metastore.Read(t.Context(), aircon.NewSecret(test.dsn))
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), canary) || strings.Contains(err.Error(), d.Password.Reveal()) {
				t.Errorf("got %v, want %q", err, test.says)
			}
		})
	}
}

// The REST API answers in pages, to whoever brings a token.
func TestReadREST(t *testing.T) {
	const total, token = 230, "c4n4ry"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.URL.Path != "/af/api/v1/connections" && r.URL.Path != "/af/api/v2/connections" {
			http.NotFound(w, r)
			return
		}
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		list := []map[string]any{}
		for i := offset; i < min(offset+limit, total); i++ {
			list = append(list, map[string]any{"connection_id": fmt.Sprintf("c%03d", i), "conn_type": "postgres", "host": "h", "port": 5432, "password": nil, "description": nil})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"connections": list, "total_entries": total})
	}))
	defer server.Close()
	for _, airflow := range []aircon.Version{{Major: 2, Minor: 10}, {Major: 3}} {
		s, err := metastore.ReadREST(t.Context(), server.Client(), server.URL+"/af", aircon.NewSecret(token), airflow)
		if err != nil || len(s.IDs()) != total {
			t.Fatalf("with Airflow %s: %v", airflow, err)
		}
		if c, is, _ := s.Connection(t.Context(), "c229", ""); !is || c.Port.String() != "5432" {
			t.Errorf("c229 is %v", c)
		}
	}
	for _, test := range []struct{ base, token, says string }{
		{server.URL + "/af", "other", "401"},
		{server.URL, token, "404"},
		{"airflow", token, "no URL"},
		{"http://127.0.0.1:1", token, "refused"},
	} {
		_, err := metastore.ReadREST(t.Context(), server.Client(), test.base, aircon.NewSecret(test.token), aircon.Version{Major: 3})
		if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), token) {
			t.Errorf("%s: got %v, want %q", test.base, err, test.says)
		}
	}
}
