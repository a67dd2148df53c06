package pglocal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// layout is a server directory (see the package comment) and who owns what in it.
type layout struct {
	root      string
	temporary bool
	socket    string
	owner     *account
	locked    *os.File // holds the lock on root
}

func (l *layout) data() string      { return filepath.Join(l.root, "data") }
func (l *layout) tls() string       { return filepath.Join(l.root, "tls") }
func (l *layout) ca() string        { return filepath.Join(l.tls(), "ca.pem") }
func (l *layout) log() string       { return filepath.Join(l.root, "server.log") }
func (l *layout) superuser() string { return filepath.Join(l.root, "superuser") }

// temporaryPaths are to be removed when the server is gone.
func (l *layout) temporaryPaths() []string {
	var paths []string
	if l.temporary {
		paths = append(paths, l.root)
	}
	if filepath.Dir(l.socket) != l.root {
		paths = append(paths, l.socket)
	}
	return paths
}

// close gives up the directory and removes what is temporary.
func (l *layout) close() error {
	var failed []error
	if l.locked != nil {
		failed = append(failed, l.locked.Close())
		l.locked = nil
	}
	for _, path := range l.temporaryPaths() {
		failed = append(failed, os.RemoveAll(path))
	}
	return errors.Join(failed...)
}

// newLayout makes the directories. An empty root asks for a temporary one.
func newLayout(root string, owner *account) (*layout, error) {
	l := &layout{root: root, temporary: root == "", owner: owner}
	if err := l.makeRoot(); err != nil {
		return nil, err
	}
	if err := errors.Join(l.lock(), l.makeOwned(l.tls(), 0o755), l.makeSocketDir()); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

// makeRoot makes the root directory. The server's user may pass through it, but not list it.
func (l *layout) makeRoot() error {
	var err error
	if l.temporary {
		l.root, err = temporaryDir(l.owner)
	} else if l.root, err = filepath.Abs(l.root); err == nil {
		err = os.MkdirAll(l.root, 0o700)
	}
	if err != nil || l.owner == nil {
		return err
	}
	if err := os.Chmod(l.root, 0o711); err != nil { //nolint:gosec // its own user must pass through to data/
		return err
	}
	return l.owner.reaches(l.root)
}

// temporaryDir makes a directory where the server's user can reach it: TMPDIR may be private to root.
func temporaryDir(owner *account) (string, error) {
	var unreachable error
	for _, parent := range []string{os.TempDir(), "/tmp", "/var/tmp"} {
		if unreachable = owner.reaches(parent); unreachable == nil {
			return os.MkdirTemp(parent, "aircon-postgres-")
		}
	}
	return "", unreachable
}

// socketPathMax is the length of sockaddr_un.sun_path that every system has (macOS: 104 with the final zero).
const socketPathMax = 103

func (l *layout) makeSocketDir() (err error) {
	l.socket = filepath.Join(l.root, "socket")
	if len(l.socket)+len("/.s.PGSQL.65535.lock") <= socketPathMax {
		return l.makeOwned(l.socket, 0o700)
	}
	if l.socket, err = os.MkdirTemp("/tmp", "aircon-"); err != nil {
		return err
	}
	return l.owner.own(l.socket)
}

func (l *layout) makeOwned(dir string, mode os.FileMode) error {
	if err := os.MkdirAll(dir, mode); err != nil {
		return err
	}
	return l.owner.own(dir)
}

// writeOwned writes a file for the server's eyes.
func (l *layout) writeOwned(path string, content []byte, mode os.FileMode) error {
	// A file of an earlier run may have another owner or mode.
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.WriteFile(path, content, mode); err != nil {
		return err
	}
	return l.owner.own(path)
}

// writeTLS makes the CA and the server's certificate.
func (l *layout) writeTLS(names []string) (*authority, error) {
	ca, err := newAuthority()
	if err != nil {
		return nil, err
	}
	cert, key, err := ca.server(names)
	if err != nil {
		return nil, err
	}
	for _, file := range []struct {
		name    string
		content []byte
		mode    os.FileMode
	}{{"ca.pem", ca.pem, 0o644}, {"server.pem", cert, 0o644}, {"server.key", key, 0o600}} {
		if err := l.writeOwned(filepath.Join(l.tls(), file.name), file.content, file.mode); err != nil {
			return nil, fmt.Errorf("TLS: %w", err)
		}
	}
	return ca, nil
}
