package airflow

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"aircon/mwaa"
)

// startupTime is how long a startup script may take.
//
// Source: the MWAA User Guide, "Using a startup script with Amazon MWAA": a script that does not finish within five minutes is ended.
const startupTime = 5 * time.Minute

// runStartup runs a startup script with the variables composed so far, and returns those that it exports: all of its environment that is
// new or another one, as on MWAA. The script's last line need not be reached: what counts is the environment at its end.
func runStartup(ctx context.Context, script, home string, vars mwaa.Variables, said func(string)) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, startupTime)
	defer cancel()
	saved := filepath.Join(home, "startup.env")
	p := program{
		// On exit, so that a script that calls exit counts too.
		args: []string{"/bin/bash", "-c", `trap 'status=$?; env -0 >"$0"; exit $status' EXIT; source "$1"`, saved, script},
		env:  environ(vars), dir: filepath.Dir(script), said: said,
	}
	if err := p.run(ctx); err != nil {
		return nil, fmt.Errorf("the startup script %s: %w", script, err)
	}
	text, err := os.ReadFile(saved)
	if err != nil {
		return nil, err
	}
	exported := map[string]string{}
	for entry := range bytes.SplitSeq(text, []byte{0}) {
		name, value, ok := bytes.Cut(entry, []byte("="))
		before, had := vars[string(name)]
		if ok && !shells[string(name)] && (!had || before.Text != string(value)) {
			exported[string(name)] = string(value)
		}
	}
	return exported, os.Remove(saved)
}

// shells are variables that bash sets by itself.
var shells = map[string]bool{"_": true, "SHLVL": true, "PWD": true, "OLDPWD": true}
