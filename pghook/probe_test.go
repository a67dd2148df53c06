package pghook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aircon"
	"aircon/aircontest"
	"aircon/internal/py"
	"aircon/pghook"
)

// image returns the runtime of an MWAA image.
func image(t *testing.T, airflow string) aircon.Runtime {
	t.Helper()
	rt, err := aircon.RuntimeFor(airflow)
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

// extras are the options of a connection's extra, in order.
type extras []string

func (e extras) json() string {
	dict := new(py.Dict)
	for i := 0; i < len(e); i += 2 {
		dict.Set(e[i], e[i+1])
	}
	return py.Dumps(dict)
}

// connect describes a database as a connection, with an extra of pairs.
func connect(pg *aircontest.Postgres, db aircontest.Database, extra ...string) aircon.Connection {
	return aircon.Connection{
		Type: aircon.Text("postgres"), Host: aircon.Text(pg.Host), Port: aircon.Int(pg.Port),
		Login: aircon.Text(db.Role), Password: db.Password, Schema: aircon.Text(db.Name),
		Extra: aircon.NewExtra(extras(extra).json()),
	}
}

func TestProbeOpensASession(t *testing.T) {
	pg := aircontest.NewPostgres(t)
	db := pg.NewDatabase(t)
	socket := connect(pg, db)
	socket.Host = aircon.Text(pg.SocketDir)
	for _, test := range []struct {
		name     string
		conn     aircon.Connection
		verified pghook.Verified // empty: no TLS
	}{
		{"no sslmode", connect(pg, db), pghook.VerifiedNothing},
		{"prefer with a CA verifies it", connect(pg, db, "sslrootcert", pg.CAFile), pghook.VerifiedCA},
		{"allow begins in the clear", connect(pg, db, "sslmode", "allow"), ""},
		{"disable", connect(pg, db, "sslmode", "disable"), ""},
		{"require", connect(pg, db, "sslmode", "require"), pghook.VerifiedNothing},
		{"require with a CA verifies it", connect(pg, db, "sslmode", "require", "sslrootcert", pg.CAFile), pghook.VerifiedCA},
		{"verify-ca", connect(pg, db, "sslmode", "verify-ca", "sslrootcert", pg.CAFile), pghook.VerifiedCA},
		{"verify-full", connect(pg, db, "sslmode", "verify-full", "sslrootcert", pg.CAFile), pghook.VerifiedCAAndHost},
		{"verify-full by name", connect(pg, db, "sslmode", "verify-full", "sslrootcert", pg.CAFile, "host", "localhost", "hostaddr", pg.Host), pghook.VerifiedCAAndHost},
		{"verify-ca asks for no name", connect(pg, db, "sslmode", "verify-ca", "sslrootcert", pg.CAFile, "host", "db.example", "hostaddr", pg.Host), pghook.VerifiedCA},
		{"channel binding", connect(pg, db, "sslmode", "require", "channel_binding", "require", "require_auth", "scram-sha-256"), pghook.VerifiedNothing},
		{"socket", socket, ""},
		{"keepalives", connect(pg, db, "keepalives", "1", "keepalives_idle", "30", "keepalives_interval", "5", "keepalives_count", "3", "tcp_user_timeout", "9000"), pghook.VerifiedNothing},
		{"second host", connect(pg, db, "host", "127.0.0.1,127.0.0.1", "port", fmt.Sprintf("1,%d", pg.Port)), pghook.VerifiedNothing},
	} {
		for _, airflow := range []string{"2.10.3", "3.3.1"} {
			t.Run(test.name+" with "+airflow, func(t *testing.T) {
				r := pghook.Probe(t.Context(), test.conn, image(t, airflow), pghook.Options{})
				if !r.OK() {
					t.Fatalf("%s: %v", r.Failed, r.Err)
				}
				if r.User != db.Role || r.Database != db.Name || r.ServerVersion == "" || r.ReadOnly != pghook.No || r.InRecovery != pghook.No || r.Latency <= 0 {
					t.Errorf("got %+v", r)
				}
				switch {
				case test.verified == "" && r.TLS != nil, test.verified != "" && (r.TLS == nil || r.TLS.Verified != test.verified):
					t.Errorf("TLS is %+v, want verified %q", r.TLS, test.verified)
				case r.TLS != nil && (!strings.HasPrefix(r.TLS.Version, "TLS 1.") || !strings.HasPrefix(r.TLS.Cipher, "TLS_")):
					t.Errorf("TLS is %+v", r.TLS)
				}
			})
		}
	}
}

// Each way to fail is produced for real, and none of the errors holds the password.
func TestProbeNamesThePhase(t *testing.T) {
	const canary = "c4n4ry/p@ss w%rd"
	pg := aircontest.NewPostgres(t, aircontest.HBA("host nowhere all all reject", "hostssl all certified all cert"))
	db := pg.NewDatabase(t)
	pg.Exec(t, "", fmt.Sprintf("ALTER ROLE %s PASSWORD '%s'", db.Role, canary),
		"CREATE DATABASE private", "REVOKE CONNECT ON DATABASE private FROM PUBLIC", "CREATE DATABASE closed ALLOW_CONNECTIONS false",
		"CREATE ROLE certified LOGIN", fmt.Sprintf("CREATE ROLE busy LOGIN CONNECTION LIMIT 0 PASSWORD '%s'", canary))
	db.Password = aircon.NewSecret(canary)
	other := aircontest.NewPostgres(t, aircontest.Setting("ssl", "off"))

	at := func(change func(*aircon.Connection), extra ...string) aircon.Connection {
		conn := connect(pg, db, extra...)
		change(&conn)
		return conn
	}
	same := func(*aircon.Connection) {}
	for _, test := range []struct {
		name  string
		conn  aircon.Connection
		phase pghook.Phase
		state string
		text  string
	}{
		{"unknown option", at(same, "sslmod", "require"), pghook.PhaseConfig, "", "sslmod"},
		{"bad sslmode", at(same, "sslmode", "on"), pghook.PhaseConfig, "", "verify-full"},
		{"verify-full without a CA", at(same, "sslmode", "verify-full"), pghook.PhaseConfig, "", "sslrootcert"},
		{"name", at(func(c *aircon.Connection) { c.Host = aircon.Text("no-such-host.invalid") }), pghook.PhaseResolve, "", "no-such-host.invalid"},
		{"port", at(func(c *aircon.Connection) { c.Port = aircon.Int(1) }), pghook.PhaseConnect, "", "refused"},
		{"socket", at(func(c *aircon.Connection) { c.Host = aircon.Text("/nonexistent") }), pghook.PhaseConnect, "", "no such file"},
		{"server without TLS", at(func(c *aircon.Connection) { c.Port = aircon.Int(other.Port) }, "sslmode", "require"), pghook.PhaseTLS, "", "refused TLS"},
		{"another CA", at(same, "sslmode", "verify-ca", "sslrootcert", other.CAFile), pghook.PhaseTLS, "", "unknown authority"},
		{"another name", at(same, "sslmode", "verify-full", "sslrootcert", pg.CAFile, "host", "db.example", "hostaddr", pg.Host), pghook.PhaseTLS, "", "db.example"},
		{"TLS version", at(same, "sslmode", "require", "ssl_min_protocol_version", "TLSv1", "ssl_max_protocol_version", "TLSv1.1"), pghook.PhaseTLS, "", "protocol version"},
		{"password", at(func(c *aircon.Connection) { c.Password = aircon.NewSecret(canary + "x") }), pghook.PhaseLogin, "28P01", "password authentication failed"},
		{"role", at(func(c *aircon.Connection) { c.Login = aircon.Text("nobody") }), pghook.PhaseLogin, "28P01", "nobody"},
		{"pg_hba.conf", at(func(c *aircon.Connection) { c.Schema = aircon.Text("nowhere") }), pghook.PhaseLogin, "28000", "rejects connection"},
		{"no certificate", at(func(c *aircon.Connection) { c.Login = aircon.Text("certified") }, "sslmode", "require"), pghook.PhaseLogin, "28000", "certificate"},
		{"channel binding in the clear", at(same, "sslmode", "disable", "channel_binding", "require"), pghook.PhaseLogin, "", "channel binding"},
		{"auth method", at(same, "require_auth", "md5"), pghook.PhaseLogin, "", "require_auth"},
		{"database", at(func(c *aircon.Connection) { c.Schema = aircon.Text("nothing") }), pghook.PhaseDatabase, "3D000", "nothing"},
		{"database of the role's name", at(func(c *aircon.Connection) { c.Schema = aircon.Field{} }), pghook.PhaseDatabase, "3D000", db.Role},
		{"privilege", at(func(c *aircon.Connection) { c.Schema = aircon.Text("private") }), pghook.PhaseDatabase, "42501", "private"},
		{"connection limit", at(func(c *aircon.Connection) { c.Login = aircon.Text("busy") }), pghook.PhaseDatabase, "53300", "too many connections"},
		{"closed database", at(func(c *aircon.Connection) { c.Schema = aircon.Text("closed") }), pghook.PhaseDatabase, "55000", "closed"},
		{"unknown setting", at(same, "options", "-c no_such_setting=1"), pghook.PhaseDatabase, "42704", "no_such_setting"},
		{"bad setting", at(same, "options", "-c statement_timeout=x"), pghook.PhaseDatabase, "22023", "statement_timeout"},
		{"standby wanted", at(same, "target_session_attrs", "standby"), pghook.PhaseDatabase, "", "standby"},
		{"cut at the first query", at(func(c *aircon.Connection) { c.Port = aircon.Int(cutAtQuery(t, pg)) }, "sslmode", "disable"), pghook.PhaseQuery, "", "closed the session"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := pghook.Probe(t.Context(), test.conn, image(t, "3.3.1"), pghook.Options{})
			if r.OK() || r.Failed != test.phase || r.SQLState != test.state {
				t.Fatalf("failed at %q with %q (%v), want %q with %q", r.Failed, r.SQLState, r.Err, test.phase, test.state)
			}
			if !strings.Contains(r.Err.Error(), test.text) {
				t.Errorf("error is %v, want %q", r.Err, test.text)
			}
			if test.state != "" && r.Words == "" {
				t.Error("no words for the SQLSTATE")
			}
			if shown := fmt.Sprintf("%+v %#v", r, r); strings.Contains(shown, canary) {
				t.Errorf("the report holds the password: %s", shown)
			}
		})
	}
}

// cutAtQuery forwards connections in the clear to a server until the client sends its first query, and then ends them.
func cutAtQuery(t *testing.T, pg *aircontest.Postgres) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go forwardUntilQuery(client, fmt.Sprintf("%s:%d", pg.Host, pg.Port))
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func forwardUntilQuery(client net.Conn, to string) {
	defer client.Close()
	server, err := net.Dial("tcp4", to)
	if err != nil {
		return
	}
	defer server.Close()
	go func() { _, _ = io.Copy(client, server) }()
	message := make([]byte, 64<<10)
	for {
		n, err := client.Read(message)
		if err != nil || message[0] == 'Q' {
			return
		}
		if _, err := server.Write(message[:n]); err != nil {
			return
		}
	}
}

func TestProbeSeesReadOnly(t *testing.T) {
	pg := aircontest.NewPostgres(t, aircontest.Setting("default_transaction_read_only", "on"))
	db := pg.NewDatabase(t)
	if r := pghook.Probe(t.Context(), connect(pg, db), image(t, "2.10.3"), pghook.Options{}); r.ReadOnly != pghook.Yes || r.InRecovery != pghook.No {
		t.Errorf("got %+v", r)
	}
	r := pghook.Probe(t.Context(), connect(pg, db, "target_session_attrs", "read-write"), image(t, "2.10.3"), pghook.Options{})
	if r.Failed != pghook.PhaseDatabase || !strings.Contains(r.Err.Error(), "read only") {
		t.Errorf("read-write wanted: %s, %v", r.Failed, r.Err)
	}
}

func TestProbeObeysContext(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0") // asked for TLS, it never answers
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		if conn, err := listener.Accept(); err == nil {
			defer conn.Close()
			_, _ = io.ReadFull(conn, make([]byte, 8)) // the request for TLS
			cancel(errors.New("enough"))
			<-t.Context().Done()
		}
	}()
	conn := aircon.Connection{
		Host: aircon.Text("127.0.0.1"), Port: aircon.Int(listener.Addr().(*net.TCPAddr).Port), Login: aircon.Text("u"),
		Extra: aircon.NewExtra(`{"sslmode": "require"}`),
	}
	if r := pghook.Probe(ctx, conn, image(t, "2.10.3"), pghook.Options{}); r.Failed != pghook.PhaseTLS {
		t.Errorf("got %s, %v", r.Failed, r.Err)
	}
}

func TestModes(t *testing.T) {
	pg := aircontest.NewPostgres(t, aircontest.TLSOnly())
	db := pg.NewDatabase(t)
	opts := pghook.Options{Replace: map[string]string{"sslrootcert": pg.CAFile}}
	got := map[string]string{}
	for _, mode := range pghook.Modes(t.Context(), connect(pg, db, "sslmode", "disable"), image(t, "2.10.3"), opts) {
		got[mode.SSLMode] = string(mode.Report.Failed) + mode.Report.SQLState
		if mode.Protects == "" {
			t.Errorf("%s protects nothing that is said", mode.SSLMode)
		}
	}
	want := map[string]string{"verify-full": "", "verify-ca": "", "require": "", "disable": "login28000"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if len(opts.Replace) != 1 {
		t.Errorf("the options were changed: %v", opts.Replace)
	}
}

func TestClientCertificate(t *testing.T) {
	pg := aircontest.NewPostgres(t, aircontest.HBA("hostssl all certified all cert"))
	pg.Exec(t, "", "CREATE ROLE certified LOGIN", "CREATE DATABASE d OWNER certified")
	cert, key := pg.ClientCertificate(t, "certified")
	files := map[string]string{}
	for name, content := range map[string][]byte{"cert": cert, "key": key} {
		files[name] = filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(files[name], content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db := aircontest.Database{Name: "d", Role: "certified"}
	r := pghook.Probe(t.Context(), connect(pg, db, "sslcert", files["cert"], "sslkey", files["key"]), image(t, "2.10.3"), pghook.Options{})
	if !r.OK() || r.User != "certified" {
		t.Errorf("%s: %v", r.Failed, r.Err)
	}
	off := connect(pg, db, "sslcert", files["cert"], "sslkey", files["key"], "sslcertmode", "disable")
	if r := pghook.Probe(t.Context(), off, image(t, "2.10.3"), pghook.Options{}); r.SQLState != "28000" {
		t.Errorf("without the certificate: %s %v", r.Failed, r.Err)
	}
}

// tokens is a token source that answers with one password.
type tokens struct {
	password aircon.Secret
	asked    []pghook.TokenRequest
	err      error
}

func (s *tokens) Token(_ context.Context, r pghook.TokenRequest) (pghook.Token, error) {
	s.asked = append(s.asked, r)
	return pghook.Token{Password: s.password}, s.err
}

func TestIAMToken(t *testing.T) {
	pg := aircontest.NewPostgres(t)
	db := pg.NewDatabase(t)
	source := &tokens{password: db.Password}
	conn := connect(pg, db, "iam", "true", "aws_conn_id", "my_aws")
	conn.Password = aircon.Secret{}
	opts := pghook.Options{Hook: pghook.Hook{Tokens: source}}
	if r := pghook.Probe(t.Context(), conn, image(t, "3.0.6"), opts); !r.OK() {
		t.Errorf("%s: %v", r.Failed, r.Err)
	}
	want := pghook.TokenRequest{Service: pghook.RDS, ConnID: aircon.Text("my_aws"), Host: conn.Host, Port: conn.Port, Login: conn.Login}
	if len(source.asked) != 1 || source.asked[0] != want {
		t.Errorf("asked for %+v", source.asked)
	}
	source.err = errors.New("no credentials")
	if r := pghook.Probe(t.Context(), conn, image(t, "3.0.6"), opts); r.Failed != pghook.PhaseConfig || !errors.Is(r.Err, source.err) {
		t.Errorf("%s: %v", r.Failed, r.Err)
	}
	if r := pghook.Probe(t.Context(), conn, image(t, "3.0.6"), pghook.Options{}); r.Failed != pghook.PhaseConfig || !strings.Contains(r.Err.Error(), "token") {
		t.Errorf("without a source: %s: %v", r.Failed, r.Err)
	}
}
