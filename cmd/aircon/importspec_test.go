package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

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
		dir, err := os.MkdirTemp("", "aircon")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, "aircon.yaml")
		places := secretPlaces{dir: "secrets"}
		places.begin(path)
		declared, losses, problems := places.declare([]aircon.Connection{c})
		if len(problems) > 0 {
			t.Fatalf("%v", problems)
		}
		text, err := (&specFile{environment: "e"}).with(declared)
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
		back, err := plan.ConnectionOf(e.Connections[0], values)
		if err != nil {
			t.Fatal(err)
		}
		var told, found []string
		for _, l := range losses {
			told = append(told, l.Field)
		}
		for _, d := range exchange.Differences(c, back) {
			found = append(found, d.Field)
		}
		if !slices.Equal(told, found) {
			t.Fatalf("lost %q, told %q\n%s", found, told, text)
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
