package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"aircon/internal/airflow"
)

// copyBucket copies what Airflow reads of a bucket, but for directories that begin with a dot.
func copyBucket(b airflow.Bucket, to string) (airflow.Bucket, error) {
	dags := filepath.Join(to, "dags")
	err := copyTree(b.DAGs, dags)
	b.DAGs = dags
	if b.Plugins != "" && !strings.HasSuffix(b.Plugins, ".zip") {
		plugins := filepath.Join(to, "plugins")
		err = errors.Join(err, copyTree(b.Plugins, plugins))
		b.Plugins = plugins
	}
	return b, err
}

func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		if entry.IsDir() {
			if name != "." && strings.HasPrefix(entry.Name(), ".") || entry.Name() == "__pycache__" {
				return filepath.SkipDir
			}
			return os.MkdirAll(target, 0o700)
		}
		info, err := os.Stat(path) // of what a link leads to
		if err != nil {
			return err
		}
		switch {
		case info.IsDir():
			real, err := filepath.EvalSymlinks(path)
			if err != nil {
				return err
			}
			if strings.HasPrefix(path, real+string(filepath.Separator)) {
				return badInput{fmt.Errorf("%s leads to a directory that it lies in", path)}
			}
			return copyTree(real, target)
		case !info.Mode().IsRegular(): // a socket, a pipe
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, text, info.Mode().Perm()|0o600)
	})
}
