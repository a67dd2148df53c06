package airflow

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Bucket is a directory laid out as MWAA's bucket: dags/, plugins.zip or plugins/, requirements.txt, startup.sh. All may be missing but the
// DAGs; the zero value has nothing.
type Bucket struct {
	DAGs         string // directory
	Plugins      string // directory, or a zip file
	Requirements string // text
	Startup      string // file of the startup script
}

// OpenBucket looks at a directory. One without dags/ is itself the directory of DAGs.
func OpenBucket(dir string) (Bucket, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Bucket{}, err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return Bucket{}, errors.Join(fmt.Errorf("%s is no directory of DAGs", dir), err)
	}
	b := Bucket{DAGs: dir, Startup: there(dir, "startup.sh"), Plugins: there(dir, "plugins.zip")}
	if dags := there(dir, "dags"); dags != "" {
		b.DAGs = dags
	}
	if b.Plugins == "" {
		b.Plugins = there(dir, "plugins")
	}
	text, err := os.ReadFile(filepath.Join(dir, "requirements.txt"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Bucket{}, err
	}
	b.Requirements = string(text)
	return b, nil
}

// there returns the path of a name in a directory, or "".
func there(dir, name string) string {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// placePlugins puts the plugins where Airflow looks for them.
func (b Bucket) placePlugins(home string) error {
	to := filepath.Join(home, "plugins")
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	switch {
	case b.Plugins == "":
		return os.Mkdir(to, 0o700)
	case strings.HasSuffix(b.Plugins, ".zip"):
		return unzip(b.Plugins, to)
	}
	return os.Symlink(b.Plugins, to)
}

// unzip unpacks a file, and refuses names that lead out of the directory.
func unzip(file, to string) error {
	z, err := zip.OpenReader(file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	defer z.Close()
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	for _, f := range z.File {
		if !filepath.IsLocal(f.Name) {
			return fmt.Errorf("%s: %q leads out of the directory", file, f.Name)
		}
		if err := unpack(f, filepath.Join(to, filepath.FromSlash(f.Name))); err != nil {
			return fmt.Errorf("%s: %s: %w", file, f.Name, err)
		}
	}
	return nil
}

func unpack(f *zip.File, path string) error {
	if f.FileInfo().IsDir() {
		return os.MkdirAll(path, 0o700)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	in, err := f.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600|f.Mode()&0o100)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in) //nolint:gosec // the user's own file
	return errors.Join(err, out.Close())
}
