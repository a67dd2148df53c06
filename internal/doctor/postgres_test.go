package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"aircon/aircontest"
)

// bed is a connection to a real PostgreSQL in which everything is right, until a fault is made.
type bed struct {
	*testing.T
	pg     *aircontest.Postgres
	db     aircontest.Database
	fields map[string]any // of the secret's JSON
	extra  map[string]any
	second string            // the other login's secret text, in the environment; "" for none
	secret *Secret           // nil: one with a current version and nothing else
	stages map[string]string // text of its other versions
	limit  time.Duration     // for opening the database
}

func newBed(t *testing.T, pg *aircontest.Postgres) *bed {
	t.Helper()
	db := pg.NewDatabase(t)
	return &bed{T: t, pg: pg, db: db, limit: time.Minute, extra: map[string]any{}, fields: map[string]any{
		"conn_type": "postgres", "host": pg.Host, "port": pg.Port, "login": db.Role, "password": db.Password.Reveal(), "schema": db.Name,
	}}
}

// text is the secret's.
func (b *bed) text() string {
	b.Helper()
	b.fields["extra"] = b.extra
	text, err := json.Marshal(b.fields)
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// examine lets doctor look with a real probe.
func (b *bed) examine() Verdict {
	b.Helper()
	aws := all(b.T)
	aws.text, aws.stages = b.text(), b.stages
	if b.secret != nil {
		aws.secret = b.secret
	}
	d := Doctor{AWS: aws, Probe: Connect(nil, b.limit)}
	if b.second != "" {
		d.AWS, d.Narrow, d.SecondLogin = withSecond(b.T, aws, b.second), AskRole(nil, b.limit), "second"
	}
	report, err := d.Examine(b.Context(), Target{Name: "analytics"}, []string{"db"})
	if err != nil {
		b.Fatal(err)
	}
	return report.Connections[0]
}

// sql runs statements as the superuser; what reloads the configuration is over when the server has done so.
func (b *bed) sql(statements ...string) {
	b.Helper()
	for _, statement := range statements {
		if !strings.Contains(statement, "pg_reload_conf") {
			b.pg.Exec(b.T, "", statement)
			continue
		}
		before := b.loaded()
		b.pg.Exec(b.T, "", statement)
		for b.loaded().Equal(before) {
			if b.Context().Err() != nil {
				b.Fatal("the server did not reload its configuration")
			}
		}
	}
}

// loaded is when the server read its configuration, as a new session inherits it from the postmaster.
func (b *bed) loaded() (at time.Time) {
	b.Helper()
	conn := b.pg.Connect(b.T, "")
	defer conn.Close(context.Background())
	if err := conn.QueryRow(b.Context(), "SELECT pg_conf_load_time()").Scan(&at); err != nil {
		b.Fatal(err)
	}
	return at
}

// TestPostgresFaults makes each fault on a real server, lets doctor find it, carries out the printed mend, and lets doctor look again.
func TestPostgresFaults(t *testing.T) {
	shared := aircontest.NewPostgres(t, aircontest.TLSOnly(), aircontest.HBA("host rejected all all reject"), aircontest.Setting("max_connections", "12"))
	bare := aircontest.NewPostgres(t, aircontest.Setting("ssl", "off"))
	for _, test := range postgresFaults {
		t.Run(test.name, func(t *testing.T) {
			pg := shared
			if test.bare {
				pg = bare
			}
			b := newBed(t, pg)
			b.sql("ALTER SYSTEM RESET ALL", "SELECT pg_reload_conf()") // what a mend has set does not matter to the next
			test.make(b)
			v := b.examine()
			f, found := findingOf(v, test.id)
			if !found || len(v.Findings) != 1 {
				t.Fatalf("%s at %s: %+v", v.Outcome, v.BrokenAt, v.Findings)
			}
			for _, says := range test.says {
				if !strings.Contains(f.Seen, says) {
					t.Errorf("it does not say %q: %s", says, f.Seen)
				}
			}
			if want, broken := f.Severity == Error, v.Outcome == Broken && v.BrokenAt == f.Arrow; want != broken {
				t.Errorf("%s of severity %s: %s at %s, the finding is about %s", f.ID, f.Severity, v.Outcome, v.BrokenAt, f.Arrow)
			}
			b.sql(f.Mend.SQL...)
			if test.mend != nil {
				test.mend(b, f.Mend.Text)
			}
			if v := b.examine(); v.Outcome != Works {
				t.Errorf("after the mend (%+v) it is %s at %s: %+v", f.Mend, v.Outcome, v.BrokenAt, v.Findings)
			}
		})
	}
}

func findingOf(v Verdict, id string) (Finding, bool) {
	for _, f := range v.Findings {
		if f.ID == id {
			return f, true
		}
	}
	return Finding{}, false
}

// postgresFaults are what keeps a session from opening, one by one.
var postgresFaults = []struct {
	name string
	bare bool // on a server without TLS
	make func(*bed)
	id   string
	says []string
	mend func(b *bed, text string) // what the text says besides the statements; nil: nothing
}{
	{
		name: "name that does not resolve", id: "AC159", says: []string{"no-such-host.invalid"},
		make: set("host", "no-such-host.invalid"), mend: rightPlace,
	},
	{name: "packets that are dropped", id: "AC101", says: []string{"127.0.0.1", "timeout"}, make: droppingPort, mend: func(b *bed, text string) {
		b.holds(text, "see whether host and port are right")
		b.fields["port"], b.limit = b.pg.Port, time.Minute
	}},
	{name: "nobody at the port", id: "AC158", says: []string{"refused"}, make: set("port", 1), mend: rightPlace},
	{name: "silent port", id: "AC156", says: []string{"takes the connection and said nothing within 1s"}, make: listener(""), mend: rightPlace},
	{name: "another protocol", id: "AC157", says: []string{`answers "HTTP/"`}, make: listener("HTTP/1.1 400 Bad Request\r\n\r\n"), mend: rightPlace},

	{
		name: "plain where TLS is required", id: "AC043", says: []string{"no encryption", "sslmode require: works", "sslmode disable: "},
		make: option("sslmode", "disable"), mend: writes(`"sslmode": "require"`, "sslmode", "require"),
	},
	{
		name: "TLS where the server has none", bare: true, id: "AC043", says: []string{"server refused TLS", "sslmode disable: works"},
		make: option("sslmode", "require"), mend: func(b *bed, _ string) {
			b.sql("ALTER SYSTEM RESET ssl", "SELECT pg_reload_conf()") // the next test's server is as it was
			b.extra["sslmode"] = "prefer"
		},
	},
	{
		name: "CA bundle missing", id: "AC152", says: []string{"sslrootcert", "sslmode require: works"}, make: option("sslmode", "verify-full"),
		mend: func(b *bed, text string) { writes(`"sslrootcert": "FILE"`, "sslrootcert", b.pg.CAFile)(b, text) },
	},
	{name: "unknown CA", id: "AC152", says: []string{"unknown authority", "sslmode disable: "}, make: func(b *bed) {
		b.extra["sslmode"], b.extra["sslrootcert"] = "verify-full", otherCA(b)
	}, mend: func(b *bed, text string) {
		writes("CN=aircon local CA", "sslrootcert", b.pg.CAFile)(b, text)
	}},
	{name: "expired certificate", id: "AC153", says: []string{"expired"}, make: expiredCertificate, mend: func(b *bed, text string) {
		b.holds(text, "ssl_cert_file")
		b.sql("ALTER SYSTEM RESET ssl_cert_file", "SELECT pg_reload_conf()")
		b.extra["sslrootcert"] = b.pg.CAFile
	}},
	{name: "wrong host name", id: "AC154", says: []string{"db.example"}, make: func(b *bed) {
		b.fields["host"] = "db.example"
		b.extra["hostaddr"], b.extra["sslmode"], b.extra["sslrootcert"] = b.pg.Host, "verify-full", b.pg.CAFile
	}, mend: func(b *bed, text string) {
		b.holds(text, "localhost, 127.0.0.1")
		b.fields["host"] = "localhost"
	}},
	{name: "old TLS", id: "AC155", says: []string{"protocol version"}, make: func(b *bed) {
		b.sql("ALTER SYSTEM SET ssl_min_protocol_version = 'TLSv1'", "ALTER SYSTEM SET ssl_max_protocol_version = 'TLSv1.1'", "SELECT pg_reload_conf()")
	}},
	{name: "TLS versions of the connection's own", id: "AC155", says: []string{"protocol version"}, make: func(b *bed) {
		b.extra["ssl_min_protocol_version"], b.extra["ssl_max_protocol_version"] = "TLSv1", "TLSv1.1"
	}, mend: func(b *bed, text string) {
		b.holds(text, "take ssl_max_protocol_version out of extra")
		delete(b.extra, "ssl_max_protocol_version")
	}},

	{name: "NOLOGIN", id: "AC141", says: []string{"not permitted to log in"}, make: statements("ALTER ROLE %l NOLOGIN")},
	{name: "pg_hba.conf rejects", id: "AC142", says: []string{"rejects connection"}, make: func(b *bed) {
		b.sql("DROP DATABASE IF EXISTS rejected", "CREATE DATABASE rejected")
		b.fields["schema"] = "rejected"
	}, mend: putFirst},
	{name: "no such database", id: "AC143", says: []string{"does not exist"}, make: set("schema", "nothing_"+strings.ToLower(rand.Text()))},
	{name: "server full", id: "AC144", says: []string{"53300"}, make: fill, mend: func(b *bed, text string) {
		b.holds(text, "end the sessions that nobody needs")
		b.sql("ALTER SYSTEM RESET max_connections", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'filler'")
		awaitRoom(b)
	}},
	{name: "role full", id: "AC145", says: []string{"for role"}, make: statements("ALTER ROLE %l CONNECTION LIMIT 0")},
	{name: "database full", id: "AC146", says: []string{"for database"}, make: statements("ALTER DATABASE %d CONNECTION LIMIT 0")},
	{name: "no CONNECT", id: "AC147", says: []string{"42501"}, make: statements("REVOKE ALL ON DATABASE %d FROM PUBLIC", "REVOKE ALL ON DATABASE %d FROM %l")},

	{name: "role is read-only", id: "AC149", says: []string{"by the role"}, make: statements("ALTER ROLE %l SET default_transaction_read_only = on")},
	{
		name: "role is read-only in the database", id: "AC149", says: []string{"by the role in this database"},
		make: statements("ALTER ROLE %l IN DATABASE %d SET default_transaction_read_only = on"),
	},
	{name: "database is read-only", id: "AC149", says: []string{"by the database"}, make: statements("ALTER DATABASE %d SET default_transaction_read_only = on")},
	{
		name: "connection is read-only", id: "AC149", says: []string{"by the connection's own options"}, make: option("options", "-c default_transaction_read_only=on"),
		mend: func(b *bed, text string) {
			b.holds(text, "take default_transaction_read_only out of options")
			delete(b.extra, "options")
		},
	},
	{name: "server is read-only", id: "AC149", says: []string{"by the server's configuration"}, make: func(b *bed) {
		b.sql("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
	}},
	{
		name: "any other refusal", id: "AC044", says: []string{"no_such_setting", "names a setting that this server does not have"},
		make: option("options", "-c no_such_setting=1"), mend: func(b *bed, _ string) { delete(b.extra, "options") },
	},
}

func set(field string, v any) func(*bed) { return func(b *bed) { b.fields[field] = v } }

func option(name, v string) func(*bed) { return func(b *bed) { b.extra[name] = v } }

// statements runs statements in which %l is the login and %d the database.
func statements(list ...string) func(*bed) {
	return func(b *bed) {
		for _, s := range list {
			b.sql(strings.NewReplacer("%l", b.db.Role, "%d", b.db.Name).Replace(s))
		}
	}
}

func (b *bed) holds(text, want string) {
	b.Helper()
	if !strings.Contains(text, want) {
		b.Errorf("the mend does not say %q: %s", want, text)
	}
}

// rightPlace corrects host and port.
func rightPlace(b *bed, text string) {
	b.holds(text, "correct ")
	b.fields["host"], b.fields["port"], b.limit = b.pg.Host, b.pg.Port, time.Minute
}

// writes is a mend that writes an option into extra.
func writes(says, name, v string) func(*bed, string) {
	return func(b *bed, text string) {
		b.holds(text, says)
		b.extra[name] = v
	}
}

// listener is something else at the port: it answers the first message with a text, or never where that is empty.
func listener(says string) func(*bed) {
	return func(b *bed) {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { l.Close() })
		b.fields["port"], b.limit = l.Addr().(*net.TCPAddr).Port, time.Second
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer conn.Close()
					if says == "" {
						<-b.Context().Done()
					}
					_, _ = conn.Read(make([]byte, 8))
					_, _ = conn.Write([]byte(says))
					_ = conn.(*net.TCPConn).CloseWrite() // closing with something unread would take the words back
					_, _ = io.Copy(io.Discard, conn)
				}()
			}
		}()
	}
}

// droppingPort is a port whose queue is full, so that the kernel drops what asks for a connection, as a firewall does.
func droppingPort(b *bed) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = syscall.Close(fd) })
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		b.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		b.Fatal(err)
	}
	port := name.(*syscall.SockaddrInet4).Port
	for { // until the queue is full
		conn, err := net.DialTimeout("tcp4", fmt.Sprintf("127.0.0.1:%d", port), 200*time.Millisecond)
		if err != nil {
			break
		}
		b.Cleanup(func() { conn.Close() })
	}
	b.fields["port"], b.limit = port, time.Second
}

// fill opens sessions until the server has no more.
func fill(b *bed) {
	for range 9 { // of 12 places, three are the superusers'
		config, err := pgx.ParseConfig("host=127.0.0.1 sslmode=require application_name=filler")
		if err != nil {
			b.Fatal(err)
		}
		config.Port, config.User, config.Password, config.Database = uint16(b.pg.Port), b.db.Role, b.db.Password.Reveal(), b.db.Name
		conn, err := pgx.ConnectConfig(b.Context(), config)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close(context.Background()) })
	}
}

// awaitRoom waits until the sessions are gone.
func awaitRoom(b *bed) {
	conn := b.pg.Connect(b.T, "")
	for n := 1; n > 0; {
		if err := conn.QueryRow(b.Context(), "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'filler'").Scan(&n); err != nil {
			b.Fatal(err)
		}
	}
}

// putFirst carries out the mend of AC142 word for word: the line comes first in pg_hba.conf.
func putFirst(b *bed, text string) {
	_, line, found := strings.Cut(text, ":  ")
	if !found {
		b.Fatalf("no line for pg_hba.conf: %s", text)
	}
	var path string
	if err := b.pg.Connect(b.T, "").QueryRow(b.Context(), "SHOW hba_file").Scan(&path); err != nil {
		b.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, append([]byte(line+"\n"), content...), 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.sql("SELECT pg_reload_conf()")
}

// authority makes a CA that this test holds the key of.
func authority(b *bed) (cert *x509.Certificate, key *ecdsa.PrivateKey, file string) {
	b.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "another CA"}, NotBefore: time.Unix(0, 0), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		b.Fatal(err)
	}
	if cert, err = x509.ParseCertificate(der); err != nil {
		b.Fatal(err)
	}
	file = filepath.Join(b.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		b.Fatal(err)
	}
	return cert, key, file
}

func otherCA(b *bed) string {
	_, _, file := authority(b)
	return file
}

// expiredCertificate gives the server a certificate for its own key whose time is over.
func expiredCertificate(b *bed) {
	tls := filepath.Dir(b.pg.CAFile)
	present, err := os.ReadFile(filepath.Join(tls, "server.pem"))
	if err != nil {
		b.Fatal(err)
	}
	block, _ := pem.Decode(present)
	server, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		b.Fatal(err)
	}
	ca, key, file := authority(b)
	server.NotBefore, server.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, server, ca, server.PublicKey, key)
	if err != nil {
		b.Fatal(err)
	}
	expired := filepath.Join(tls, "expired.pem")
	if err := os.WriteFile(expired, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil { //nolint:gosec // the server's user reads it
		b.Fatal(err)
	}
	b.sql("ALTER SYSTEM SET ssl_cert_file = '"+expired+"'", "SELECT pg_reload_conf()")
	b.extra["sslmode"], b.extra["sslrootcert"] = "verify-full", file
}

// A standby takes no writes, and none of the superuser's statements either: it has a test of its own. So have servers that come and go.
func TestServersThatTakeNoSessionOrNoWrites(t *testing.T) {
	asSuperuser := func(t *testing.T, pg *aircontest.Postgres) *bed {
		return &bed{T: t, pg: pg, limit: time.Minute, extra: map[string]any{}, fields: map[string]any{
			"conn_type": "postgres", "host": pg.Host, "port": pg.Port, "login": pg.Superuser, "password": pg.Password.Reveal(), "schema": "postgres",
		}}
	}
	working := newBed(t, aircontest.NewPostgres(t))
	for _, test := range []struct {
		name string
		pg   func(*testing.T) *aircontest.Postgres
		id   string
		says string
		mend string
	}{
		{"standby", func(t *testing.T) *aircontest.Postgres { return aircontest.NewPostgres(t, aircontest.Standby()) }, "AC148", "in recovery", "primary"},
		{"standby without sessions", func(t *testing.T) *aircontest.Postgres {
			return aircontest.NewPostgres(t, aircontest.Standby(), aircontest.Setting("hot_standby", "off"))
		}, "AC150", "57P03", "primary"},
		{"shutting down", stopping, "AC151", "shutting down", "wait until it is up again"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := asSuperuser(t, test.pg(t)).examine()
			f, found := findingOf(v, test.id)
			if !found || len(v.Findings) != 1 || !strings.Contains(f.Seen, test.says) || !strings.Contains(f.Mend.Text, test.mend) {
				t.Fatalf("%s at %s: %+v", v.Outcome, v.BrokenAt, v.Findings)
			}
			working.T = t // the mend: a server that works
			if v := working.examine(); v.Outcome != Works {
				t.Errorf("%s at %s: %+v", v.Outcome, v.BrokenAt, v.Findings)
			}
		})
	}
}

// stopping shuts down in the smart way: it waits for the session that is open, and takes no other.
func stopping(t *testing.T) *aircontest.Postgres {
	pg := aircontest.NewPostgres(t, aircontest.TLSOnly())
	pg.Connect(t, "")
	if err := syscall.Kill(pg.Pid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	return pg
}
