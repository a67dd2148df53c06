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
	fmt.Fprintf(&text, "install one: %s\n", installCommand(runtime.GOOS, osRelease("/etc/os-release")))
	if _, err := exec.LookPath("npm"); err == nil {
		text.WriteString("or without administrator rights: make postgres (npm is here)\n")
	} else {
		text.WriteString("or without administrator rights: install Node.js with npm, then: make postgres\n")
	}
	fmt.Fprintf(&text, "or, if it lies elsewhere: export %s=<directory with postgres and initdb>", BinEnv)
	return fmt.Errorf("%w %s", ErrNotFound, text.String())
}

// installCommand gives the package manager's command for a system, by the ids of its os-release (ID, then ID_LIKE's).
func installCommand(goos string, ids []string) string {
	if goos == "darwin" {
		return "brew install postgresql@17"
	}
	for _, id := range ids {
		switch id {
		case "debian", "ubuntu":
			return "sudo apt-get install postgresql"
		case "fedora", "rhel", "centos":
			return "sudo dnf install postgresql-server"
		case "amzn":
			return "sudo dnf install postgresql16-server"
		case "alpine":
			return "sudo apk add postgresql"
		case "arch":
			return "sudo pacman -S postgresql"
		case "suse", "opensuse":
			return "sudo zypper install postgresql-server"
		}
	}
	return "your system's package of the PostgreSQL server"
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
