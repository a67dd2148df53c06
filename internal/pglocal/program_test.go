package pglocal

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFindProgram(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pg_canary")
	t.Setenv(BinEnv, dir)
	if got := FindProgram("pg_canary"); got != "" {
		t.Errorf("found %s, which is not there", got)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := FindProgram("pg_canary"); got != "" {
		t.Errorf("found %s, which cannot be run", got)
	}
	if err := os.Chmod(path, 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	if got := FindProgram("pg_canary"); got != path {
		t.Errorf("found %q in %s", got, BinEnv)
	}
	t.Setenv(BinEnv, "")
	t.Setenv("PATH", dir)
	if got := FindProgram("pg_canary"); got != path {
		t.Errorf("found %q in PATH", got)
	}
}

func TestInstallClient(t *testing.T) {
	for _, test := range []struct {
		goos string
		ids  []string
		want string
	}{
		{"darwin", nil, "brew install libpq"},
		{"linux", []string{"mint", "ubuntu", "debian"}, "sudo apt-get install postgresql-client"},
		{"linux", []string{"amzn", "fedora"}, "sudo dnf install postgresql16"},
		{"linux", []string{"nixos"}, "your system's package of PostgreSQL's client"},
	} {
		if got := installCommand(client, test.goos, test.ids); got != test.want {
			t.Errorf("%s %v: %s", test.goos, test.ids, got)
		}
	}
}
