package pglocal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"aircon"
	"aircon/internal/supervise"
)

// Superuser is the role that initdb makes.
const Superuser = "postgres"

// Host is where every server listens, and nowhere else.
const Host = "127.0.0.1"

// Options of a server. The zero value is a temporary server for tests on a free port.
type Options struct {
	// BinDir holds postgres and initdb. Empty means that Find looks for them.
	BinDir string
	// Dir is the server directory, made where it is missing and taken up again where it is not. Empty means a
	// temporary one, which is gone with the server.
	Dir string
	// Port to listen on; 0 means a free one.
	Port int
	// Durable makes the server sync what it acknowledges. Otherwise a crash of the machine may cost the data.
	Durable bool
	// TLSOnly refuses connections over TCP without TLS, as a server does whose pg_hba.conf holds hostssl only.
	TLSOnly bool
	// Hosts are names and addresses that the server's certificate holds besides localhost, 127.0.0.1 and ::1.
	Hosts []string
	// Settings are further parameters of postgresql.conf, such as max_connections.
	Settings map[string]string
	// Standby keeps the server in recovery, as a reader endpoint's is: it takes no writes, and with hot_standby off no sessions. It has nobody to
	// stream from.
	Standby bool
	// HBA are lines of pg_hba.conf that come before the others, but after the one that lets the superuser in through the socket.
	HBA []string
}

// Server is a running PostgreSQL.
type Server struct {
	Port      int
	CAFile    string        // PEM, for sslrootcert
	SocketDir string        // a libpq host for the Unix socket
	Password  aircon.Secret // of Superuser

	layout  *layout
	ca      *authority
	process *supervise.Process
}

// portTries bounds how often a free port may be taken by someone else between its choice and its use.
const portTries = 5

// Start starts a server and returns when it takes connections, in about a second. ctx bounds the start only.
func Start(ctx context.Context, opts Options) (*Server, error) {
	bin, err := Find(opts.BinDir)
	if err != nil {
		return nil, err
	}
	owner, err := serverUser()
	if err != nil {
		return nil, err
	}
	layout, err := newLayout(opts.Dir, owner)
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL's directory: %w", err)
	}
	s := &Server{CAFile: layout.ca(), SocketDir: layout.socket, layout: layout}
	if err := s.start(ctx, bin, opts); err != nil {
		return nil, errors.Join(err, layout.close())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, bin string, opts Options) (err error) {
	if s.ca, err = s.layout.writeTLS(opts.Hosts); err != nil {
		return err
	}
	if s.Password, err = initialize(ctx, bin, s.layout); err != nil {
		return err
	}
	for try := 1; ; try++ {
		if s.Port = opts.Port; s.Port == 0 {
			if s.Port, err = freePort(); err != nil {
				return err
			}
		}
		if err = s.layout.configure(s.Port, opts); err != nil {
			return err
		}
		s.process, err = launch(ctx, bin, s.layout)
		if opts.Port != 0 || try == portTries || !errors.Is(err, errPortTaken) {
			return err
		}
	}
}

// Stop ends the server, at once if it is temporary and else with a clean shutdown, and removes what is temporary.
func (s *Server) Stop(ctx context.Context) error {
	return errors.Join(s.process.Stop(ctx), s.layout.close())
}

// Pid is the postmaster's process id.
func (s *Server) Pid() int { return s.process.Pid() }

// Done is closed when the server has ended.
func (s *Server) Done() <-chan struct{} { return s.process.Done() }

// ClientCertificate returns a certificate and its key, both PEM, with which a role logs in where HBA says cert.
func (s *Server) ClientCertificate(role string) (cert, key []byte, err error) {
	return s.ca.client(role)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp4", Host+":0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// fastSettings are for servers whose data nobody keeps.
var fastSettings = map[string]string{
	"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
	"wal_level": "minimal", "max_wal_senders": "0",
}

// standbySettings are what a standby needs: what a primary writes for it, and no smaller limits than the cluster was made with, which are
// initdb's ("Administrator Overview" of "Hot Standby").
var standbySettings = map[string]string{"wal_level": "replica", "max_wal_senders": "10", "max_connections": "100"}

// configure writes postgresql.conf and pg_hba.conf.
func (l *layout) configure(port int, opts Options) error {
	settings := map[string]string{
		"listen_addresses":        Host,
		"port":                    strconv.Itoa(port),
		"unix_socket_directories": l.socket,
		"ssl":                     "on",
		"ssl_cert_file":           l.tls() + "/server.pem",
		"ssl_key_file":            l.tls() + "/server.key",
		"ssl_ca_file":             l.ca(),
		"password_encryption":     "scram-sha-256",
		"shared_buffers":          "32MB",
		"max_connections":         "50",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"lc_messages":             "C",
	}
	if !opts.Durable {
		maps.Copy(settings, fastSettings)
	}
	if opts.Standby {
		maps.Copy(settings, standbySettings)
	}
	maps.Copy(settings, opts.Settings)
	var conf strings.Builder
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&conf, "%s = '%s'\n", name, strings.ReplaceAll(settings[name], "'", "''"))
	}
	tcp := "host"
	if opts.TLSOnly {
		tcp = "hostssl"
	}
	hba := []string{"local all " + Superuser + " scram-sha-256"} // for Connect
	hba = append(hba, opts.HBA...)
	hba = append(hba, "local all all scram-sha-256", tcp+" all all "+Host+"/32 scram-sha-256")
	if opts.Standby {
		if err := l.writeOwned(l.data()+"/standby.signal", nil, 0o600); err != nil {
			return err
		}
	}
	return errors.Join(
		l.writeOwned(l.data()+"/postgresql.conf", []byte(conf.String()), 0o600),
		l.writeOwned(l.data()+"/pg_hba.conf", []byte(strings.Join(hba, "\n")+"\n"), 0o600),
	)
}

// newPassword returns 130 random bits as text.
func newPassword() aircon.Secret { return aircon.NewSecret(rand.Text()) }

// readPassword reads the superuser's password of a directory that is taken up again.
func (l *layout) readPassword() (aircon.Secret, error) {
	text, err := os.ReadFile(l.superuser())
	if err != nil {
		return aircon.Secret{}, fmt.Errorf("the superuser's password of %s: %w", l.root, err)
	}
	return aircon.NewSecret(strings.TrimSpace(string(text))), nil
}
