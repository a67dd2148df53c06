//go:build unix

package pgfiles

import (
	"os"
	"syscall"
)

// isOwn reports whether a path is a directory of this user's, and no link to one.
func isOwn(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() {
		return false
	}
	status, is := info.Sys().(*syscall.Stat_t)
	return is && int(status.Uid) == os.Geteuid()
}
