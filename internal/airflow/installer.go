package airflow

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"aircon/internal/filelock"
	"aircon/internal/pause"
)

// installer brings packages into a virtual environment.
type installer struct {
	cache   *Cache
	command []string
	offline string // the flag that keeps it from the network, "" where it has none
}

// fill makes the virtual environment and puts packages into it, and returns what puts others beside them: uv, or pip where uv is not to be had.
func (c *Cache) fill(ctx context.Context, python string, i *Installed, packages ...string) (installer, error) {
	uv, brought := c.findUV(ctx, python)
	if uv != "" {
		tool, err := c.fillByUV(ctx, uv, python, i, packages)
		if err == nil || !brought || ctx.Err() != nil {
			return tool, err
		}
		c.say("uv fails, so pip installs, which takes a minute or two longer") // as where pip alone knows of a package index
		if err := os.RemoveAll(i.Dir); err != nil {
			return installer{}, err
		}
	}
	if err := c.run(ctx, python, "-m", "venv", i.Dir); err != nil {
		return installer{}, &noVenvError{PythonVersion(i.Version), err}
	}
	tool := installer{c, append([]string{i.Python()}, pipInstall...), ""}
	return tool, tool.install(ctx, packages...)
}

func (c *Cache) fillByUV(ctx context.Context, uv, python string, i *Installed, packages []string) (installer, error) {
	tool := installer{c, []string{uv, "pip", "install", "--python", i.Python()}, "--offline"}
	if err := c.run(ctx, uv, "venv", "--quiet", "--python", python, i.Dir); err != nil {
		return tool, err
	}
	return tool, tool.install(ctx, packages...)
}

// pipInstall follows a Python's path.
var pipInstall = []string{"-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"}

// uvPackage is what pip brings where the machine has no uv.
const uvPackage = "uv==0.13.9"

// findUV returns the path of uv: the machine's, or one that pip has brought into the cache, "" where it could bring none.
func (c *Cache) findUV(ctx context.Context, python string) (path string, brought bool) {
	if uv, err := c.lookPath("uv"); err == nil && c.run(ctx, uv, "--version") == nil {
		return uv, false
	}
	dir := filepath.Join(c.Dir, strings.ReplaceAll(uvPackage, "==", "-"))
	uv := filepath.Join(dir, "bin", "uv")
	if c.run(ctx, uv, "--version") == nil {
		return uv, true
	}
	c.say("there is no uv here: pip brings it, as it installs in a tenth of pip's own time")
	fresh := dir + "." + rand.Text()[:8]
	err := c.run(ctx, slices.Concat([]string{python}, pipInstall, []string{"--target", fresh, uvPackage})...)
	if err == nil {
		_ = os.Rename(fresh, dir) // or another process was first
	}
	_ = os.RemoveAll(fresh)
	if err != nil || c.run(ctx, uv, "--version") != nil {
		c.say("there is no uv, so pip installs, which takes a minute or two longer")
		return "", false
	}
	return uv, true
}

// noVenvError says that a Python makes no virtual environments, as Debian's without its package.
type noVenvError struct {
	python string
	error
}

// Unwrap returns the cause.
func (e *noVenvError) Unwrap() error { return e.error }

// Hint says how to mend it.
func (e *noVenvError) Hint() string {
	return "install uv, or the venv module (Debian, Ubuntu: sudo apt-get install python" + e.python + "-venv)"
}

// install brings packages: from what the installer keeps of earlier runs, or else from the network.
func (i installer) install(ctx context.Context, args ...string) error {
	if i.offline != "" && !slices.Contains(args, "-c") && i.run(ctx, nil, append([]string{i.offline}, args...)) == nil {
		return nil
	}
	return i.run(ctx, i.cache.Detail, args)
}

func (i installer) run(ctx context.Context, said func(string), args []string) error {
	args = slices.Concat(i.command, args)
	return program{args: args, env: i.cache.environ(), dir: i.cache.Dir, said: said}.run(ctx)
}

func (c *Cache) run(ctx context.Context, args ...string) error {
	return program{args: args, env: c.environ(), dir: c.Dir}.run(ctx)
}

// foreign are variables that would lead uv, pip and Python into another environment than the one that is made.
var foreign = []string{"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV"}

// environ is the caller's environment without what is foreign, without AWS credentials, and with what keeps uv from bringing a Python.
func (c *Cache) environ() []string {
	kept := slices.DeleteFunc(slices.Clone(c.Environ), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(foreign, name) || strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "AIRFLOW_")
	})
	return append(kept, "UV_PYTHON_DOWNLOADS=never")
}

// getenv reads the caller's environment.
func (c *Cache) getenv(name string) string {
	for _, v := range slices.Backward(c.Environ) {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

// lock waits until no other process installs the same.
func (c *Cache) lock(ctx context.Context, path string) (unlock func(), err error) {
	file, err := filelock.Take(path)
	if errors.Is(err, filelock.ErrHeld) {
		c.say("waiting for another process that installs %s", strings.TrimSuffix(filepath.Base(path), ".lock"))
	}
	for errors.Is(err, filelock.ErrHeld) {
		if err := pause.For(ctx, healthPause); err != nil {
			return nil, err
		}
		file, err = filelock.Take(path)
	}
	if err != nil {
		return nil, err
	}
	return func() { unlockFile(file) }, nil
}

func unlockFile(file *os.File) { _ = file.Close() } // the kernel gives the lock back
