package aircontest

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"aircon"
	"aircon/internal/pglocal"
)

// Postgres is a real PostgreSQL server on 127.0.0.1, with TLS and SCRAM-SHA-256.
type Postgres struct {
	Host      string        // 127.0.0.1
	Port      int           // free when it was chosen
	CAFile    string        // PEM file of the CA that signed the server's certificate, for sslrootcert
	SocketDir string        // the Unix socket's directory, which serves as a host too
	Superuser string        // a role that may do anything
	Password  aircon.Secret // of Superuser

	server *pglocal.Server
}

// PostgresOption changes how a server is started.
type PostgresOption struct{ change func(*pglocal.Options) }

// TLSOnly refuses connections over TCP without TLS, as RDS does with rds.force_ssl.
func TLSOnly() PostgresOption {
	return PostgresOption{func(o *pglocal.Options) { o.TLSOnly = true }}
}

// Setting sets a parameter of postgresql.conf, such as default_transaction_read_only or max_connections.
func Setting(name, value string) PostgresOption {
	return PostgresOption{func(o *pglocal.Options) {
		if o.Settings == nil {
			o.Settings = map[string]string{}
		}
		o.Settings[name] = value
	}}
}

// CertificateHosts adds names or addresses to the server's certificate, besides localhost, 127.0.0.1 and ::1.
func CertificateHosts(names ...string) PostgresOption {
	return PostgresOption{func(o *pglocal.Options) { o.Hosts = append(o.Hosts, names...) }}
}

// HBA puts lines in front of pg_hba.conf's, such as "hostssl all all 127.0.0.1/32 cert".
func HBA(lines ...string) PostgresOption {
	return PostgresOption{func(o *pglocal.Options) { o.HBA = append(o.HBA, lines...) }}
}

// Standby makes the server a standby, as a reader endpoint's is: it is in recovery, has only the superuser, and takes no writes. With the
// setting hot_standby off it takes no sessions either.
func Standby() PostgresOption {
	return PostgresOption{func(o *pglocal.Options) { o.Standby = true }}
}

// shared is the server of all tests of a binary that ask for nothing special. It ends with the binary, by its watchdog.
var shared = sync.OnceValues(func() (*Postgres, error) {
	return startPostgres(context.Background())
})

// NewPostgres returns a server. Without options it is one for the whole test binary, so each test makes a [Database] of
// its own; with options it is a server of its own, which stops when the test ends. Where no PostgreSQL is installed the test fails, and
// the message says what to install.
func NewPostgres(t testing.TB, opts ...PostgresOption) *Postgres {
	t.Helper()
	if len(opts) == 0 {
		p, err := shared()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p, err := startPostgres(t.Context(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.server.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func startPostgres(ctx context.Context, opts ...PostgresOption) (*Postgres, error) {
	var options pglocal.Options
	for _, opt := range opts {
		opt.change(&options)
	}
	server, err := pglocal.Start(ctx, options)
	if err != nil {
		return nil, err
	}
	return &Postgres{
		Host: pglocal.Host, Port: server.Port, CAFile: server.CAFile, SocketDir: server.SocketDir,
		Superuser: pglocal.Superuser, Password: server.Password, server: server,
	}, nil
}

// Pid is the process to send signals to.
func (p *Postgres) Pid() int { return p.server.Pid() }

// Database is a database with the role that owns it.
type Database struct {
	Name     string
	Role     string
	Password aircon.Secret
}

// NewDatabase makes a database and its owner, both with names that no other test has. attributes are further words of CREATE ROLE, such as
// "CONNECTION LIMIT 1".
func (p *Postgres) NewDatabase(t testing.TB, attributes ...string) Database {
	t.Helper()
	id := strings.ToLower(rand.Text()[:12])
	d := Database{Name: "db_" + id, Role: "role_" + id, Password: aircon.NewSecret(rand.Text())}
	err := p.server.CreateRole(t.Context(), d.Role, d.Password, strings.Join(attributes, " "))
	if err = errors.Join(err, p.server.CreateDatabase(t.Context(), d.Name, d.Role)); err != nil {
		t.Fatal(err)
	}
	return d
}

// Exec runs statements as the superuser, each on its own and whatever HBA says. An empty database means "postgres".
func (p *Postgres) Exec(t testing.TB, database string, statements ...string) {
	t.Helper()
	if err := p.server.Exec(t.Context(), database, statements...); err != nil {
		t.Fatal(err)
	}
}

// Connect opens a session of the superuser, which is closed when the test ends.
func (p *Postgres) Connect(t testing.TB, database string) *pgx.Conn {
	t.Helper()
	conn, err := p.server.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// ClientCertificate returns a certificate and its key, both PEM, with which a role logs in where HBA says cert.
func (p *Postgres) ClientCertificate(t testing.TB, role string) (cert, key []byte) {
	t.Helper()
	cert, key, err := p.server.ClientCertificate(role)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}
