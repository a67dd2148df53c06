package pghook

import (
	"testing"

	"pgregory.net/rapid"

	"aircon"
)

// TestLibPQURI holds that libpq reads the URI back to what went into it, whatever the values hold.
func TestLibPQURI(t *testing.T) {
	text := rapid.OneOf(rapid.StringMatching(`[a-z0-9 %+:/@?&=#'\\.]{1,12}`), rapid.StringN(1, 8, -1).Filter(func(s string) bool {
		for _, r := range s {
			if r == 0 || r == '\ufffd' {
				return false
			}
		}
		return true
	}))
	host := rapid.SampledFrom([]string{"", "db.example.com", "10.0.0.1", "::1", "/run/postgresql", "a,b", "odd host"})
	rapid.Check(t, func(t *rapid.T) {
		var settings []Setting
		want := map[string]string{}
		add := func(option, value string) {
			settings, want[option] = append(settings, Setting{Option: option, Value: aircon.NewSecret(value)}), value
		}
		for _, option := range []string{"user", "password", "dbname", "options", "application_name", "sslmode"} {
			if rapid.Bool().Draw(t, option+" given") {
				add(option, text.Draw(t, option))
			}
		}
		if h := host.Draw(t, "host"); h != "" {
			add("host", h)
		}
		if p := rapid.SampledFrom([]string{"", "5432", "1,2"}).Draw(t, "port"); p != "" {
			add("port", p)
		}
		uri := LibPQURI(settings).Reveal()
		read, err := parseConninfo(uri, NewestLibPQ)
		if err != nil {
			t.Fatalf("%s: %v", uri, err)
		}
		for option, value := range want {
			if got, _ := read.Get(option); got != value {
				t.Errorf("%s: %s is %q instead of %q", uri, option, got, value)
			}
		}
		if read.Len() != len(want) {
			t.Errorf("%s: %d options instead of %d", uri, read.Len(), len(want))
		}
	})
}

func TestSettings(t *testing.T) {
	rt, err := aircon.RuntimeFor("2.10.3")
	if err != nil {
		t.Fatal(err)
	}
	conn, _, err := aircon.ParseURI("postgres://etl:p%40ss@db:5433/sales?sslmode=require&keepalives_idle=30&cursor=dictcursor", "c", rt)
	if err != nil {
		t.Fatal(err)
	}
	args, err := NewArguments(t.Context(), conn, rt, Hook{})
	if err != nil {
		t.Fatal(err)
	}
	settings, err := args.Settings()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][2]string{}
	for _, s := range settings {
		got[s.Option] = [2]string{s.Variable, s.Value.Reveal()}
	}
	for option, want := range map[string][2]string{
		"user": {"PGUSER", "etl"}, "password": {"PGPASSWORD", "p@ss"}, "host": {"PGHOST", "db"}, "port": {"PGPORT", "5433"},
		"dbname": {"PGDATABASE", "sales"}, "sslmode": {"PGSSLMODE", "require"}, "keepalives_idle": {"", "30"},
	} {
		if got[option] != want {
			t.Errorf("%s: %q instead of %q", option, got[option], want)
		}
	}
	if len(got) != 7 {
		t.Errorf("%d settings: the cursor is none of libpq's", len(got))
	}
}
