package main

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"aircon"
	"aircon/dags"
	"aircon/internal/dagfolder"
)

// dagFiles are the files of some DAG folders, scanned.
type dagFiles struct {
	seen  int // Python files
	all   []string
	files []*dags.File // those that may use an id, in the order of their names
	twice []string     // folders that links lead to a second time
}

func (d *dagFiles) names() []string { return d.all }

// scanFolders scans the Python files in folders, and those that are named themselves. Several at once, as many as there are processors.
func scanFolders(ctx context.Context, roots []string, rt aircon.Runtime) (all *dagFiles, err error) {
	folder, err := dagfolder.Find(roots, rt.Airflow.AtLeast(3, 0))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	scanners := folder.Scanners(dags.New(rt))
	found := make([]*dags.File, len(folder.Files))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	const batch = 64
	for from := 0; from < len(found); from += batch {
		to := min(from+batch, len(found))
		group.Go(func() error {
			for i := from; i < to && ctx.Err() == nil; i++ {
				var err error
				if found[i], err = scanFile(scanners[i], &folder.Files[i]); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all = &dagFiles{twice: folder.Twice, files: slices.DeleteFunc(found, func(f *dags.File) bool { return f == nil })}
	for _, f := range folder.Files {
		if !dags.Templated(f.Name) {
			all.seen, all.all = all.seen+1, append(all.all, f.Name)
		}
	}
	return all, nil
}

// scanFile scans a DAG file, or one that operators render. It returns nil where there is nothing to find.
func scanFile(scanner *dags.Scanner, f *dagfolder.File) (*dags.File, error) {
	text, err := f.Read()
	if err != nil || !dags.Matters(text) {
		return nil, err
	}
	name := filepath.ToSlash(f.Name)
	if !dags.Templated(name) {
		return scanner.ScanIn(f.Package, name, text), nil
	}
	if file := scanner.ScanTemplate(name, text); len(file.Uses) > 0 {
		return file, nil
	}
	return nil, nil
}
