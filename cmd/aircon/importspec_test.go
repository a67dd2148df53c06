package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"
	"pgregory.net/rapid"

	"aircon"
	"aircon/exchange"
	"aircon/internal/plan"
	"aircon/internal/spec"
)

// A spec, with the secrets beside it, gives each connection back but for the losses that were told; and no secret stands in it.
func TestSpecGivesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawnConnection(t)
		back, told, _ := throughSpec(t, c)
		var found []string
		for _, d := range exchange.Differences(c, back) {
			found = append(found, d.Field)
		}
		if !slices.Equal(told, found) {
			t.Fatalf("lost %q, told %q", found, told)
		}
	})
}

// throughSpec declares a connection in a spec, with its secrets beside it, and reads it from there. told are the fields that were said to be lost.
func throughSpec(t *rapid.T, c aircon.Connection) (back aircon.Connection, told []string, held bool) {
	dir, err := os.MkdirTemp("", "aircon")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "aircon.yaml")
	places := secretPlaces{dir: "secrets"}
	places.begin(path)
	into := &specFile{path: path, environment: "e", declared: spec.Environment{Name: "e"}}
	declared, losses, problems := places.declare([]aircon.Connection{c}, into.refused)
	if len(problems) > 0 {
		t.Fatalf("%v", problems)
	}
	text, err := into.with(declared)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), migrationCanary) {
		t.Fatal("a secret stands in the spec")
	}
	if err := places.write(); err != nil {
		t.Fatal(err)
	}
	file, err := spec.Parse(path, text, spec.Options{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	e := file.Environments.Get("e")
	values, err := plan.Resolve(t.Context(), file, e, spec.Resolver{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if back, err = plan.ConnectionOf(e.Connections[0], values); err != nil {
		t.Fatal(err)
	}
	return back, lostFields(losses), true
}

func lostFields(losses []exchange.Loss) (fields []string) {
	for _, l := range losses {
		if l.Change != exchange.Hindered {
			fields = append(fields, l.Field)
		}
	}
	return fields
}

// through takes a connection through a form; held is false where the form has said that it cannot hold it at all.
type through func(*rapid.T, aircon.Connection) (back aircon.Connection, told []string, held bool)

// throughForm writes a connection as a file of a form, sealed with age, and reads it from there.
func throughForm(f *exchange.Form) through {
	return func(t *rapid.T, c aircon.Connection) (aircon.Connection, []string, bool) {
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		rt, err := aircon.RuntimeFor("3.3.1")
		if err != nil {
			t.Fatal(err)
		}
		w := f.Write(rt, []aircon.Connection{c})
		if len(w.Problems) > 0 {
			return c, nil, false
		}
		sealed, err := exchange.Seal(w.Text, identity.Recipient().String())
		if err != nil {
			t.Fatal(err)
		}
		text, err := exchange.Unseal(sealed, aircon.NewSecret(identity.String()))
		if err != nil {
			t.Fatal(err)
		}
		file, err := f.Read(text, rt)
		if err != nil || len(file.Connections) != 1 {
			t.Fatalf("%s: %v, %v", f.Name, file, err)
		}
		return file.Connections[0], lostFields(w.Losses), true
	}
}

// From any form to any other, the spec among them: nothing is lost but what one of the two has told.
func TestPairsOfForms(t *testing.T) {
	ways := map[string]through{"spec": throughSpec}
	for _, f := range exchange.Forms() {
		ways[f.Name] = throughForm(f)
	}
	names := slices.Sorted(maps.Keys(ways))
	rapid.Check(t, func(t *rapid.T) {
		was, first := drawnConnection(t), rapid.SampledFrom(names).Draw(t, "first")
		between, told, held := ways[first](t, was)
		for _, second := range names {
			is, more, heldToo := ways[second](t, between)
			if !held || !heldToo {
				continue
			}
			for _, d := range exchange.Differences(was, is) {
				if !slices.Contains(told, d.Field) && !slices.Contains(more, d.Field) {
					t.Errorf("from %s to %s: %s is %s, and neither said so", first, second, d.Field, d.Change)
				}
			}
		}
	})
}

// drawnConnection draws one that a spec can say: its secrets are texts.
func drawnConnection(t *rapid.T) aircon.Connection {
	field := func(name string) aircon.Field {
		if text, is := rapid.SampledFrom(migrationTexts).Draw(t, name).(string); is {
			return aircon.Text(text)
		}
		return aircon.Field{}
	}
	c := aircon.Connection{
		ID: aircon.Text(rapid.SampledFrom([]string{"my_db", "a-b.c", "42", "yes", "null"}).Draw(t, "id")), Type: aircon.Text(rapid.SampledFrom(migrationTypes).Draw(t, "type")),
		Host: field("host"), Login: field("login"), Schema: field("schema"), Description: field("description"),
	}
	if password := field("password"); password.IsTrue() {
		c.Password = aircon.NewSecret(migrationCanary + password.String() + rapid.SampledFrom([]string{"", "\n", "\r", "\r\n", "\n\n"}).Draw(t, "end"))
	}
	if rapid.Bool().Draw(t, "port") {
		c.Port = aircon.Int(rapid.IntRange(1, 65535).Draw(t, "number"))
	}
	if extra, is := rapid.SampledFrom(migrationExtras).Draw(t, "extra").(string); is {
		c.Extra = aircon.NewExtra(strings.Replace(extra, "BEGIN", migrationCanary, 1))
	}
	return c
}
