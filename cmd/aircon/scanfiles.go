package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"aircon"
	"aircon/dags"
)

// dagFiles are the files of some DAG folders, scanned.
type dagFiles struct {
	seen  int // Python files
	all   []string
	files []*dags.File // those that may use an id, in the order of their names
}

func (d *dagFiles) names() []string { return d.all }

// scanFolders scans the Python files in folders, and those that are named themselves. Several at once, as many as there are processors.
func scanFolders(ctx context.Context, roots []string, rt aircon.Runtime) (*dagFiles, error) {
	names, err := dagFileNames(roots, rt.Airflow.AtLeast(3, 0))
	if err != nil {
		return nil, err
	}
	scanner := dags.New(rt).Modules(func(module string) ([]byte, bool) { return readModule(roots, module) })
	found := make([]*dags.File, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	const batch = 64
	for from := 0; from < len(names); from += batch {
		to := min(from+batch, len(names))
		group.Go(func() error {
			for i := from; i < to && ctx.Err() == nil; i++ {
				var err error
				if found[i], err = scanFile(scanner, names[i]); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(f *dags.File) bool { return f == nil })
	python := slices.DeleteFunc(names, dags.Templated)
	return &dagFiles{seen: len(python), all: python, files: found}, nil
}

// scanFile scans a DAG file, or one that operators render. It returns nil where there is nothing to find.
func scanFile(scanner *dags.Scanner, name string) (*dags.File, error) {
	text, err := os.ReadFile(name)
	if err != nil || !dags.Matters(text) {
		return nil, err
	}
	if !dags.Templated(name) {
		return scanner.Scan(filepath.ToSlash(name), text), nil
	}
	if file := scanner.ScanTemplate(filepath.ToSlash(name), text); len(file.Uses) > 0 {
		return file, nil
	}
	return nil, nil
}

// readModule reads a module as Python would find it from one of the DAG folders, which Airflow has on its path.
func readModule(roots []string, module string) ([]byte, bool) {
	parts := filepath.Join(strings.Split(module, ".")...)
	for _, root := range roots {
		if strings.HasSuffix(root, ".py") {
			root = filepath.Dir(root)
		}
		for _, name := range []string{parts + ".py", filepath.Join(parts, "__init__.py")} {
			if text, err := os.ReadFile(filepath.Join(root, name)); err == nil {
				return text, true
			}
		}
	}
	return nil, false
}

// dagFileNames lists the Python files below some folders and those that operators may render, in order, without what .airflowignore names.
func dagFileNames(roots []string, glob bool) ([]string, error) {
	var names []string
	for _, root := range roots {
		info, err := os.Stat(root)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			names = append(names, root)
			continue
		}
		walk := dagWalk{root: root, names: &names}
		if err := walk.folder("", dags.Ignore{Glob: glob}); err != nil {
			return nil, err
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// dagWalk goes through a DAG folder.
type dagWalk struct {
	root  string
	names *[]string
}

// folder adds the files in a folder, whose path counts from the root on.
func (w *dagWalk) folder(dir string, ignore dags.Ignore) error {
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
		name := path.Join(dir, entry.Name())
		switch {
		case ignore.Has(name, entry.IsDir()):
		case entry.IsDir() && !strings.HasPrefix(entry.Name(), ".") && entry.Name() != "__pycache__":
			if err := w.folder(name, ignore); err != nil {
				return err
			}
		case !entry.IsDir() && (strings.HasSuffix(entry.Name(), ".py") || dags.Templated(entry.Name())):
			*w.names = append(*w.names, filepath.Join(here, entry.Name()))
		}
	}
	return nil
}
