//go:build unix

package pglocal_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"aircon"
	"aircon/internal/pglocal"
)

const parentEnv = "PGLOCAL_TEST_PARENT"

// TestMain lets the binary play the parent that TestKilledParent kills.
func TestMain(m *testing.M) {
	if os.Getenv(parentEnv) != "" {
		s, err := pglocal.Start(context.Background(), pglocal.Options{})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(s.Pid(), s.Port, filepath.Dir(s.SocketDir))
		select {}
	}
	os.Exit(m.Run())
}

func start(t *testing.T, opts pglocal.Options) *pglocal.Server {
	t.Helper()
	s, err := pglocal.Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestServerIsRealTLSAndSCRAM(t *testing.T) {
	s := start(t, pglocal.Options{})
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, fmt.Sprintf("host=%s port=%d user=%s password=%s dbname=postgres sslmode=verify-full sslrootcert=%s",
		pglocal.Host, s.Port, pglocal.Superuser, s.Password.Reveal(), s.CAFile))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var version, auth, listen, stored string
	err = conn.QueryRow(ctx, `SELECT version, current_setting('password_encryption'), current_setting('listen_addresses'),
		(SELECT left(rolpassword, 14) FROM pg_authid WHERE rolname = current_user) FROM pg_stat_ssl WHERE pid = pg_backend_pid()`).
		Scan(&version, &auth, &listen, &stored)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(version, "TLSv1.") || auth != "scram-sha-256" || listen != "127.0.0.1" || stored != "SCRAM-SHA-256$" {
		t.Errorf("got %s, %s, %s, %s", version, auth, listen, stored)
	}
}

func TestRolesAndDatabases(t *testing.T) {
	s := start(t, pglocal.Options{Settings: map[string]string{"default_transaction_read_only": "on"}})
	ctx := t.Context()
	for _, password := range []string{"of a start that was killed", "it's"} {
		if err := s.CreateRole(ctx, `a "b" é`, aircon.NewSecret(password), "CONNECTION LIMIT 1"); err != nil {
			t.Fatal(err)
		}
		if err := s.CreateDatabase(ctx, "it's", `a "b" é`); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := pgconn.Connect(ctx, fmt.Sprintf(`host=%s port=%d user='a "b" é' password='it\'s' dbname='it\'s' sslmode=verify-full sslrootcert=%s`,
		pglocal.Host, s.Port, s.CAFile))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var refused *pgconn.PgError
	if _, err := conn.Exec(ctx, "CREATE TABLE t()").ReadAll(); !errors.As(err, &refused) || refused.Code != "25006" {
		t.Errorf("write in a read-only server: %v", err)
	}
}

func TestDirectoryIsTakenUpAgain(t *testing.T) {
	dir := filepath.Join(openDir(t), strings.Repeat("a long name ", 8)) // too long for a socket's path
	first, err := pglocal.Start(t.Context(), pglocal.Options{Dir: dir, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Exec(t.Context(), "", "CREATE TABLE kept()"); err != nil {
		t.Fatal(err)
	}
	if _, err := pglocal.Start(t.Context(), pglocal.Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "is in use") {
		t.Errorf("second server on one directory: %v", err)
	}
	if err := first.Exec(t.Context(), "", "SELECT 1"); err != nil {
		t.Errorf("the first server after the second was refused: %v", err)
	}
	if err := first.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	second := start(t, pglocal.Options{Dir: dir, Durable: true})
	if err := second.Exec(t.Context(), "", "SELECT FROM kept"); err != nil {
		t.Error(err)
	}
	if err := second.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pglocal.Start(t.Context(), pglocal.Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 9") {
		t.Errorf("directory of another version: %v", err)
	}
}

func TestStartFails(t *testing.T) {
	t.Setenv("TMPDIR", openDir(t))
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx  context.Context
		opts pglocal.Options
		want string
	}{
		"port taken":  {t.Context(), pglocal.Options{Port: listener.Addr().(*net.TCPAddr).Port}, "Address already in use"},
		"bad setting": {t.Context(), pglocal.Options{Settings: map[string]string{"no_such": "x"}}, `unrecognized configuration parameter "no_such"`},
		"cancelled":   {cancelled, pglocal.Options{}, "canceled"},
		"no binaries": {t.Context(), pglocal.Options{BinDir: t.TempDir()}, "holds no usable PostgreSQL server"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := pglocal.Start(test.ctx, test.opts)
			if err == nil {
				t.Fatal(s.Stop(context.Background()))
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "aircon-postgres-*", "superuser"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestKilledParent(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), parentEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(line)
	if len(fields) != 3 {
		t.Fatal(line)
	}
	if err := errors.Join(cmd.Process.Kill(), ignoreKilled(cmd.Wait())); err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(fields[0])
	if err != nil {
		t.Fatal(err)
	}
	// The test binary's deadline ends a wait in vain.
	for syscall.Kill(pid, 0) == nil || exists(fields[2]) || listens(fields[1]) {
		runtime.Gosched()
	}
}

// openDir is a temporary directory that every user may enter, which t.TempDir is not.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pglocal-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // so that the server's user may enter
		t.Fatal(err)
	}
	return dir
}

func ignoreKilled(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func listens(port string) bool {
	conn, err := net.Dial("tcp4", "127.0.0.1:"+port)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
