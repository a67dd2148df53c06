package pghook_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"aircon"
	"aircon/aircontest"
	"aircon/pghook"
)

// Each cause is told from the others by what a real server, or something else at the port, really answers.
func TestProbeNamesTheCause(t *testing.T) {
	pg := aircontest.NewPostgres(t, aircontest.Setting("max_connections", "10"), aircontest.TLSOnly(),
		aircontest.HBA("hostnossl all hurried all reject", "hostssl secret all all scram-sha-256", "host secret all all reject", "host all trusted all trust", "host all stranger all trust"))
	db := pg.NewDatabase(t)
	bare := aircontest.NewPostgres(t, aircontest.Setting("ssl", "off"))
	old := aircontest.NewPostgres(t, aircontest.Setting("ssl_min_protocol_version", "TLSv1"), aircontest.Setting("ssl_max_protocol_version", "TLSv1.1"))
	standby := aircontest.NewPostgres(t, aircontest.Standby(), aircontest.Setting("hot_standby", "off"))
	stopping := stoppingServer(t)
	pg.Exec(t, "", "CREATE ROLE sleeper NOLOGIN PASSWORD 'x'", "CREATE ROLE late LOGIN PASSWORD 'x' VALID UNTIL '2020-01-01'", "CREATE ROLE bare LOGIN",
		"CREATE ROLE single LOGIN PASSWORD 'x' CONNECTION LIMIT 0", "CREATE DATABASE private", "REVOKE CONNECT ON DATABASE private FROM PUBLIC",
		"CREATE DATABASE secret", "CREATE DATABASE narrow CONNECTION LIMIT 0")

	to := func(change func(*aircon.Connection), extra ...string) aircon.Connection {
		conn := connect(pg, db, extra...)
		change(&conn)
		return conn
	}
	login := func(role, password string) func(*aircon.Connection) {
		return func(c *aircon.Connection) { c.Login, c.Password = aircon.Text(role), aircon.NewSecret(password) }
	}
	port := func(port int) func(*aircon.Connection) {
		return func(c *aircon.Connection) { c.Port = aircon.Int(port) }
	}
	schema := func(name string) func(*aircon.Connection) {
		return func(c *aircon.Connection) { c.Schema = aircon.Text(name) }
	}
	same := func(*aircon.Connection) {}
	for _, test := range []struct {
		name  string
		conn  aircon.Connection
		cause pghook.Cause
	}{
		{"name", to(func(c *aircon.Connection) { c.Host = aircon.Text("no-such-host.invalid") }), pghook.CauseUnresolved},
		{"nobody", to(port(1)), pghook.CauseRefused},
		{"silent", to(port(answering(t, hold))), pghook.CauseSilent},
		{"silent without TLS", to(port(answering(t, hold)), "sslmode", "disable"), pghook.CauseSilent},
		{"HTTP", to(port(answering(t, says("HTTP/1.1 400 Bad Request\r\n\r\n")))), pghook.CauseForeign},
		{"HTTP and require", to(port(answering(t, says("HTTP/1.1 400 Bad Request\r\n\r\n"))), "sslmode", "require"), pghook.CauseForeign},
		{"HTTP without TLS", to(port(answering(t, says("HTTP/1.1 400 Bad Request\r\n\r\n"))), "sslmode", "disable"), pghook.CauseForeign},
		{"SSH", to(port(answering(t, says("SSH-2.0-OpenSSH_9.2\r\n"))), "sslmode", "require"), pghook.CauseForeign},
		{"MySQL", to(port(answering(t, says("\x4a\x00\x00\x00\x0a8.0.36\x00"))), "sslmode", "require"), pghook.CauseForeign},
		{"closes", to(port(answering(t, says(""))), "sslmode", "disable"), pghook.CauseForeign},

		{"no TLS", to(port(bare.Port), "sslmode", "require"), pghook.CauseNoTLS},
		{"no root.crt", to(same, "sslmode", "verify-full"), pghook.CauseNoCA},
		{"no such file", to(same, "sslmode", "verify-ca", "sslrootcert", "/nonexistent.pem"), pghook.CauseNoCA},
		{"another CA", to(same, "sslmode", "verify-ca", "sslrootcert", bare.CAFile), pghook.CauseUnknownCA},
		{"another host", to(same, "sslmode", "verify-full", "sslrootcert", pg.CAFile, "host", "db.example", "hostaddr", pg.Host), pghook.CauseOtherHost},
		{"old TLS", to(port(old.Port), "sslmode", "require"), pghook.CauseTLSVersion},

		{"password", to(login(db.Role, "wrong")), pghook.CausePassword},
		{"role", to(login("nobody", "x")), pghook.CausePassword},
		{"expired", to(login("late", "x")), pghook.CausePassword},
		{"no password", to(login("bare", "x")), pghook.CausePassword},
		{"role under trust", to(login("stranger", "x")), pghook.CauseNoRole},
		{"NOLOGIN", to(login("sleeper", "x")), pghook.CauseNoLogin},
		{"reject", to(login("hurried", "x"), "sslmode", "disable"), pghook.CauseHBA},
		{"TLS only", to(schema("secret"), "sslmode", "disable"), pghook.CauseHBA},
		{"no entry", to(same, "sslmode", "disable"), pghook.CauseHBA},

		{"database", to(schema("nothing")), pghook.CauseNoDatabase},
		{"privilege", to(schema("private")), pghook.CauseNoConnect},
		{"role's limit", to(login("single", "x")), pghook.CauseRoleFull},
		{"database's limit", to(schema("narrow")), pghook.CauseDatabaseFull},
		{"starting", to(port(standby.Port)), pghook.CauseStarting},
		{"stopping", to(port(stopping.Port)), pghook.CauseStopping},
	} {
		t.Run(test.name, func(t *testing.T) {
			limit := time.Minute
			if test.cause == pghook.CauseSilent {
				limit = time.Second
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			if r := pghook.Probe(ctx, test.conn, image(t, "3.3.1"), pghook.Options{}); r.OK() || r.Cause != test.cause {
				t.Errorf("failed at %s for %q, want %q: %v", r.Failed, r.Cause, test.cause, r.Err)
			}
		})
	}
	t.Run("server's limit", func(t *testing.T) {
		for range 7 {
			pg.Connect(t, "")
		}
		if r := pghook.Probe(t.Context(), to(same), image(t, "3.3.1"), pghook.Options{}); r.Cause != pghook.CauseServerFull {
			t.Errorf("failed at %s for %q: %v", r.Failed, r.Cause, r.Err)
		}
	})
}

// stoppingServer shuts down in the smart way: it waits for the session that is open, and takes no other.
func stoppingServer(t *testing.T) *aircontest.Postgres {
	t.Helper()
	pg := aircontest.NewPostgres(t, aircontest.Setting("log_connections", "on"))
	pg.Connect(t, "")
	if err := syscall.Kill(pg.Pid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	return pg
}

// answering listens at a port and gives each connection to a function, which ends with the test at the latest.
func answering(t *testing.T, answer func(context.Context, net.Conn)) (port int) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				answer(t.Context(), conn)
			}()
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

// hold takes the connection and says nothing.
func hold(ctx context.Context, _ net.Conn) { <-ctx.Done() }

// says answers the first message with a text, as a server of another protocol does, and waits until the other side has closed: to close with
// something unread would take the text back.
func says(text string) func(context.Context, net.Conn) {
	return func(_ context.Context, conn net.Conn) {
		_, _ = io.ReadFull(conn, make([]byte, 8))
		fmt.Fprint(conn, text)
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, conn)
	}
}

// TestProbeDialsForItselfOnly: a session that broke is not dialled again to cancel what it runs, which would count as an attempt.
func TestProbeDialsForItselfOnly(t *testing.T) {
	var dials atomic.Int32
	ended := make(chan struct{}, 10)
	port := answering(t, func(ctx context.Context, conn net.Conn) {
		dials.Add(1)
		says("HTTP/1.1 400 Bad Request\r\n\r\n")(ctx, conn)
		ended <- struct{}{}
	})
	conn := aircon.Connection{Host: aircon.Text("127.0.0.1"), Port: aircon.Int(port), Login: aircon.Text("u")}
	r := pghook.Probe(t.Context(), conn, image(t, "2.10.3"), pghook.Options{})
	<-ended // the attempt with TLS
	<-ended // the one without, closed when pgx has cleaned up
	if got := dials.Load(); got != 2 || len(r.Addresses) != 2 || r.Cause != pghook.CauseForeign {
		t.Errorf("dialled %d times, %d reported, %q: %v", got, len(r.Addresses), r.Cause, r.Err)
	}
}
