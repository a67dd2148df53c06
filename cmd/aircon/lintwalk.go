package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"aircon"
	"aircon/internal/spec"
	"aircon/internal/term"
)

// inputs are the files that the user means: those named, and of directories those that are one of the kinds, in the order of their
// names. Skipped counts the others there.
func (l *linting) inputs(names []string) (all []input, skipped int, err error) {
	all = []input{}
	for _, name := range names {
		info, err := os.Stat(name)
		if name == "-" || err != nil || !info.IsDir() {
			all = append(all, input{Name: name, Kind: l.as}) // what cannot be read says so where it is read
			continue
		}
		below, others, err := l.walk(name)
		if err != nil {
			return nil, 0, usageError{err}
		}
		all, skipped = append(all, below...), skipped+others
	}
	return all, skipped, nil
}

// leftOut are directories that hold what others wrote.
var leftOut = []string{"node_modules", "__pycache__", "venv", "vendor", "site-packages"}

// endings are those of files that can be one of the kinds; a name without any, or that begins with a dot (.env), can be too.
var endings = []string{"", ".json", ".yaml", ".yml", ".tf", ".hcl", ".cfg", ".ini", ".env", ".sh", ".txt", ".uri"}

// walk looks below a directory. Hidden directories, links and what cannot be one of the kinds are passed over.
func (l *linting) walk(dir string) (all []input, skipped int, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != dir && (strings.HasPrefix(entry.Name(), ".") || slices.Contains(leftOut, entry.Name())):
			return fs.SkipDir
		case entry.IsDir():
			return nil
		case !entry.Type().IsRegular() || !mayBeOurs(entry.Name()):
			skipped++
			return nil
		}
		in, is, err := l.ours(path, entry)
		if is {
			all = append(all, in)
		} else if err == nil {
			skipped++
		}
		return err
	})
	return all, skipped, err
}

func mayBeOurs(name string) bool {
	return strings.HasPrefix(name, ".env") || slices.Contains(endings, strings.ToLower(filepath.Ext(name)))
}

// ours reads a file of a directory and tells its kind, if it is one.
func (l *linting) ours(path string, entry fs.DirEntry) (input, bool, error) {
	in := input{Name: path, Kind: l.as}
	info, err := entry.Info()
	if err != nil || info.Size() > spec.MaxBytes || info.Size() == 0 {
		return in, false, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return in, false, err
	}
	secret := aircon.NewSecret(string(text))
	if kind := knownKind(path, secret); kind == "" || l.as != "" && l.as != kind {
		return in, false, nil
	} else {
		in.Kind = kind
	}
	in.text = &secret
	return in, true, nil
}

// showLinted sums up: what was looked at, and what came of it.
func showLinted(t *term.Terminal, result linted, names []string, broken int) {
	if len(result.Files) == 1 && result.Skipped == 0 && len(names) == 1 {
		if len(result.Findings) == 0 && broken == 0 {
			fmt.Fprintf(t.Out, "%s nothing found in %s\n", t.Mark(term.OK), strings.Join(names, ", "))
		}
		return
	}
	mark := term.OK
	switch {
	case failing(result.Findings, "warning") != nil || broken > 0:
		mark = term.Failed
	case len(result.Findings) > 0:
		mark = term.Warning
	}
	kinds := map[string]int{}
	for _, in := range result.Files {
		kinds[in.Kind]++
	}
	var parts []string
	for _, kind := range []string{kindSpec, kindSecret, kindPolicy, kindOptions} {
		if kinds[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", kind, kinds[kind]))
		}
	}
	what := "nothing found"
	if n := len(result.Findings); n > 0 {
		what = fmt.Sprintf("findings: %d", n)
	}
	if broken > 0 {
		what += fmt.Sprintf("; not readable: %d", broken)
	}
	fmt.Fprintf(t.Out, "%s %s in %s (files: %d%s; skipped: %d)\n", t.Mark(mark), what, term.Clean(strings.Join(names, ", ")), len(result.Files),
		ifAnyParts(parts), result.Skipped)
}

func ifAnyParts(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return ", of them " + strings.Join(parts, ", ")
}
