package dagfolder

import (
	"archive/zip"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"aircon/dags"
)

// Folder is some DAG folders with the files in them.
type Folder struct {
	Files []File // Python files, and those that operators may render, in the order of their names
	// Twice are the folders that a link leads to a second time. Airflow gives the whole DAG folder up there, with "Detected recursive loop".
	Twice []string

	roots    []string
	archives []*zip.ReadCloser
	zipped   []string // the archives' names
}

// File is one of the files.
type File struct {
	Name    string // as people know it: one in an archive stands behind the archive's name
	Package string // the package that its relative imports count from; "" at the top, where Python has none
	archive *zip.ReadCloser
	path    string // of the file itself, or within the archive
}

// Find lists the files below some folders, and those that are named themselves. With glob .airflowignore holds patterns of .gitignore, as
// Airflow 3 reads it, and otherwise regular expressions. The folder is to be closed.
func Find(roots []string, glob bool) (*Folder, error) {
	f := &Folder{}
	for _, root := range roots {
		if err := f.add(root, glob); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	slices.SortFunc(f.Files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	f.Files = slices.CompactFunc(f.Files, func(a, b File) bool { return a.Name == b.Name })
	return f, nil
}

func (f *Folder) add(root string, glob bool) error {
	info, err := os.Stat(root)
	if err != nil {
		return err
	}
	if info.IsDir() {
		f.roots = append(f.roots, root)
		w := walk{folder: f, root: root, seen: map[string]bool{}}
		return w.in("", dags.Ignore{Glob: glob})
	}
	f.roots = append(f.roots, filepath.Dir(root))
	if is, err := f.archive(root); is || err != nil {
		return err
	}
	f.Files = append(f.Files, File{Name: root, path: root})
	return nil
}

// Close closes the archives.
func (f *Folder) Close() error {
	var errs []error
	for _, a := range f.archives {
		errs = append(errs, a.Close())
	}
	return errors.Join(errs...)
}

// walk goes through one DAG folder as os.walk(followlinks=True) does.
type walk struct {
	folder *Folder
	root   string
	seen   map[string]bool // folders that were come to, by the paths that links lead to
}

// in adds the files in a folder, whose path counts from the root on.
func (w *walk) in(dir string, ignore dags.Ignore) error {
	here := filepath.Join(w.root, filepath.FromSlash(dir))
	text, err := os.ReadFile(filepath.Join(here, ".airflowignore"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	ignore = ignore.Below(dir, string(text))
	entries, err := os.ReadDir(here)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name, full := path.Join(dir, entry.Name()), filepath.Join(here, entry.Name())
		info, err := os.Stat(full)
		if err != nil && entry.Type()&fs.ModeSymlink != 0 {
			continue // a link to nowhere, or to itself, which is no file for Airflow either
		}
		if err != nil {
			return err
		}
		switch {
		case ignore.Has(name, info.IsDir()) || entry.Name() == ".git":
		case info.IsDir():
			err = w.into(name, full, ignore)
		case info.Mode().IsRegular():
			err = w.file(dir, full)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// into goes into a folder, but for one that it was in already.
func (w *walk) into(name, full string, ignore dags.Ignore) error {
	real, err := filepath.EvalSymlinks(full)
	if err != nil {
		return err
	}
	if w.seen[real] {
		w.folder.Twice = append(w.folder.Twice, full)
		return nil
	}
	w.seen[real] = true
	return w.in(name, ignore)
}

// file adds a file: what Python imports, what operators render, and what is in an archive.
func (w *walk) file(dir, full string) error {
	if strings.HasSuffix(full, ".py") || dags.Templated(full) {
		w.folder.Files = append(w.folder.Files, File{Name: full, Package: dotted(dir), path: full})
		return nil
	}
	_, err := w.folder.archive(full)
	return err
}

// dotted is the package of a folder's path.
func dotted(dir string) string { return strings.ReplaceAll(dir, "/", ".") }

// Read returns a file's text.
func (f *File) Read() ([]byte, error) {
	if f.archive != nil {
		return fs.ReadFile(f.archive, f.path)
	}
	return os.ReadFile(f.path)
}
