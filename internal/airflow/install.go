package airflow

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"aircon/mwaa"
)

// Cache is a directory of Airflow installations. What is there is never installed again, and needs no network.
//
// What it holds for a version and a requirements file, whose contents are in KEY:
//
//	KEY              a symbolic link to the installation, made when it is whole
//	KEY.RANDOM/      a virtual environment; scripts in it name its path, so it is not renamed
//	KEY.lock         held by the process that installs
type Cache struct {
	Dir     string
	Environ []string          // of the caller: PATH, HOME, and what tells uv and pip of proxies and indexes
	Said    func(line string) // told what happens, a few lines in all; may be nil
	Detail  func(line string) // told each line of uv's or pip's; may be nil
}

// DefaultCacheDir is the cache in a user's cache directory.
func DefaultCacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "aircon", "airflow"), err
}

// Installed is an Airflow in a cache.
type Installed struct {
	Version string
	Dir     string // a virtual environment
}

// Python is its interpreter.
func (i *Installed) Python() string { return filepath.Join(i.Dir, "bin", "python") }

// metastore is a migrated SQLite metastore, to be copied.
func (i *Installed) metastore() string { return filepath.Join(i.Dir, "metastore.db") }

// Install returns Airflow in a version that MWAA runs, with the packages that its image pins and those of a requirements file's text
// ("" for none), which it brings with uv, or with pip where uv is not to be had. It takes 5 to 30 s with uv; what is there returns at once.
// A killed run leaves nothing that a later one would take for whole.
func (c *Cache) Install(ctx context.Context, version, requirements string) (*Installed, error) {
	pins := Pins(version)
	if pins == nil {
		return nil, fmt.Errorf("airflow %q: MWAA runs %s", version, strings.Join(mwaa.Versions(), ", "))
	}
	sum := sha256.Sum256([]byte(strings.Join(pins, "\n") + "\n" + requirements))
	link := filepath.Join(c.Dir, version+"-"+hex.EncodeToString(sum[:6]))
	if i := installedAt(version, link); i != nil {
		return i, nil
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil { //nolint:gosec // nothing in it is secret
		return nil, err
	}
	unlock, err := c.lock(ctx, link+".lock")
	if err != nil {
		return nil, err
	}
	defer unlock()
	if i := installedAt(version, link); i != nil { // by whoever held the lock
		return i, nil
	}
	if err := removeAll(link + ".*[A-Z2-7]"); err != nil { // what a killed run left
		return nil, err
	}
	i := &Installed{version, link + "." + rand.Text()[:8]}
	if err := c.build(ctx, i, pins, requirements); err != nil {
		return nil, errors.Join(err, os.RemoveAll(i.Dir))
	}
	return i, point(link, i.Dir)
}

// installedAt returns the installation that a link names, or nil where there is none, or its Python has gone.
func installedAt(version, link string) *Installed {
	dir, err := filepath.EvalSymlinks(link)
	if err != nil {
		return nil
	}
	i := &Installed{version, dir}
	if _, err := os.Stat(i.Python()); err != nil {
		return nil
	}
	return i
}

// point makes a symbolic link in one step.
func point(link, dir string) error {
	fresh := dir + ".link"
	if err := os.Symlink(filepath.Base(dir), fresh); err != nil {
		return err
	}
	return os.Rename(fresh, link)
}

func removeAll(pattern string) error {
	found, err := filepath.Glob(pattern)
	for _, path := range found {
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}

// build fills an installation's directory.
func (c *Cache) build(ctx context.Context, i *Installed, pins []string, requirements string) error {
	python, err := c.findPython(ctx, i.Version)
	if err != nil {
		return err
	}
	c.say("installing Airflow %s: %d packages, as MWAA's image pins them", i.Version, len(pins))
	tool, err := c.fill(ctx, python, i, pins...)
	if err != nil {
		return err
	}
	if strings.TrimSpace(requirements) != "" {
		if err := c.installRequirements(ctx, tool, i, pins, requirements); err != nil {
			return err
		}
	}
	c.say("preparing a metastore for Airflow %s", i.Version)
	return i.makeMetastore(ctx)
}

// installRequirements adds what a requirements file asks for. As on MWAA, the image's pins constrain a file that names no constraints.
//
// Source: the MWAA User Guide, "Installing Python dependencies": "If you don't specify a constraints file, Amazon MWAA will specify one for
// you".
func (c *Cache) installRequirements(ctx context.Context, tool installer, i *Installed, pins []string, requirements string) error {
	wanted := filepath.Join(i.Dir, "requirements.txt")
	if err := os.WriteFile(wanted, []byte(requirements), 0o600); err != nil {
		return err
	}
	args := []string{"-r", wanted}
	if !constrained(requirements) {
		pinned := filepath.Join(i.Dir, "pins.txt")
		if err := os.WriteFile(pinned, []byte(strings.Join(pins, "\n")+"\n"), 0o644); err != nil { //nolint:gosec // names of packages
			return err
		}
		args = append(args, "-c", pinned)
	}
	c.say("installing requirements.txt")
	if err := tool.install(ctx, args...); err != nil {
		return fmt.Errorf("requirements.txt, under the packages that MWAA's image of Airflow %s pins: %w", i.Version, err)
	}
	return nil
}

func constrained(requirements string) bool {
	for line := range strings.Lines(requirements) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "-c ") || strings.HasPrefix(line, "--constraint") {
			return true
		}
	}
	return false
}

func (c *Cache) say(format string, args ...any) {
	if c.Said != nil {
		c.Said(fmt.Sprintf(format, args...))
	}
}
