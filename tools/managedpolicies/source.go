package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// source is a version of moto, and its wheel where that is at hand.
type source struct{ version, wheel string }

// managed is what is used of a managed policy.
type managed struct {
	ID       string    `json:"PolicyId"`
	Path     string    `json:"Path"`
	Version  string    `json:"DefaultVersionId"`
	Created  time.Time `json:"CreateDate"`
	Updated  time.Time `json:"UpdateDate"`
	Document document  `json:"Document"`
}

// read returns the policies by path and name, as their ARNs end.
func (s source) read(cache string) (map[string]*managed, error) {
	if s.wheel == "" {
		var err error
		if s.wheel, err = download(s.version, cache); err != nil {
			return nil, err
		}
	}
	text, err := policies(s.wheel)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.wheel, err)
	}
	var byName map[string]*managed
	if err := json.Unmarshal(text, &byName); err != nil {
		return nil, fmt.Errorf("%s: %w", s.wheel, err)
	}
	all := make(map[string]*managed, len(byName))
	for name, p := range byName {
		all[p.Path+name] = p
	}
	return all, nil
}

// download brings moto's wheel into the cache with pip and returns its path.
func download(version, cache string) (string, error) {
	find := func() string {
		found, _ := filepath.Glob(filepath.Join(cache, "moto-"+version+"-*.whl")) // the pattern is well-formed
		if len(found) == 0 {
			return ""
		}
		return found[0]
	}
	if wheel := find(); wheel != "" {
		return wheel, nil
	}
	pip := exec.Command("python3", "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", cache, "moto=="+version)
	pip.Stderr = os.Stderr
	if err := pip.Run(); err != nil {
		return "", fmt.Errorf("pip download of moto %s: %w", version, err)
	}
	if wheel := find(); wheel != "" {
		return wheel, nil
	}
	return "", fmt.Errorf("pip put no wheel of moto %s into %s", version, cache)
}

// policies returns the JSON text that moto holds in a Python string.
func policies(wheel string) ([]byte, error) {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	f, err := archive.Open("moto/iam/aws_managed_policies.py")
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	quote := []byte(`"""`)
	_, text, opened := bytes.Cut(text, quote)
	text, _, closed := bytes.Cut(text, quote)
	switch {
	case !opened || !closed:
		return nil, errors.New("no string in moto/iam/aws_managed_policies.py")
	case bytes.ContainsRune(text, '\\'):
		return nil, errors.New("the string in moto/iam/aws_managed_policies.py has escapes, which are not read")
	}
	return text, nil
}
