//go:build oracle

package textfix

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"aircon"
	"aircon/internal/py"
)

var (
	liveDrafts = flag.Int("live.drafts", drafts, "damaged texts for each version")
	liveSeed   = flag.Uint64("live.seed", 0, "seed of the first")
)

// TestFixAgainstRealAirflow lets real Airflow, as tools/oracle/airflow/install.sh installs it, read what Fix makes of damaged texts: through
// SecretsManagerBackend, into the Connection class of servers and, in Airflow 3, of workers.
func TestFixAgainstRealAirflow(t *testing.T) {
	for _, airflow := range []string{"2.10.3", "3.3.1"} {
		t.Run(airflow, func(t *testing.T) {
			b := backend(t, airflow, "")
			counts := map[string]int{}
			var asked []*draft
			var cases bytes.Buffer
			for i := range *liveDrafts {
				d := damaged(*liveSeed + uint64(i))
				text, applied, err := Fix(aircon.NewSecret(d.text()), Options{Backend: b})
				switch {
				case err != nil:
					counts["refused"]++
					continue
				case len(applied) == 0:
					counts["fine as it was"]++
				default:
					counts["fixed"]++
				}
				for _, via := range vias(airflow) {
					asked = append(asked, d)
					writeCase(t, &cases, text, via)
				}
			}
			answers := askAirflow(t, airflow, &cases)
			if len(answers) != len(asked) {
				t.Fatalf("%d answers to %d cases", len(answers), len(asked))
			}
			for i, answer := range answers {
				if why := differsLive(answer, asked[i].intended()); why != "" && !hidden(asked[i]) {
					t.Errorf("%v: %s:\n%s\n%s", asked[i].done, why, asked[i].text(), answer)
				}
			}
			t.Logf("Airflow %s: %d damaged texts, %v; %d read by Airflow", airflow, *liveDrafts, counts, len(answers))
		})
	}
}

// vias are the Connection classes of a release, as the oracle calls them.
func vias(airflow string) []string {
	if strings.HasPrefix(airflow, "2.") {
		return []string{"models"}
	}
	return []string{"models", "sdk"}
}

func writeCase(t *testing.T, to *bytes.Buffer, text aircon.Secret, via string) {
	t.Helper()
	line, err := json.Marshal(map[string]any{
		"kind": "backend", "conn_id": "x", "kwargs": map[string]any{}, "via": via,
		"secrets": map[string]string{"airflow/connections/x": text.Reveal()},
	})
	if err != nil {
		t.Fatal(err)
	}
	to.Write(append(line, '\n'))
}

// askAirflow puts cases to tools/oracle/airflow/oracle.py and returns its answers, a line each.
func askAirflow(t *testing.T, airflow string, cases *bytes.Buffer) []string {
	t.Helper()
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	environments := cmp.Or(os.Getenv("AIRFLOW_ORACLE_DIR"), filepath.Join(home, ".cache", "airflow-oracle"))
	cmd := exec.Command(filepath.Join(environments, airflow, "bin", "python"), "../../tools/oracle/airflow/oracle.py")
	cmd.Stdin, cmd.Stderr = cases, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// differsLive says in what Airflow's answer is another connection than the one that was meant.
func differsLive(answer string, want aircon.Connection) string {
	value, err := py.Loads(answer)
	dict, is := value.(*py.Dict)
	if err != nil || !is {
		return "no answer"
	}
	held, _ := dict.Get("connection")
	conn, is := held.(*py.Dict)
	if !is {
		return "no connection"
	}
	get := func(key string) string {
		v, _ := conn.Get(key)
		if v == nil {
			return ""
		}
		return py.Str(v)
	}
	if raises, found := conn.Get("raises"); found {
		return "raises " + py.Dumps(raises)
	}
	for key, want := range map[string]string{
		"conn_type": want.Type.String(), "host": want.Host.String(), "login": want.Login.String(), "password": want.Password.Reveal(),
		"schema": want.Schema.String(), "port": want.Port.String(),
	} {
		if get(key) != want {
			return key
		}
	}
	got := map[string]string{}
	if decoded, _ := conn.Get("extra_dejson"); decoded != nil {
		for key, v := range decoded.(*py.Dict).All() {
			got[key] = py.Str(v)
			if slices.Contains(Switches, key) {
				got[key] = fmt.Sprint(py.Truth(v))
			}
		}
	}
	if expected := extras(want); fmt.Sprint(got) != fmt.Sprint(expected) {
		return "extra"
	}
	return ""
}
