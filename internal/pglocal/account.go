//go:build unix

package pglocal

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// account is the user that PostgreSQL runs as when this process is root, since PostgreSQL refuses to be root. A nil
// account is this process's own user.
type account struct {
	name     string
	uid, gid uint32
}

// serverAccounts are the users to run as, best first: PostgreSQL's own of the distributions and of macOS, then what every system has.
var serverAccounts = []string{"postgres", "_postgres", "nobody", "daemon"}

// serverUser returns nil unless this process is root.
func serverUser() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range serverAccounts {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil || uid == 0 {
			continue
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			continue
		}
		return &account{name: name, uid: uint32(uid), gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("PostgreSQL refuses to run as root, and this system has none of the users %s to run it as: run aircon as another user",
		strings.Join(serverAccounts, ", "))
}

// attributes make a command run as the account.
func (a *account) attributes() *syscall.SysProcAttr {
	if a == nil {
		return new(syscall.SysProcAttr)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: a.uid, Gid: a.gid}}
}

// own gives a file or directory to the account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, int(a.uid), int(a.gid))
}

// reaches checks that the account may enter a directory and all its parents.
func (a *account) reaches(dir string) error {
	if a == nil {
		return nil
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	for ; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if !a.enters(info) {
			return fmt.Errorf("user %s, as whom PostgreSQL runs because this process is root, may not enter %s (mode %04o)",
				a.name, dir, info.Mode().Perm())
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

func (a *account) enters(dir os.FileInfo) bool {
	mode := dir.Mode().Perm()
	if stat, ok := dir.Sys().(*syscall.Stat_t); ok {
		switch {
		case stat.Uid == a.uid:
			return mode&0o100 != 0
		case stat.Gid == a.gid:
			return mode&0o010 != 0
		}
	}
	return mode&0o001 != 0
}
