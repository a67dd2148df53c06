package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"aircon/internal/taskenv"
)

// sourcing runs a script and writes its environment at the end to descriptor 3, also where the script calls exit.
const sourcing = `trap 'status=$?; env -0 >&3; exit $status' EXIT; source "$0"`

// runStartup runs an environment's startup script as MWAA does, with the variables composed so far, and returns what it exports: all of its environment
// that is new or another. What it prints goes to standard error.
func runStartup(ctx context.Context, w world, script string, set taskenv.Set) (exported map[string]string, err error) {
	path, err := filepath.Abs(script)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil, usageError{fmt.Errorf("--startup-script %s: there is no such file", script)}
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	before := set.Environ(taskenv.Machine(os.Environ(), nil))
	c := exec.CommandContext(ctx, "bash", "-c", sourcing, path) //nolint:gosec // the user's own script
	c.Env, c.Stdout, c.Stderr, c.ExtraFiles = before, w.err, w.err, []*os.File{write}
	if err := errors.Join(c.Start(), write.Close()); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(read)
	if err := errors.Join(err, c.Wait()); err != nil {
		return nil, badInput{fmt.Errorf("the startup script %s: %w", script, err)}
	}
	exported = map[string]string{}
	for line := range bytes.SplitSeq(text, []byte{0}) {
		name, value, ok := bytes.Cut(line, []byte("="))
		if ok && !bashOwn[string(name)] && !slices.Contains(before, string(line)) {
			exported[string(name)] = string(value)
		}
	}
	return exported, nil
}

// bashOwn are variables that bash sets by itself.
var bashOwn = map[string]bool{"_": true, "SHLVL": true, "PWD": true, "OLDPWD": true}
