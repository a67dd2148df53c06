package pglocal

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// clientDirs hold PostgreSQL's client alone.
var clientDirs = []string{"/opt/homebrew/opt/libpq/bin", "/usr/local/opt/libpq/bin", "/home/linuxbrew/.linuxbrew/opt/libpq/bin"}

// FindProgram returns the path of one of PostgreSQL's programs, such as psql: in PATH, in BinEnv's directory, or where distributions and Homebrew
// put them, newest version first. It is "" where there is none.
func FindProgram(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	dirs := candidates()
	if given := os.Getenv(BinEnv); given != "" {
		dirs = append([]string{given}, dirs...)
	}
	for _, dir := range append(dirs, clientDirs...) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return ""
}

// InstallClient is the command that installs PostgreSQL's client on this system.
func InstallClient() string { return clientCommand(runtime.GOOS, osRelease("/etc/os-release")) }

func clientCommand(goos string, ids []string) string {
	if goos == "darwin" {
		return "brew install libpq"
	}
	for _, id := range ids {
		switch id {
		case "debian", "ubuntu":
			return "sudo apt-get install postgresql-client"
		case "fedora", "rhel", "centos":
			return "sudo dnf install postgresql"
		case "amzn":
			return "sudo dnf install postgresql16"
		case "alpine":
			return "sudo apk add postgresql-client"
		case "arch":
			return "sudo pacman -S postgresql-libs"
		case "suse", "opensuse":
			return "sudo zypper install postgresql"
		}
	}
	return "your system's package of PostgreSQL's client"
}
