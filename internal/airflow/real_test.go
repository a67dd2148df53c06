//go:build airflow && unix

package airflow

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aircon/internal/startup"
)

// realInstalled is a version in the user's own cache.
func realInstalled(t *testing.T, version string) *Installed {
	t.Helper()
	dir, err := DefaultCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	cache := Cache{Dir: dir, Environ: os.Environ(), Said: func(line string) { t.Log(line) }}
	i, err := cache.Install(t.Context(), version, "")
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// Real Airflow sees what the table of precedence says, with options and startup scripts as an environment has them.
func TestRealPrecedence(t *testing.T) {
	for _, version := range []string{"2.10.3", "3.3.1"} {
		i := realInstalled(t, version)
		asked := 0
		for _, test := range precedence {
			section, option, ok := strings.Cut(strings.TrimPrefix(test.variable, "AIRFLOW__"), "__")
			if !ok || !strings.HasPrefix(test.variable, "AIRFLOW__") {
				continue // boto3's and the shell's variables are no options
			}
			t.Run(version+" "+test.name, func(t *testing.T) {
				in := inputs(version, test.options, nil)
				in.Home, in.Bin = t.TempDir(), filepath.Join(i.Dir, "bin")
				in.Metastore = sqliteURL(i.metastore())
				in.Startup = startupOf(t, in, test.startup)
				want, _ := Compose(in)
				if want[test.variable].Text == "" || notAsked[test.variable] == version || notAsked[test.variable] == "any" {
					return // left to Airflow's own default, or not to be asked for
				}
				asked++
				got := configValue(t, i, in, strings.ToLower(section), strings.ToLower(option))
				if got != want[test.variable].Text {
					t.Errorf("%s = %q, and Airflow sees %q", test.variable, want[test.variable].Text, got)
				}
			})
		}
		if asked < 30 {
			t.Errorf("%s: only %d cases", version, asked)
		}
	}
}

// notAsked are variables that Airflow of a version does not show as they are: a module that there must be, and an option that 3.x takes for
// the old name of api.base_url.
var notAsked = map[string]string{"AIRFLOW__DATABASE__SQL_ALCHEMY_CONNECT_ARGS": "any", "AIRFLOW__WEBSERVER__BASE_URL": "3.3.1"}

// startupOf has a real startup script export the variables.
func startupOf(t *testing.T, in Inputs, exports map[string]string) map[string]string {
	t.Helper()
	if exports == nil {
		return nil
	}
	var script strings.Builder
	for _, name := range slices.Sorted(maps.Keys(exports)) {
		fmt.Fprintf(&script, "export %s='%s'\n", name, exports[name])
	}
	file := filepath.Join(in.Home, "startup.sh")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	before, _ := Compose(in)
	got, err := startup.Run(t.Context(), file, environ(before), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// configValue asks Airflow's command line, in the environment of its processes.
func configValue(t *testing.T, i *Installed, in Inputs, section, option string) string {
	t.Helper()
	vars, _ := Compose(in)
	cmd := program{args: []string{i.Python(), filepath.Join(i.Dir, "bin", "airflow"), "config", "get-value", section, option}, dir: in.Home}.command()
	cmd.Env = environ(vars)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("airflow config get-value %s %s: %v\n%s", section, option, err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}
