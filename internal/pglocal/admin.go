package pglocal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

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

// CreateRole makes a role that may log in, or gives the one that is there this password. The password goes to the server as a verifier.
// attributes are further words of CREATE ROLE, such as CONNECTION LIMIT 1.
func (s *Server) CreateRole(ctx context.Context, name string, password aircon.Secret, attributes string) error {
	verifier, err := scram.Verifier(password.Reveal())
	if err != nil {
		return err
	}
	role := fmt.Sprintf("ROLE %s LOGIN PASSWORD '%s' %s", Quote(name), verifier, attributes)
	return orElse(s.Exec(ctx, "", "CREATE "+role), "42710", func() error { return s.Exec(ctx, "", "ALTER "+role) })
}

// CreateDatabase makes a database that a role owns, or gives it the one that is there.
func (s *Server) CreateDatabase(ctx context.Context, name, owner string) error {
	database, to := Quote(name), Quote(owner)
	return orElse(s.Exec(ctx, "", "CREATE DATABASE "+database+" OWNER "+to), "42P04", func() error {
		return s.Exec(ctx, "", "ALTER DATABASE "+database+" OWNER TO "+to)
	})
}

// orElse does something else where the server refused with a SQLSTATE.
func orElse(err error, state string, do func() error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == state {
		return do()
	}
	return err
}

// Quote writes a name as an SQL identifier.
func Quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// Join opens a session as the superuser in a database of a server that another process runs in a directory, over TLS on its port.
func Join(ctx context.Context, dir, port, database string) (*pgx.Conn, error) {
	l := layout{root: dir}
	password, err := l.readPassword()
	if err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(fmt.Sprintf("host=%s port=%s user=%s sslmode=verify-full sslrootcert='%s' passfile=%s",
		Host, port, Superuser, strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(l.ca()), os.DevNull))
	if err != nil {
		return nil, err
	}
	config.Password, config.Fallbacks, config.Database = password.Reveal(), nil, database
	return pgx.ConnectConfig(ctx, config)
}
