package pglocal

import (
	"os"
	"os/exec"
	"path/filepath"
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
