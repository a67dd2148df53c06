package pglocal

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestFindGivenPlacesOnly(t *testing.T) {
	t.Setenv(BinEnv, t.TempDir())
	if _, err := Find(""); err == nil || !strings.Contains(err.Error(), BinEnv) {
		t.Errorf("%s without binaries: %v", BinEnv, err)
	}
	dir := filepath.Join(t.TempDir(), "given")
	if _, err := Find(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a directory that is not there: %v", err)
	}
}

func TestFindFollowsLinks(t *testing.T) {
	real, err := Find("")
	if err != nil {
		t.Fatal(err)
	}
	links, err := os.MkdirTemp("", "pglocal-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(links) })
	if err := os.Symlink(filepath.Join(real, "postgres"), filepath.Join(links, "postgres")); err != nil {
		t.Fatal(err)
	}
	if got, err := Find(links); got != real || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, real)
	}
}

func TestNewestFirst(t *testing.T) {
	got := []string{"/usr/lib/postgresql/9.6/bin", "/usr/lib/postgresql/18/bin", "/usr/lib/postgresql/bin", "/opt/homebrew/opt/postgresql@17/bin"}
	slices.SortFunc(got, newestFirst)
	want := []string{"/usr/lib/postgresql/18/bin", "/opt/homebrew/opt/postgresql@17/bin", "/usr/lib/postgresql/9.6/bin", "/usr/lib/postgresql/bin"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestInstallCommand(t *testing.T) {
	for _, test := range []struct{ goos, release, want string }{
		{"linux", "ID=debian\n", "sudo apt-get install postgresql"},
		{"linux", "NAME=\"Linux Mint\"\nID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", "sudo apt-get install postgresql"},
		{"linux", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", "sudo dnf install postgresql-server"},
		{"linux", "ID=\"amzn\"\nID_LIKE=\"fedora\"\n", "sudo dnf install postgresql16-server"},
		{"linux", "ID=alpine\n", "sudo apk add postgresql"},
		{"linux", "", "your system's package of the PostgreSQL server"},
		{"darwin", "", "brew install postgresql@17"},
	} {
		file := filepath.Join(t.TempDir(), "os-release")
		if err := os.WriteFile(file, []byte(test.release), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := installCommand(server, test.goos, osRelease(file)); got != test.want {
			t.Errorf("%s %q: got %s, want %s", test.goos, test.release, got, test.want)
		}
	}
}

func TestNotFoundSaysWhatToType(t *testing.T) {
	err := notFound([]string{"x is not executable"})
	for _, want := range []string{"x is not executable", "install one: ", "make postgres", "export " + BinEnv} {
		if !errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in: %v", want, err)
		}
	}
}
