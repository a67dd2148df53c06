package dagfolder

import (
	"archive/zip"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"aircon/dags"
)

// module reads a module as Python would find it from the DAG folders, which Airflow has on its path.
func (f *Folder) module(name string) (dags.Module, bool) {
	for _, root := range f.roots {
		if m, ok := moduleOf(name, func(path string) ([]byte, error) { return os.ReadFile(filepath.Join(root, filepath.FromSlash(path))) }); ok {
			return m, true
		}
	}
	return dags.Module{}, false
}

// importing is how the modules that a file imports are found: an archive comes first on the path of its own files.
func (f *Folder) importing(file *File) func(name string) (dags.Module, bool) {
	if file.archive == nil {
		return f.module
	}
	return func(name string) (dags.Module, bool) {
		if m, ok := moduleOf(name, func(path string) ([]byte, error) { return fs.ReadFile(file.archive, path) }); ok {
			return m, true
		}
		return f.module(name)
	}
}

// Scanners returns for each file the scanner that finds what it imports: files of one archive have one, and all others share base.
func (f *Folder) Scanners(base *dags.Scanner) []*dags.Scanner {
	made := map[*zip.ReadCloser]*dags.Scanner{}
	all := make([]*dags.Scanner, len(f.Files))
	for i := range f.Files {
		file := &f.Files[i]
		if made[file.archive] == nil {
			made[file.archive] = base.Modules(f.importing(file))
		}
		all[i] = made[file.archive]
	}
	return all
}

// moduleOf reads a module's file, or that of the package of its name, which Python prefers.
func moduleOf(name string, read func(path string) ([]byte, error)) (dags.Module, bool) {
	path := strings.ReplaceAll(name, ".", "/")
	if text, err := read(path + "/__init__.py"); err == nil {
		return dags.Module{Text: text, Package: true}, true
	}
	if text, err := read(path + ".py"); err == nil {
		return dags.Module{Text: text}, true
	}
	return dags.Module{}, false
}
