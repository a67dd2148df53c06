//go:build oracle

package exchange_test

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aircon"
	"aircon/exchange"
)

var (
	liveCases  = flag.Int("live.cases", 300, "connections for each version")
	liveSeed   = flag.Int("live.seed", 1, "seed of the connections")
	liveRecord = flag.Bool("live.record", false, "write testdata anew")
)

// TestAgainstRealAirflow lets real Airflow, as tools/oracle/airflow/install.sh installs it, store random connections, export them, and read
// what was written of them.
func TestAgainstRealAirflow(t *testing.T) {
	for _, version := range recorded {
		t.Run(version, func(t *testing.T) {
			rt, err := aircon.RuntimeFor(version)
			if err != nil {
				t.Fatal(err)
			}
			r := askAirflow(t, version, rt)
			checkExported(t, r, rt)
			checkRead(t, r, rt)
			t.Logf("Airflow %s: %d connections exported in %d forms, and read in %d ways", version, len(r.Stored), len(r.Exported), len(r.Read))
			if *liveRecord && !t.Failed() {
				save(t, filepath.Join("testdata", version+".json"), r)
			}
		})
	}
}

func askAirflow(t *testing.T, version string, rt aircon.Runtime) recording {
	t.Helper()
	install, err := exec.Command("../tools/oracle/airflow/install.sh", version).Output()
	if err != nil {
		t.Fatal(err)
	}
	python, dir := strings.TrimSpace(string(install)), t.TempDir()
	run := func(what string) {
		c := exec.Command(python, "../tools/exchange/ask.py", what, dir)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("ask.py %s: %v\n%s", what, err, out)
		}
	}
	r := recording{Exported: map[string]string{}}
	for i := range *liveCases {
		a := rapid.Custom(func(t *rapid.T) arguments { return drawn(t, drawnID(t, i)) }).Example(*liveSeed*1_000_000 + i)
		r.Cases = append(r.Cases, a)
	}
	save(t, filepath.Join(dir, "cases.json"), r.Cases)
	run("export")
	read(t, filepath.Join(dir, "stored.json"), &r.Stored)
	for form, file := range map[string]string{"json": "out.json", "yaml": "out.yaml", "env": "out.env", "env-json": "out-json.env"} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		r.Exported[form] = string(text)
	}
	r.Ours = write(t, r, rt)
	dotenv, err := exchange.Named("dotenv")
	if err != nil {
		t.Fatal(err)
	}
	save(t, filepath.Join(dir, "ids.json"), dotenv.Write(rt, r.connections(t, rt)).IDs)
	for form, text := range r.Ours {
		if err := os.WriteFile(filepath.Join(dir, "ours."+form), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run("read")
	read(t, filepath.Join(dir, "read.json"), &r.Read)
	return r
}

func save(t *testing.T, path string, value any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err == nil {
		err = os.WriteFile(path, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}
