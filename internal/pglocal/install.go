package pglocal

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// notFound says what to type on this system. passed holds what was found but cannot be used.
func notFound(passed []string) error {
	var text strings.Builder
	text.WriteString("in PATH or the usual directories of this system\n")
	for _, reason := range passed {
		fmt.Fprintf(&text, "  passed over: %s\n", reason)
	}
	fmt.Fprintf(&text, "install one: %s\n", installCommand(server, runtime.GOOS, osRelease("/etc/os-release")))
	if _, err := exec.LookPath("npm"); err == nil {
		text.WriteString("or without administrator rights: make postgres (npm is here)\n")
	} else {
		text.WriteString("or without administrator rights: install Node.js with npm, then: make postgres\n")
	}
	fmt.Fprintf(&text, "or, if it lies elsewhere: export %s=<directory with postgres and initdb>", BinEnv)
	return fmt.Errorf("%w %s", ErrNotFound, text.String())
}

// InstallClient is the command that installs PostgreSQL's client on this system.
func InstallClient() string {
	return installCommand(client, runtime.GOOS, osRelease("/etc/os-release"))
}

// part is one of the two packages that PostgreSQL comes in.
type part int

const (
	server part = iota
	client
)

// system is how PostgreSQL is installed there.
type system struct {
	command  string
	packages [2]string // by part
}

// homebrew is macOS's.
var homebrew = system{"brew install ", [2]string{server: "postgresql@17", client: "libpq"}}

// systems are Linux's, by the ids of os-release.
var systems = map[string]system{
	"debian":   {"sudo apt-get install ", [2]string{server: "postgresql", client: "postgresql-client"}},
	"ubuntu":   {"sudo apt-get install ", [2]string{server: "postgresql", client: "postgresql-client"}},
	"fedora":   {"sudo dnf install ", [2]string{server: "postgresql-server", client: "postgresql"}},
	"rhel":     {"sudo dnf install ", [2]string{server: "postgresql-server", client: "postgresql"}},
	"centos":   {"sudo dnf install ", [2]string{server: "postgresql-server", client: "postgresql"}},
	"amzn":     {"sudo dnf install ", [2]string{server: "postgresql16-server", client: "postgresql16"}},
	"alpine":   {"sudo apk add ", [2]string{server: "postgresql", client: "postgresql-client"}},
	"arch":     {"sudo pacman -S ", [2]string{server: "postgresql", client: "postgresql-libs"}},
	"suse":     {"sudo zypper install ", [2]string{server: "postgresql-server", client: "postgresql"}},
	"opensuse": {"sudo zypper install ", [2]string{server: "postgresql-server", client: "postgresql"}},
}

// installCommand gives the package manager's command for a system, by the ids of its os-release (ID, then ID_LIKE's).
func installCommand(of part, goos string, ids []string) string {
	if goos == "darwin" {
		return homebrew.command + homebrew.packages[of]
	}
	for _, id := range ids {
		if s, known := systems[id]; known {
			return s.command + s.packages[of]
		}
	}
	return "your system's package of " + [2]string{server: "the PostgreSQL server", client: "PostgreSQL's client"}[of]
}

// osRelease reads the system's ids, its own first. A missing file gives none.
func osRelease(path string) []string {
	file, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close()
	var own, like []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), "=")
		switch value = strings.Trim(value, `"'`); key {
		case "ID":
			own = strings.Fields(value)
		case "ID_LIKE":
			like = strings.Fields(value)
		}
	}
	return append(own, like...)
}
