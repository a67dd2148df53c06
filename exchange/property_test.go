package exchange_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"filippo.io/age"
	"pgregory.net/rapid"

	"aircon"
	"aircon/exchange"
)

// made is what Connection's constructor makes of arguments.
func made(t interface{ Fatal(...any) }, a arguments, rt aircon.Runtime) aircon.Connection {
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := aircon.New(string(text), rt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fieldsOf names the fields of differences.
func fieldsOf(was, is aircon.Connection) []string {
	var names []string
	for _, d := range exchange.Differences(was, is) {
		names = append(names, d.Field)
	}
	return names
}

// Whatever is written is read back the same, but for the losses that were told; and what is not written is told too.
func TestRoundTrips(t *testing.T) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		versions := aircon.Versions()
		rt, err := aircon.RuntimeFor(rapid.SampledFrom(versions).Draw(t, "version").String())
		if err != nil {
			t.Fatal(err)
		}
		var all []aircon.Connection
		for i := range rapid.IntRange(0, 4).Draw(t, "connections") {
			all = append(all, made(t, drawn(t, drawnID(t, i)), rt))
		}
		form := rapid.SampledFrom(exchange.Forms()).Draw(t, "form")
		w := form.Write(rt, all)
		if len(w.IDs)+len(w.Problems) != len(all) {
			t.Fatalf("%d connections: wrote %d, and %d problems", len(all), len(w.IDs), len(w.Problems))
		}
		sealed, err := exchange.Seal(w.Text, identity.Recipient().String())
		if err != nil || !exchange.Sealed(sealed) || len(w.IDs) > 0 && bytes.Contains(sealed, []byte(w.Text.Reveal())) {
			t.Fatal("seal: ", err)
		}
		text, err := exchange.Unseal(sealed, aircon.NewSecret(identity.String()))
		if err != nil {
			t.Fatal(err)
		}
		if len(w.IDs) == 0 {
			return // an empty file is an error to Airflow in most forms
		}
		file, err := form.Read(text, rt)
		if err != nil || len(file.Problems) > 0 || len(file.Connections) != len(w.IDs) {
			t.Fatalf("%s gives %v, %v, from\n%s", form.Name, err, file, text.Reveal())
		}
		checkBack(t, w, all, file.Connections)
	})
}

// checkBack holds what was read to what was written and the losses that were told.
func checkBack(t *rapid.T, w *exchange.Written, all, back []aircon.Connection) {
	for _, id := range w.IDs {
		was := all[slices.IndexFunc(all, func(c aircon.Connection) bool { return c.ID.String() == id })]
		var told []string
		for _, l := range w.Losses {
			if l.ID == id && l.Change != exchange.Hindered {
				told = append(told, l.Field)
			}
		}
		found := false
		for _, is := range back {
			got := fieldsOf(was, is)
			slices.Sort(got)
			slices.Sort(told)
			found = found || slices.Equal(got, told)
		}
		if !found {
			t.Fatalf("%s: none of what was read differs in just %q", id, told)
		}
	}
}

// The forms with objects lose nothing but what Airflow itself makes null.
func TestObjectsAreLossless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rt, err := aircon.RuntimeFor("3.3.1")
		if err != nil {
			t.Fatal(err)
		}
		c := made(t, drawn(t, "my_db"), rt)
		for _, name := range []string{"json", "yaml", "env-json", "dotenv"} {
			form, err := exchange.Named(name)
			if err != nil {
				t.Fatal(err)
			}
			w := form.Write(rt, []aircon.Connection{c})
			for _, l := range w.Losses {
				// as_json, in a variable, writes no empty extra and no port of 0 that from_json would keep
				if name == "dotenv" && (l.Field == "extra" && l.Change != exchange.Lost || l.Field == "port") {
					continue
				}
				t.Errorf("%s loses %s", name, l.Field)
			}
			for _, p := range w.Problems {
				t.Errorf("%s does not write it: %s", name, p.Reason)
			}
		}
	})
}
