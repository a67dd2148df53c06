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

func write(t *testing.T, settings ...pghook.Setting) (dir string, env map[string]aircon.Secret) {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	dir, err := NewDir()
	if err == nil {
		env, err = Write(dir, settings)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir, env
}

func TestWrite(t *testing.T) {
	dir, env := write(t, setting("user", "etl"), setting("password", `a:b\c`), setting("options", " -c x=1"), setting("dbname", ""))
	for name, want := range map[string]string{"pg_service.conf": "[aircon]\nuser=etl\noptions= -c x=1\ndbname=\n", "pgpass": `*:*:*:*:a\:b\\c` + "\n"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	for path, mode := range map[string]os.FileMode{"": os.ModeDir | 0o700, "pg_service.conf": 0o600, "pgpass": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, path)); err != nil || info.Mode() != mode {
			t.Errorf("%q: %v, %v", path, info.Mode(), err)
		}
	}
	if len(env) != 3 || env["PGSERVICE"].Reveal() != "aircon" {
		t.Errorf("%d variables", len(env))
	}
	if _, env := write(t, setting("user", "etl")); len(env) != 2 {
		t.Errorf("without a password: %d variables", len(env))
	}
	if _, env := write(t, setting("password", "two\nlines")); env["PGPASSWORD"].Reveal() != "two\nlines" {
		t.Error("a password of two lines has no way")
	}
}

func TestWhatAServiceFileCannotHold(t *testing.T) {
	for _, s := range []pghook.Setting{
		setting("options", "ends "), setting("options", "two\nlines"), setting("service", "theirs"), setting("options", strings.Repeat("x", 1020)),
	} {
		if _, err := Write(t.TempDir(), []pghook.Setting{s}); err == nil || !strings.Contains(err.Error(), s.Option) {
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
		_, env := write(t, setting("user", db.Role), setting("password", password), setting("dbname", db.Name), setting("host", postgres.Host),
			setting("port", strconv.Itoa(postgres.Port)), setting("sslmode", "verify-full"), setting("sslrootcert", postgres.CAFile))
		for name, value := range env {
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

// What a killed holder has left goes at the next sweep, what is held stays, and so do links and what is no directory of this package's.
func TestSweep(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	dirs := map[string]string{}
	for _, name := range []string{"held", "left", "new"} {
		dir, err := NewDir()
		if err != nil {
			t.Fatal(err)
		}
		dirs[name] = dir
	}
	for _, name := range []string{"held", "left"} {
		holder, err := Hold(dirs[name])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Write(dirs[name], []pghook.Setting{setting("password", "p")}); err != nil {
			t.Fatal(err)
		}
		if name == "held" {
			t.Cleanup(func() { _ = holder.Close() }) // with the test
		} else if err := holder.Close(); err != nil { // as its end would
			t.Fatal(err)
		}
	}
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, lockName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dirs["link"] = filepath.Join(os.TempDir(), dirPrefix+"link")
	if err := os.Symlink(elsewhere, dirs["link"]); err != nil {
		t.Fatal(err)
	}
	if err := Sweep(); err != nil {
		t.Fatal(err)
	}
	for name, dir := range dirs {
		if _, err := os.Lstat(dir); (err == nil) != (name != "left") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
