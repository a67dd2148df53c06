package pglocal

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5"

	"aircon"
	"aircon/internal/scram"
)

// Connect opens a session as the superuser through the Unix socket, where Options.HBA does not count. An empty database
// means "postgres". The session may write even where the server's default is read-only.
func (s *Server) Connect(ctx context.Context, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig("sslmode=disable passfile=" + os.DevNull)
	if err != nil {
		return nil, err
	}
	if database == "" {
		database = "postgres"
	}
	config.Host, config.Port, config.Database = s.SocketDir, uint16(s.Port), database //nolint:gosec // a port fits
	config.User, config.Password = Superuser, s.Password.Reveal()
	config.Fallbacks = nil
	config.RuntimeParams = map[string]string{"application_name": "aircon", "default_transaction_read_only": "off"}
	return pgx.ConnectConfig(ctx, config)
}

// Exec runs statements as the superuser in a database, each on its own.
func (s *Server) Exec(ctx context.Context, database string, statements ...string) error {
	conn, err := s.Connect(ctx, database)
	if err != nil {
		return err
	}
	for _, sql := range statements {
		if _, err = conn.Exec(ctx, sql); err != nil {
			break
		}
	}
	return errors.Join(err, conn.Close(ctx))
}

// CreateRole makes a role that may log in. The password goes to the server as a verifier. attributes are
// further words of CREATE ROLE, such as CONNECTION LIMIT 1.
func (s *Server) CreateRole(ctx context.Context, name string, password aircon.Secret, attributes string) error {
	verifier, err := scram.Verifier(password.Reveal())
	if err != nil {
		return err
	}
	return s.Exec(ctx, "", fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s' %s", Quote(name), verifier, attributes))
}

// CreateDatabase makes a database that a role owns.
func (s *Server) CreateDatabase(ctx context.Context, name, owner string) error {
	return s.Exec(ctx, "", fmt.Sprintf("CREATE DATABASE %s OWNER %s", Quote(name), Quote(owner)))
}

// Quote writes a name as an SQL identifier.
func Quote(name string) string { return pgx.Identifier{name}.Sanitize() }
