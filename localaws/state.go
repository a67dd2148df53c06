package localaws

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"aircon/internal/store"
	"aircon/localaws/iam"
)

// BackupOptions say what a backup holds besides the state, and who can read it. The zero value makes one whose values are sealed by the
// directory's root key, which stays apart.
type BackupOptions struct {
	Recipients []string // age recipients (age1…), each of which can open the backup; none leaves it unencrypted as a whole
	IncludeKey bool     // puts the root key in: it opens anywhere, for whoever reads it
}

// Backup writes the whole state as it is at one moment to w, while requests go on. [Restore] reads it.
func (s *Server) Backup(w io.Writer, o BackupOptions) error {
	return s.store.Backup(w, store.BackupOptions{Recipients: o.Recipients, IncludeKey: o.IncludeKey})
}

// RestoreOptions say how a backup is opened and where to.
type RestoreOptions struct {
	Directory       string
	Identity        string // as in Options
	ArchiveIdentity string // file of the age identity that the backup is encrypted to; "" means Identity
	KeyFile         string // the root key that the backup was made with, where neither it nor the directory holds it
	Replace         bool   // whether to replace a state that the directory holds
}

// Restore makes a directory hold what a backup does. No server may have it open. The backup is read to its end and found whole
// before it replaces anything, and then in one step. Where the directory holds an administrator's keys, the next start gives them to what was
// restored.
func Restore(backup io.Reader, o RestoreOptions) (err error) {
	accounts := iam.New()
	s, err := newServer(Options{}, accounts, allServices(accounts, Options{})) // for its tables
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	err = store.Restore(o.Directory, backup, store.RestoreOptions{
		Options: store.Options{Identity: o.Identity}, ArchiveIdentity: o.ArchiveIdentity, KeyFile: o.KeyFile, Replace: o.Replace,
	}, s.store.Schemas()...)
	if err != nil {
		return err
	}
	return store.WriteFile(filepath.Join(o.Directory, restoredFile), nil)
}

// Erase makes a directory hold an empty state, whatever it holds now, damaged or not. No server may have it open; use [Server.Reset] on one that
// runs. Its root key, the administrator's keys and the snapshots stay.
func Erase(directory, identity string) error {
	return store.Erase(directory, store.Options{Identity: identity})
}

// Reset removes everything but the administrator of the first account, whose keys stay, and the snapshots. Requests see what was there before
// or after, never a mix.
func (s *Server) Reset() error { return s.replaced(s.store.Reset(s.keepAdministrator)) }

// load puts an image in the place of the state. The administrator and its keys stay, if the image does not have them.
func (s *Server) load(image io.Reader) error {
	return s.replaced(s.store.Load(image, s.keepAdministrator))
}

// replaced makes everybody forget what they remember of the state before, if another took its place.
func (s *Server) replaced(err error) error {
	if err != nil {
		return err
	}
	s.tokens.forget()
	for _, svc := range s.services {
		if svc.Forget != nil {
			svc.Forget()
		}
	}
	s.worker.kick()
	return nil
}

// Snapshot is a state that was saved under a name.
type Snapshot struct {
	Name  string
	Saved time.Time
	Bytes int64
}

// snapshots are those of a local AWS in memory, by name. Those of a directory lie in it, in snapshotDirectory.
type snapshots struct {
	mu    sync.Mutex
	saved map[string]savedImage
}

type savedImage struct {
	image []byte
	at    time.Time
}

const (
	snapshotDirectory = "snapshots"
	snapshotSuffix    = ".image"
)

// ErrNoSnapshot says that no snapshot has a name.
var ErrNoSnapshot = errors.New("there is no such snapshot")

var snapshotName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func checkSnapshotName(name string) error {
	if !snapshotName.MatchString(name) {
		return fmt.Errorf("a snapshot's name takes 1 to 64 letters, digits, dots, underscores and hyphens, and begins with a letter or digit; got %q", name)
	}
	return nil
}

func (s *Server) snapshotPath(name string) string {
	return filepath.Join(s.options.Directory, snapshotDirectory, name+snapshotSuffix)
}

// SaveSnapshot keeps the state as it is at one moment under a name, in the place of what was kept there, while requests go on. In memory
// it is gone with the server.
func (s *Server) SaveSnapshot(name string) error {
	if err := checkSnapshotName(name); err != nil {
		return err
	}
	if s.options.Directory != "" {
		if err := os.MkdirAll(filepath.Join(s.options.Directory, snapshotDirectory), 0o700); err != nil {
			return err
		}
		return store.CreateFile(s.snapshotPath(name), func(f *os.File) error { return s.store.Save(f) })
	}
	var image bytes.Buffer
	if err := s.store.Save(&image); err != nil {
		return err
	}
	s.snapshots.mu.Lock()
	defer s.snapshots.mu.Unlock()
	if s.snapshots.saved == nil {
		s.snapshots.saved = map[string]savedImage{}
	}
	s.snapshots.saved[name] = savedImage{image.Bytes(), s.options.Wall()}
	return nil
}

// LoadSnapshot puts a saved state in the place of the current one, while requests go on: each sees one state or the other. The
// administrator's keys stay as they are. After an error nothing has changed.
func (s *Server) LoadSnapshot(name string) error {
	image, err := s.openSnapshot(name)
	if err != nil {
		return err
	}
	if err := s.load(image); err != nil {
		err = fmt.Errorf("snapshot %s: %w", name, err)
		return errors.Join(err, image.Close())
	}
	return image.Close()
}

func (s *Server) openSnapshot(name string) (io.ReadCloser, error) {
	if err := checkSnapshotName(name); err != nil {
		return nil, err
	}
	if s.options.Directory == "" {
		s.snapshots.mu.Lock()
		defer s.snapshots.mu.Unlock()
		if saved, ok := s.snapshots.saved[name]; ok {
			return io.NopCloser(bytes.NewReader(saved.image)), nil
		}
		return nil, s.noSnapshot(name, slices.Sorted(maps.Keys(s.snapshots.saved)))
	}
	f, err := os.Open(s.snapshotPath(name))
	if errors.Is(err, fs.ErrNotExist) {
		list, err := s.snapshotFiles()
		return nil, errors.Join(err, s.noSnapshot(name, namesOf(list)))
	}
	return f, err
}

func (s *Server) noSnapshot(name string, others []string) error {
	if len(others) == 0 {
		return fmt.Errorf("%w: %q, and none was saved yet", ErrNoSnapshot, name)
	}
	return fmt.Errorf("%w: %q; there are %s", ErrNoSnapshot, name, strings.Join(others, ", "))
}

func namesOf(list []Snapshot) (names []string) {
	for _, s := range list {
		names = append(names, s.Name)
	}
	return names
}

// Snapshots lists what was saved, by name.
func (s *Server) Snapshots() ([]Snapshot, error) {
	if s.options.Directory != "" {
		return s.snapshotFiles()
	}
	s.snapshots.mu.Lock()
	defer s.snapshots.mu.Unlock()
	var list []Snapshot
	for _, name := range slices.Sorted(maps.Keys(s.snapshots.saved)) {
		saved := s.snapshots.saved[name]
		list = append(list, Snapshot{name, saved.at, int64(len(saved.image))})
	}
	return list, nil
}

func (s *Server) snapshotFiles() (list []Snapshot, err error) {
	files, err := os.ReadDir(filepath.Join(s.options.Directory, snapshotDirectory))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), snapshotSuffix)
		if !ok || !snapshotName.MatchString(name) {
			continue
		}
		info, err := f.Info()
		if err != nil {
			return nil, err
		}
		list = append(list, Snapshot{name, info.ModTime(), info.Size()})
	}
	return list, nil
}

// DeleteSnapshot removes a saved state. The current one stays as it is.
func (s *Server) DeleteSnapshot(name string) error {
	image, err := s.openSnapshot(name)
	if err != nil {
		return err
	}
	if err := image.Close(); err != nil {
		return err
	}
	if s.options.Directory != "" {
		return os.Remove(s.snapshotPath(name))
	}
	s.snapshots.mu.Lock()
	defer s.snapshots.mu.Unlock()
	delete(s.snapshots.saved, name)
	return nil
}
