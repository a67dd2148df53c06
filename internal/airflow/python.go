package airflow

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// NoPythonError says that no interpreter of the version that MWAA's image has was found.
type NoPythonError struct {
	Airflow string // version
	Python  string // version, such as 3.12
	Looked  []string
}

// Error says what is missing and where it was looked for.
func (e *NoPythonError) Error() string {
	return fmt.Sprintf("Airflow %s runs on Python %s, as in MWAA's image, and there is none here (looked at %s)", e.Airflow, e.Python, strings.Join(e.Looked, ", "))
}

// Hint says how to get it.
func (e *NoPythonError) Hint() string {
	return fmt.Sprintf("uv python install %s   # or: pyenv install %s; Debian, Ubuntu: sudo apt-get install python%s-venv; macOS: brew install python@%s",
		e.Python, e.Python, e.Python, e.Python)
}

// findPython returns an interpreter of a version (such as 3.12): of PATH, of pyenv's directory, of uv's.
func (c *Cache) findPython(ctx context.Context, airflow string) (string, error) {
	version := PythonVersion(airflow)
	places := []string{"python" + version, "python3", "python"}
	missing := &NoPythonError{airflow, version, []string{"PATH"}}
	for _, dir := range c.pythonDirectories() {
		found, err := filepath.Glob(filepath.Join(dir, "*"+version+".*", "bin", "python"+version))
		if err != nil {
			return "", err
		}
		slices.Sort(found)
		slices.Reverse(found)
		places = append(places, found...)
		missing.Looked = append(missing.Looked, dir)
	}
	for _, place := range places {
		path, err := c.lookPath(place)
		if err != nil {
			continue
		}
		if python := c.askPython(ctx, path, version); python != "" {
			return python, nil
		}
	}
	return "", missing
}

// pythonDirectories are where pyenv and uv keep an interpreter a directory.
//
// Source: pyenv's README ("PYENV_ROOT"), uv's reference, "Storage", "Python versions".
func (c *Cache) pythonDirectories() []string {
	or := func(name string, otherwise ...string) string {
		if value := c.getenv(name); value != "" {
			return value
		}
		return filepath.Join(otherwise...)
	}
	home := c.getenv("HOME")
	return []string{
		filepath.Join(or("PYENV_ROOT", home, ".pyenv"), "versions"),
		or("UV_PYTHON_INSTALL_DIR", or("XDG_DATA_HOME", home, ".local", "share"), "uv", "python"),
	}
}

// askPython returns where an interpreter itself lies, if it has the version. A shim of a version manager may lead to another one, or nowhere.
func (c *Cache) askPython(ctx context.Context, path, version string) string {
	cmd := exec.CommandContext(ctx, path, "-c", "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)")
	cmd.Env = c.environ()
	out, err := cmd.Output()
	got, python, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if err != nil || got != version {
		return ""
	}
	return python
}

// lookPath finds a program in the PATH of the cache's environment, which tests set.
func (c *Cache) lookPath(name string) (string, error) {
	if strings.ContainsRune(name, filepath.Separator) {
		return exec.LookPath(name)
	}
	for _, dir := range filepath.SplitList(c.getenv("PATH")) {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s: %w", name, exec.ErrNotFound)
}
