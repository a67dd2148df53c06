package pgfiles

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"aircon"
	"aircon/aircontest"
	"aircon/internal/pglocal"
	"aircon/pghook"
)

func setting(option, value string) pghook.Setting {
	return pghook.Setting{Option: option, Value: aircon.NewSecret(value)}
}

func write(t *testing.T, settings ...pghook.Setting) *Files {
	t.Helper()
	f, err := Write(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(f.Dir); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestWrite(t *testing.T) {
	f := write(t, setting("user", "etl"), setting("password", `a:b\c`), setting("options", " -c x=1"), setting("dbname", ""))
	for name, want := range map[string]string{"pg_service.conf": "[aircon]\nuser=etl\noptions= -c x=1\ndbname=\n", "pgpass": `*:*:*:*:a\:b\\c` + "\n"} {
		text, err := os.ReadFile(filepath.Join(f.Dir, name))
		if err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	for path, mode := range map[string]os.FileMode{"": os.ModeDir | 0o700, "pg_service.conf": 0o600, "pgpass": 0o600} {
		if info, err := os.Stat(filepath.Join(f.Dir, path)); err != nil || info.Mode() != mode {
			t.Errorf("%q: %v, %v", path, info.Mode(), err)
		}
	}
	if len(f.Env) != 3 || f.Env["PGSERVICE"].Reveal() != "aircon" {
		t.Errorf("%d variables", len(f.Env))
	}
	if f := write(t, setting("user", "etl")); len(f.Env) != 2 {
		t.Errorf("without a password: %d variables", len(f.Env))
	}
	if f := write(t, setting("password", "two\nlines")); f.Env["PGPASSWORD"].Reveal() != "two\nlines" {
		t.Error("a password of two lines has no way")
	}
}

func TestWhatAServiceFileCannotHold(t *testing.T) {
	for _, s := range []pghook.Setting{
		setting("options", "ends "), setting("options", "two\nlines"), setting("service", "theirs"), setting("options", strings.Repeat("x", 1020)),
	} {
		if _, err := Write([]pghook.Setting{s}); err == nil || !strings.Contains(err.Error(), s.Option) {
			t.Errorf("%s: %v", s.Option, err)
		}
	}
}

// TestRealReaders lets pgx, and PostgreSQL's own client where there is one, log in by the files, with passwords that need escapes.
func TestRealReaders(t *testing.T) {
	postgres := aircontest.NewPostgres(t)
	psql := pglocal.FindProgram("psql")
	for _, password := range []string{`plain`, `a:b\c`, `\\::`, `#'" $x`, " space", "two\nlines"} {
		db := postgres.NewDatabase(t)
		postgres.Exec(t, "", "ALTER ROLE "+db.Role+" PASSWORD '"+strings.ReplaceAll(password, "'", "''")+"'")
		f := write(t, setting("user", db.Role), setting("password", password), setting("dbname", db.Name), setting("host", postgres.Host),
			setting("port", strconv.Itoa(postgres.Port)), setting("sslmode", "verify-full"), setting("sslrootcert", postgres.CAFile))
		for name, value := range f.Env {
			t.Setenv(name, value.Reveal())
		}
		conn, err := pgx.Connect(t.Context(), "")
		if err != nil {
			t.Errorf("pgx, password %q: %v", password, err)
		} else if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if psql == "" {
			t.Log("there is no psql on this machine to try it with: ", pglocal.InstallClient())
			continue
		}
		if out, err := exec.Command(psql, "-X", "-At", "-c", "select current_user").CombinedOutput(); err != nil || string(out) != db.Role+"\n" {
			t.Errorf("psql, password %q: %v: %s", password, err, out)
		}
	}
}
