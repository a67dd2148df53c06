package exchange_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aircon"
	"aircon/exchange"
)

// recording is one run of tools/exchange/ask.py: what a real Airflow made of connections, of files and of ours.
type recording struct {
	Cases    []arguments                `json:"cases"`    // what Connection was given
	Stored   []arguments                `json:"stored"`   // what its metastore had then, by conn_id
	Exported map[string]string          `json:"exported"` // by form: what `airflow connections export` wrote
	Ours     map[string]string          `json:"ours"`     // by form: what we wrote
	Read     map[string]json.RawMessage `json:"read"`     // what Airflow read of it: "import json", "backend dotenv", …
}

// recorded are the versions in testdata.
var recorded = []string{"2.10.3", "3.3.1"}

func load(t *testing.T, version string) (recording, aircon.Runtime) {
	t.Helper()
	rt, err := aircon.RuntimeFor(version)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("testdata", version+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Cases) < 50 || len(r.Stored) != len(r.Cases) {
		t.Fatalf("testdata has %d cases, of which Airflow stored %d", len(r.Cases), len(r.Stored))
	}
	return r, rt
}

// What was recorded of real Airflow holds for this code: it reads the files that Airflow exports, writes the same files, byte by byte,
// that Airflow read, and foretells what Airflow made of them.
func TestRecorded(t *testing.T) {
	for _, version := range recorded {
		t.Run(version, func(t *testing.T) {
			r, rt := load(t, version)
			checkExported(t, r, rt)
			for name, text := range write(t, r, rt) {
				if text != r.Ours[name] {
					t.Errorf("%s: what is written is not what Airflow %s read", name, version)
				}
			}
			checkRead(t, r, rt)
		})
	}
}

// connections are what the metastore had.
func (r recording) connections(t *testing.T, rt aircon.Runtime) []aircon.Connection {
	t.Helper()
	var all []aircon.Connection
	for _, a := range r.Stored {
		all = append(all, made(t, a, rt))
	}
	return all
}

// write writes the connections in every form that Airflow reads.
func write(t *testing.T, r recording, rt aircon.Runtime) map[string]string {
	t.Helper()
	ours := map[string]string{}
	for _, name := range []string{"json", "yaml", "env", "dotenv"} {
		form, err := exchange.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		w := form.Write(rt, r.connections(t, rt))
		for _, p := range w.Problems {
			if name != "env" && name != "dotenv" { // a line that begins with # is a comment, and no shell sets a variable a/b
				t.Errorf("%s: %s: %s", name, p.ID, p.Reason)
			}
		}
		ours[name] = w.Text.Reveal()
	}
	return ours
}

// checkExported reads what Airflow exported: all of it, but for what a URI does not hold.
func checkExported(t *testing.T, r recording, rt aircon.Runtime) {
	t.Helper()
	stored := r.connections(t, rt)
	for name, text := range r.Exported {
		form, err := exchange.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := form.Read(aircon.NewSecret(text), rt)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := form.Write(rt, stored)
		compare(t, "export "+name, want, stored, file.Connections)
		if name == "json" || name == "env-json" {
			if len(want.Problems) == 0 && want.Text.Reveal() != text {
				t.Errorf("%s: it is written otherwise than Airflow %s writes it", name, rt.Airflow)
			}
		}
	}
}

// checkRead holds what Airflow read of our files to what they hold and to the losses that were told.
func checkRead(t *testing.T, r recording, rt aircon.Runtime) {
	t.Helper()
	stored := r.connections(t, rt)
	for what, raw := range r.Read {
		way, name, _ := strings.Cut(what, " ")
		form, err := exchange.Named(name)
		if err != nil {
			t.Fatal(err)
		}
		var read []arguments
		if err := json.Unmarshal(raw, &read); err != nil {
			t.Errorf("%s: Airflow says %s", what, raw)
			continue
		}
		var back []aircon.Connection
		for _, a := range read {
			back = append(back, made(t, a, rt))
		}
		w := form.Write(rt, stored)
		if way == "import" {
			w = withoutHindered(w)
		}
		compare(t, what, w, stored, back)
	}
}

// withoutHindered leaves out what `airflow connections import` was said to pass over.
func withoutHindered(w *exchange.Written) *exchange.Written {
	hindered := map[string]bool{}
	for _, l := range w.Losses {
		hindered[l.ID] = hindered[l.ID] || l.Change == exchange.Hindered
	}
	less := *w
	less.IDs = nil
	for _, id := range w.IDs {
		if !hindered[id] {
			less.IDs = append(less.IDs, id)
		}
	}
	return &less
}

// compare holds the connections that were read to those that were written, less the losses.
func compare(t *testing.T, what string, w *exchange.Written, stored, read []aircon.Connection) {
	t.Helper()
	was, is := byID(stored), byID(read)
	if len(is) != len(w.IDs) {
		t.Errorf("%s: %d connections were written, %d read", what, len(w.IDs), len(is))
	}
	for _, id := range w.IDs {
		back, found := is[id]
		if !found {
			t.Errorf("%s: %s is not there", what, id)
			continue
		}
		told := map[string]bool{}
		for _, l := range w.Losses {
			// Airflow finds a variable by the id as it was; whoever reads the file alone sees capital letters
			told[l.Field] = told[l.Field] || l.ID == id && l.Change != exchange.Hindered && l.Field != "conn_id"
		}
		for _, field := range fieldsOf(was[id], back) {
			if !told[field] {
				t.Errorf("%s: %s: %s differs, and nobody said so", what, id, field)
			}
			delete(told, field)
		}
		for field, is := range told {
			if is {
				t.Errorf("%s: %s: %s was said to be lost, and is not", what, id, field)
			}
		}
	}
}

func byID(all []aircon.Connection) map[string]aircon.Connection {
	m := map[string]aircon.Connection{}
	for _, c := range all {
		m[c.ID.String()] = c
	}
	return m
}
