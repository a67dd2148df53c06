package main

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/fernet/fernet-go"

	"aircon"
	"aircon/aircontest"
)

// metastoreRow is a row of Airflow's table connection; what is nil is null.
type metastoreRow struct {
	id                                 string
	connType, host, schema, login      any
	description, password, port, extra any
	encrypted, extraEncrypted          bool
	fault                              string // what migrate must say of it; "" where it arrives
	plainPassword                      aircon.Secret
	plainExtra                         aircon.Extra
}

// connection is what Airflow reads of the row.
func (r *metastoreRow) connection() aircon.Connection {
	c := aircon.Connection{ID: aircon.Text(r.id), Password: r.plainPassword, Extra: r.plainExtra}
	for _, f := range []struct {
		value any
		into  *aircon.Field
	}{{r.connType, &c.Type}, {r.host, &c.Host}, {r.schema, &c.Schema}, {r.login, &c.Login}, {r.description, &c.Description}} {
		if text, is := f.value.(string); is {
			*f.into = aircon.Text(text)
		}
	}
	if port, is := r.port.(int); is {
		c.Port = aircon.Int(port)
	}
	return c
}

// migrationTypes are connection types of a dozen providers.
var migrationTypes = []string{"postgres", "aws", "google_cloud_platform", "http", "snowflake", "ssh", "sftp", "mysql", "redis", "kafka", "databricks", "generic"}

// migrationTexts are what fields hold: plain, empty, and full of what some text on the way takes for its own.
var migrationTexts = []any{
	nil, "", "plain", "db.example.internal", "Upper.Example", "p@ss/w:rd?x#y", "100%", "%41", `it's "so"`, "ü漢😀", " a ", "line\nbreak", "{", "{}", "null", "true",
	"http://elsewhere", "a=b&c", "$HOME", `back\slash`, "postgres://u:p@h/d",
	"no", "1e3", "0x1f", "~", "2026-11-30", "=", "<<", "a #b", "- a", "a: b", "${HOME}", "\u0085\u2028", "line\r\nbreak", "tab\there", "`id`", strings.Repeat("long ", 90),
}

// migrationExtras are extras, and null.
var migrationExtras = []any{
	nil, nil, "", "{}", `{"sslmode": "require", "keepalives_idle": 300}`, `{"iam": false, "n": null, "list": [1, "2", 3.5]}`, `{"private_key": "-----BEGIN\nX\n-----END"}`,
	`{"nested": {"a": {"b": "ü"}}, "__extra__": "x"}`, `{"region_name":"eu-west-1","role_arn":"arn:aws:iam::1:role/x"}`,
}

// newRows draws connections of an Airflow of that major version, whose secrets are encrypted with any of the keys, the last of them broken in
// ways that no migration mends.
func newRows(t testing.TB, random *rand.Rand, n, broken int, keys []*fernet.Key, major int) []metastoreRow {
	t.Helper()
	rows := make([]metastoreRow, n)
	for i := range rows {
		rows[i] = drawnRow(t, random, fmt.Sprintf("conn_%03d", i), keys)
	}
	faults := migrationFaults(t, major)
	for i := range broken {
		r := &rows[n-1-i]
		faults[i%len(faults)](r)
		if r.fault == "" {
			t.Fatal("a fault without words")
		}
	}
	random.Shuffle(n, func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return rows
}

func drawnRow(t testing.TB, random *rand.Rand, id string, keys []*fernet.Key) metastoreRow {
	text := func() any { return migrationTexts[random.IntN(len(migrationTexts))] }
	r := metastoreRow{
		id: id, connType: migrationTypes[random.IntN(len(migrationTypes))], host: text(), schema: text(), login: text(), description: text(),
	}
	if random.IntN(2) == 0 {
		r.port = 1 + random.IntN(65535)
	}
	if password, is := text().(string); is && password != "" { // set_password leaves an empty one alone
		r.plainPassword = aircon.NewSecret(canaryPrefixOf(random) + password)
		r.password, r.encrypted = stored(t, random, r.plainPassword.Reveal(), keys)
	}
	if extra, is := migrationExtras[random.IntN(len(migrationExtras))].(string); is {
		r.plainExtra = aircon.NewExtra(extra)
		if r.extra = extra; extra != "" { // set_extra encrypts no empty one
			r.extra, r.extraEncrypted = stored(t, random, extra, keys)
		}
	}
	return r
}

// canaryPrefixOf makes most passwords ones that are found wherever they show.
func canaryPrefixOf(random *rand.Rand) string {
	if random.IntN(4) == 0 {
		return ""
	}
	return migrationCanary
}

const migrationCanary = "c4n4ry-migration-"

// stored is what the metastore has of a secret: nearly always encrypted.
func stored(t testing.TB, random *rand.Rand, text string, keys []*fernet.Key) (any, bool) {
	t.Helper()
	if random.IntN(10) == 0 {
		return text, false
	}
	token, err := fernet.EncryptAndSign([]byte(text), keys[random.IntN(len(keys))])
	if err != nil {
		t.Fatal(err)
	}
	return string(token), true
}

// migrationFaults break a row, and tell what migrate must say of it.
func migrationFaults(t testing.TB, major int) []func(*metastoreRow) {
	t.Helper()
	var other fernet.Key
	if err := other.Generate(); err != nil {
		t.Fatal(err)
	}
	encrypt := func(text string) string {
		token, err := fernet.EncryptAndSign([]byte(text), &other)
		if err != nil {
			t.Fatal(err)
		}
		return string(token)
	}
	faults := []func(*metastoreRow){
		func(r *metastoreRow) {
			r.password, r.encrypted, r.fault = encrypt("x"), true, "its password: none of the Fernet keys decrypts it"
		},
		func(r *metastoreRow) {
			r.extra, r.extraEncrypted, r.fault = encrypt("{}"), true, "its extra: none of the Fernet keys decrypts it"
		},
		func(r *metastoreRow) {
			r.password, r.encrypted, r.fault = "gAAAAAB", true, "its password: none of the Fernet keys decrypts it"
		},
		func(r *metastoreRow) {
			r.password, r.encrypted, r.fault = strings.Repeat("x", 70_000), false, "a secret holds 65536"
		},
		func(r *metastoreRow) { r.id, r.fault = r.id+"(1)", "cannot be part of a secret's name" },
		func(r *metastoreRow) { r.id, r.fault = r.id+" ", "not a conn_id" },
		func(r *metastoreRow) {
			r.description, r.fault = strings.Repeat("d", 2049), "its description has 2049 characters"
		},
	}
	if major < 3 {
		return faults
	}
	return append(faults,
		func(r *metastoreRow) {
			r.extra, r.extraEncrypted, r.fault = "not JSON", false, "could not read it from a secret"
		},
		func(r *metastoreRow) {
			r.extra, r.extraEncrypted, r.fault = "[1]", false, "could not read it from a secret"
		},
		func(r *metastoreRow) { r.connType, r.fault = "", "it has no conn_type" },
		func(r *metastoreRow) { r.id, r.fault = r.id+"/x", "never finds an id with /" },
	)
}

// insert puts rows into the table that an Airflow of that version has migrated to.
func insert(t testing.TB, db *sql.DB, placeholder, version string, rows []metastoreRow) {
	t.Helper()
	table, err := os.ReadFile("../../internal/metastore/testdata/" + version + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(string(table)); err != nil {
		t.Fatal(err)
	}
	insertRows(t, db, placeholder, rows)
}

func insertRows(t testing.TB, db *sql.DB, placeholder string, rows []metastoreRow) {
	t.Helper()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	statement := "INSERT INTO connection (id, conn_id, conn_type, host, schema, login, description, password, port, extra, is_encrypted, is_extra_encrypted) VALUES ("
	for i := range 12 {
		statement += fmt.Sprintf("%s%d, ", placeholder, i+1)
	}
	statement = strings.TrimSuffix(statement, ", ") + ")"
	for i, r := range rows {
		if _, err := tx.Exec(statement, 100_000+i, r.id, r.connType, r.host, r.schema, r.login, r.description, r.password, r.port, r.extra, r.encrypted, r.extraEncrypted); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

// sqliteMetastore makes a metastore in a file, and returns its address.
func sqliteMetastore(t testing.TB, path, version string, rows []metastoreRow) string {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	insert(t, db, "?", version, rows)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return "sqlite:///" + path
}

// postgresMetastore makes one in PostgreSQL.
func postgresMetastore(t testing.TB, server *aircontest.Postgres, version string, rows []metastoreRow) string {
	t.Helper()
	d := server.NewDatabase(t)
	server.Exec(t, d.Name, "GRANT CREATE ON SCHEMA public TO "+d.Role)
	dsn := fmt.Sprintf("postgresql://%s:%s@%s:%d/%s", d.Role, d.Password.Reveal(), server.Host, server.Port, d.Name)
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatal(err)
	}
	insert(t, db, "$", version, rows)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return strings.Replace(dsn, "postgresql://", "postgresql+psycopg2://", 1)
}
