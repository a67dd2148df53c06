package main

import (
	"archive/zip"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// download brings botocore's wheel into the cache with pip and returns its path.
func download(version, cache string) (string, error) {
	wheel := filepath.Join(cache, "botocore-"+version+"-py3-none-any.whl")
	if _, err := os.Stat(wheel); err == nil {
		return wheel, nil
	}
	pip := exec.Command("python3", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", cache, "botocore=="+version)
	pip.Stderr = os.Stderr
	if err := pip.Run(); err != nil {
		return "", fmt.Errorf("pip download of botocore %s: %w", version, err)
	}
	return wheel, nil
}

// open returns botocore's data directory, of a wheel or of an installation.
func open(from string) (fs.FS, func() error, error) {
	info, err := os.Stat(from)
	if err != nil {
		return nil, nil, err
	}
	if info.IsDir() {
		return os.DirFS(from), func() error { return nil }, nil
	}
	wheel, err := zip.OpenReader(from)
	if err != nil {
		return nil, nil, err
	}
	data, err := fs.Sub(wheel, "botocore/data")
	return data, wheel.Close, err
}

// load reads the newest model of a service, compressed or not.
func load(data fs.FS, service string) (*description, error) {
	found, err := fs.Glob(data, path.Join(service, "*", "service-2.json*"))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fs.ErrNotExist
	}
	newest := slices.Max(found)
	f, err := data.Open(newest)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var text io.Reader = f
	if strings.HasSuffix(newest, ".gz") {
		if text, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	d := new(description)
	return d, json.NewDecoder(text).Decode(d)
}
