// Command operators writes the table of package internal/operators: what the constructors of the amazon, postgres and common-sql
// providers take, in the versions that MWAA's images pin.
//
//	go run ./tools/operators [-pins DIRECTORY] [-cache DIRECTORY] [-o FILE]
//
// pip downloads the wheels into the cache; nothing of them is run.
package main

import (
	"archive/zip"
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"aircon/internal/operators"
	"aircon/internal/pysyntax"
)

// providers are the packages that the table is made of; classes of amazon's build on some of http's.
var providers = []string{
	"apache-airflow-providers-amazon", "apache-airflow-providers-postgres", "apache-airflow-providers-common-sql", "apache-airflow-providers-http",
}

func main() {
	pins := flag.String("pins", "tools/oracle/airflow/pins", "directory with a file RELEASE.txt of pinned packages for each release")
	cache := flag.String("cache", ".cache/providers", "where downloaded wheels are kept")
	out := flag.String("o", "internal/operators/table.txt", "file of the table")
	flag.Parse()
	if err := run(*pins, *cache, *out); err != nil {
		fmt.Fprintln(os.Stderr, "operators:", err)
		os.Exit(1)
	}
}

func run(pins, cache, out string) error {
	var b bytes.Buffer
	b.WriteString("# Made by tools/operators: @module, then for each class its name, kind, releases, parameters that hold a conn_id, templated fields.\n")
	var all [][]*operators.Class
	for _, release := range operators.Releases {
		classes, err := readRelease(filepath.Join(pins, release+".txt"), cache)
		if err != nil {
			return fmt.Errorf("%s: %w", release, err)
		}
		all = append(all, classes)
	}
	if err := operators.Write(&b, all); err != nil {
		return err
	}
	return os.WriteFile(out, b.Bytes(), 0o644)
}

// readRelease returns the classes of the providers that a file pins.
func readRelease(pins, cache string) ([]*operators.Class, error) {
	text, err := os.ReadFile(pins)
	if err != nil {
		return nil, err
	}
	var sources []*operators.Source
	for _, pin := range strings.Fields(string(text)) {
		name, version, _ := strings.Cut(pin, "==")
		for _, p := range providers {
			if p != name {
				continue
			}
			found, err := readWheel(name, version, cache)
			if err != nil {
				return nil, err
			}
			sources = append(sources, found...)
		}
	}
	resolver := operators.NewResolver(sources, nil)
	var classes []*operators.Class
	for _, s := range sources {
		if c, ok := resolver.Resolve(s.Name); ok && wanted(c) {
			classes = append(classes, c)
		}
	}
	return classes, nil
}

// wanted reports whether the table has a class: those that take a conn_id, and operators for their templates.
func wanted(c *operators.Class) bool {
	return !strings.HasPrefix(c.Base(), "_") && (len(c.Params) > 0 || c.Kind == operators.Operator && len(c.Templated) > 0)
}

// readWheel returns the classes in a provider's wheel.
func readWheel(name, version, cache string) ([]*operators.Source, error) {
	file, err := download(name, version, cache)
	if err != nil {
		return nil, err
	}
	wheel, err := zip.OpenReader(file)
	if err != nil {
		return nil, err
	}
	defer wheel.Close()
	var sources []*operators.Source
	for _, f := range wheel.File {
		if !strings.HasSuffix(f.Name, ".py") {
			continue
		}
		text, err := content(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, f.Name, err)
		}
		tree := pysyntax.Parse(text)
		if len(tree.Errors) > 0 {
			return nil, fmt.Errorf("%s: %s: %v", file, f.Name, tree.Errors)
		}
		module := strings.TrimSuffix(strings.TrimSuffix(f.Name, ".py"), "/__init__")
		sources = append(sources, operators.Read(strings.ReplaceAll(module, "/", "."), tree)...)
	}
	return sources, nil
}

func content(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// download brings a wheel into the cache with pip and returns its path.
func download(name, version, cache string) (string, error) {
	file := filepath.Join(cache, strings.ReplaceAll(name, "-", "_")+"-"+version+"-py3-none-any.whl")
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	pip := exec.Command("python3", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", cache, name+"=="+version)
	pip.Stderr = os.Stderr
	if err := pip.Run(); err != nil {
		return "", fmt.Errorf("pip download of %s %s: %w", name, version, err)
	}
	return file, nil
}
