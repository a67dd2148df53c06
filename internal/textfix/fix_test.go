package textfix

import (
	"strings"
	"testing"

	"aircon"
	"aircon/lookup"
)

func backend(t testing.TB, airflow, kwargs string) *lookup.Backend {
	t.Helper()
	rt, err := aircon.RuntimeFor(airflow)
	if err != nil {
		t.Fatal(err)
	}
	b, err := lookup.NewBackend(aircon.NewSecret(kwargs), rt)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFix(t *testing.T) {
	for _, test := range []struct {
		name, text, want string // want "" means as it was
		ids              string
	}{
		{"nothing", `{"conn_type": "postgres", "host": "h"}`, "", ""},
		{"a good URI", "postgres://u:p%40ss@h:5432/d?sslmode=require", "", ""},
		{"comments", "{\"conn_type\": \"postgres\", // the type\n  # more\n \"host\": /* x */ \"h\"}", "{\"conn_type\": \"postgres\",\n\n \"host\": \"h\"}", "AC037 AC037 AC037"},
		{"a trailing comma", `{"conn_type": "postgres", "extra": {"sslmode": "require",},}`, `{"conn_type": "postgres", "extra": {"sslmode": "require"}}`, "AC037 AC037"},
		{"single quotes", `{'conn_type': 'postgres', 'password': 'a"b\'c'}`, `{"conn_type": "postgres", "password": "a\"b'c"}`, "AC037 AC037 AC037 AC037"},
		{"Python's words", `{"conn_type": "postgres", "password": None, "extra": {"iam": True}}`, `{"conn_type": "postgres", "password": null, "extra": {"iam": true}}`, "AC037 AC037"},
		{"typographic quotes", `{“conn_type”: “postgres”, “host”: ‘h’}`, `{"conn_type": "postgres", "host": "h"}`, "AC037 AC037 AC037 AC037"},
		{"a missing comma at a line's end", "{\"conn_type\": \"postgres\"\n\"host\": \"h\"}", "{\"conn_type\": \"postgres\",\n\"host\": \"h\"}", "AC037"},
		{"keys without quotes", `{conn_type: "postgres", host: "h"}`, `{"conn_type": "postgres", "host": "h"}`, "AC037 AC037"},
		{"numbers", `{"conn_type": "postgres", "login": 4711, "password": 0123}`, `{"conn_type": "postgres", "login": "4711", "password": "0123"}`, "AC045 AC045"},
		{"a byte order mark", "\ufeff{\"conn_type\": \"postgres\"}", `{"conn_type": "postgres"}`, "AC046"},
		{"base64", "eyJjb25uX3R5cGUiOiAicG9zdGdyZXMifQ==", `{"conn_type": "postgres"}`, "AC046"},
		{"JSON in JSON", `"{\"conn_type\": \"postgres\"}"`, `{"conn_type": "postgres"}`, "AC046"},
		{"the shape of RDS", `{"engine": "postgres", "dbname": "d"}`, `{"engine": "postgres", "dbname": "d", "schema": "d"}`, "AC003"},
		{"sslmode beside the fields", `{"conn_type": "postgres", "sslmode": "require", "host": "h"}`, `{"conn_type": "postgres", "extra": {"sslmode": "require"}, "host": "h"}`, "AC023"},
		{"sslmode beside an extra", `{"conn_type": "postgres", "sslmode": "require", "extra": {"keepalives": 1}}`, `{"conn_type": "postgres", "extra": {"keepalives": 1, "sslmode": "require"}}`, "AC023"},
		{"sslmode beside an extra in text", `{"conn_type": "postgres", "extra": "{\"keepalives\": 1}", "sslmode": "require"}`, `{"conn_type": "postgres", "extra": "{\"keepalives\": 1, \"sslmode\": \"require\"}"}`, "AC023"},
		{"misspelt keys", `{"conn_tyep": "postgres", "Host": "h", "pasword": "p"}`, `{"conn_type": "postgres", "host": "h", "password": "p"}`, "AC106 AC106 AC106"},
		{"extra encoded twice", `{"conn_type": "postgres", "extra": "\"{\\\"sslmode\\\": \\\"require\\\"}\""}`, `{"conn_type": "postgres", "extra": "{\"sslmode\": \"require\"}"}`, "AC038"},
		{"extra in Python's notation", `{"conn_type": "postgres", "extra": "{'sslmode': 'require'}"}`, `{"conn_type": "postgres", "extra": "{\"sslmode\": \"require\"}"}`, "AC038"},
		{"extra as a list", `{"conn_type": "postgres", "extra": [{"sslmode": "require"}, {"keepalives": 1}]}`, `{"conn_type": "postgres", "extra": {"sslmode": "require", "keepalives": 1}}`, "AC038"},
		{"a line break in an extra", "{\"conn_type\": \"postgres\", \"extra\": {\"options\": \"a\nb\"}}", `{"conn_type": "postgres", "extra": {"options": "a\nb"}}`, "AC037"},
		{"iam as text", `{"conn_type": "postgres", "extra": {"iam": "False"}}`, `{"conn_type": "postgres", "extra": {"iam": false}}`, "AC021"},
		{"iam in a URI", "postgres://u@h/d?iam=false", `{"conn_type": "postgres", "host": "h", "login": "u", "schema": "d", "extra": {"iam": false}}`, "AC021 AC021"},
		{"a misspelt extra", `{"conn_type": "postgres", "extra": {"sslmod": "require"}}`, `{"conn_type": "postgres", "extra": {"sslmode": "require"}}`, "AC022"},
		{"the port in host", `{"conn_type": "postgres", "host": "h:5433"}`, `{"conn_type": "postgres", "host": "h", "port": 5433}`, "AC108"},
		{"the port in host too", `{"conn_type": "postgres", "host": "[::1]:5433", "port": "5433"}`, `{"conn_type": "postgres", "host": "::1", "port": "5433"}`, "AC108"},
		{"the port in host in place of none", `{"conn_type": "postgres", "host": "h:5433", "port": null}`, `{"conn_type": "postgres", "host": "h", "port": 5433}`, "AC108"},
		{"a protocol, a port and white space", `{"conn_type": "postgres", "server": "https://h:5433/\n"}`, `{"conn_type": "postgres", "server": "h", "port": 5433}`, "AC108 AC108 AC108"},
		{"hosts that are right", `{"conn_type": "postgres", "host": "a:1,b:2"}`, "", ""},
		{"the host of another type", `{"conn_type": "http", "host": "https://h:8080"}`, "", ""},
		{"a port with more around it", `{"conn_type": "postgres", "port": ":5433;"}`, `{"conn_type": "postgres", "port": 5433}`, "AC105"},
		{"a port in a list", `{"conn_type": "postgres", "port": ["5433"]}`, `{"conn_type": "postgres", "port": 5433}`, "AC105"},
		{"conn_id first", `{"conn_id": "my_db", "conn_type": "postgres"}`, `{"conn_type": "postgres"}`, "AC002"},
		{"a slash in the password", "postgres://u:p/w@h:5432/d", `{"conn_type": "postgres", "host": "h", "login": "u", "password": "p/w", "schema": "d", "port": 5432}`, "AC004"},
		{"a # in the password", "postgresql://u:p#w@h/d", `{"conn_type": "postgres", "host": "h", "login": "u", "password": "p#w", "schema": "d"}`, "AC004"},
		{"an @ in the password", "postgres://u:p@w@h/d", `{"conn_type": "postgres", "host": "h", "login": "u", "password": "p@w", "schema": "d"}`, "AC004"},
		{"a bracket in the password", "postgres://u:p[w@h/d", `{"conn_type": "postgres", "host": "h", "login": "u", "password": "p[w", "schema": "d"}`, "AC004"},
		{"several hosts", "postgres://u:p@h1:5432,h2:5433/d", `{"conn_type": "postgres", "host": "h1,h2", "login": "u", "password": "p", "schema": "d", "extra": {"port": "5432,5433"}}`, "AC036"},
		{"several hosts on one port", "postgres://u:p@h1:5432,h2:5432/d", `{"conn_type": "postgres", "host": "h1,h2", "login": "u", "password": "p", "schema": "d", "port": 5432}`, "AC036"},
		{":// in a value", "postgres://u:p@h/d?application_name=http://x", `{"conn_type": "postgres", "host": "h", "login": "u", "password": "p", "schema": "d", "extra": {"application_name": "http://x"}}`, "AC047"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, applied, err := Fix(aircon.NewSecret(test.text), Options{Backend: backend(t, "2.10.3", "")})
			if err != nil {
				t.Fatal(err)
			}
			want := test.want
			if want == "" {
				want = test.text
			}
			if got.Reveal() != want {
				t.Errorf("got  %s\nwant %s", got.Reveal(), want)
			}
			var ids []string
			for _, a := range applied {
				ids = append(ids, a.ID)
			}
			if strings.Join(ids, " ") != test.ids {
				t.Errorf("applied %v, want %s", applied, test.ids)
			}
		})
	}
}

func TestFixRefusesWhatOnlyTheWriterKnows(t *testing.T) {
	for _, test := range []struct{ name, text, id, place string }{
		{"no type", `{"host": "h"}`, "AC002", "1:1"},
		{"prose", "the password is x", "AC046", "1:1"},
		{"a truth value as login", `{"conn_type": "postgres", "login": true}`, "AC045", "1:36"},
		{"a quote inside a text", `{"conn_type": "postgres", "password": "a"b"}`, "AC037", "1:42"},
		{"a wrapped password", "{\"conn_type\": \"postgres\", \"password\": \"a\nb\"}", "AC037", "1:41"},
		{"an encoded password", `{"conn_type": "postgres", "password": "p%40ss"}`, "AC020", "1:39"},
		{"a list of words", `{"conn_type": "postgres", "extra": ["sslmode"]}`, "AC038", "1:36"},
		{"two readings", "postgres://u:p/w@x/d@h/d", "AC004", "1:15"},
		{"a password that begins like a port", "postgres://u:12/w@h/d", "AC004", "1:16"},
		{"encoded in part", "postgres://u:p%2F/w@h/d", "AC004", "1:18"},
		{"an unknown extra", `{"conn_type": "postgres", "extra": {"frobnicate": "x"}}`, "AC022", "1:37"},
		{"two values for sslmode", `{"conn_type": "postgres", "sslmode": "require", "extra": {"sslmode": "disable"}}`, "AC023", "1:27"},
		{"what a misspelt key is for", `{"conn_type": "postgres", "post": "h"}`, "AC106", "1:27"},
		{"two ports", `{"conn_type": "postgres", "host": "h:5433", "port": 5432}`, "AC108", "1:35"},
		{"a path in host", `{"conn_type": "postgres", "host": "h/d"}`, "AC108", "1:35"},
		{"a URL as host", `{"conn_type": "postgres", "host": "postgres://u:p@h/d"}`, "AC108", "1:35"},
		{"two numbers as port", `{"conn_type": "postgres", "port": "5432/5433"}`, "AC105", "1:1"},
		{"a port in words", `{"conn_type": "postgres", "port": "fivefour"}`, "AC105", "1:1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, applied, err := Fix(aircon.NewSecret(test.text), Options{Backend: backend(t, "2.10.3", "")})
			refusal, is := err.(*Refusal)
			if !is || got.Reveal() != test.text || applied != nil {
				t.Fatalf("it was changed to %s: %v, %v", got.Reveal(), applied, err)
			}
			if place := strings.Split(strings.NewReplacer("line ", "", ", column ", ":").Replace(err.Error()), ": ")[0]; refusal.ID != test.id || place != test.place {
				t.Errorf("%s at %s: %s", refusal.ID, place, err)
			}
		})
	}
}
