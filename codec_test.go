package aircon_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"aircon"
)

func runtime(t testing.TB, version string) aircon.Runtime {
	t.Helper()
	rt, err := aircon.RuntimeFor(version)
	if err != nil {
		t.Fatal(err)
	}
	return rt
}

// summary writes a connection's fields, for tables.
func summary(c aircon.Connection) string {
	return fmt.Sprintf("%s|%s|%s|%s|%s|%s|%s",
		c.Type, c.Host, c.Login, c.Password.Reveal(), c.Schema, c.Port, c.Extra.Text().Reveal())
}

// What differs by version and side, a line each. internal/oracle/vectors/DIFFERENCES.md has where it comes from.
func TestRuntimeDecides(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       map[string]string // by version and side; a text that begins with ! is part of the error
	}{
		{"extras of a URI become typed", "postgres://h/d?iam=false", map[string]string{
			"3.0.6 server": `postgres|h|||d||{"iam": "false"}`,
			"3.2.1 server": `postgres|h|||d||{"iam": false}`,
			"3.2.1 worker": `postgres|h|||d||{"iam": "false"}`,
			"2.9.2 worker": `postgres|h|||d||{"iam": "false"}`, // there is but one side
		}},
		{"extra that is no object", `{"conn_type": "x", "extra": "[1]"}`, map[string]string{
			"2.11.2 server": "x||||||[1]",
			"3.0.6 server":  "!not a JSON object",
			"3.0.6 worker":  "!not a JSON object", // its class cannot read JSON
			"3.3.1 worker":  "x||||||[1]",
		}},
		{"a number as password", `{"conn_type": "x", "password": 1}`, map[string]string{
			"2.10.3 server": "!password", "3.3.1 server": "!password", "3.3.1 worker": "x|||1|||",
		}},
		{"an unknown key", `{"conn_type": "x", "team_name": "t"}`, map[string]string{
			"3.0.6 server": "!line 1, column 20", "3.2.1 server": "x||||||", "3.2.1 worker": "!line 1, column 20",
		}},
		{"a URI beside a description", `{"uri": "x://h", "description": "d"}`, map[string]string{
			"3.3.1 server": "x|h|||||", "3.3.1 worker": "!both a URI and single fields",
		}},
	} {
		for where, want := range test.want {
			version, side, _ := strings.Cut(where, " ")
			rt := runtime(t, version)
			if side == "worker" {
				rt.Side = aircon.Worker
			}
			conn, _, err := aircon.ParseEnv(test.text, "c", rt)
			part, fails := strings.CutPrefix(want, "!")
			switch {
			case fails && (err == nil || !strings.Contains(err.Error(), part)):
				t.Errorf("%s, %s: got %v, want an error with %q", test.name, where, err, part)
			case !fails && (err != nil || summary(conn) != want):
				t.Errorf("%s, %s: got %s, %v; want %s", test.name, where, summary(conn), err, want)
			}
		}
	}
}

// What texts hide, and how they are read all the same.
func TestNotes(t *testing.T) {
	for _, test := range []struct{ text, want, notes string }{
		{"postgres://u:p@h:5432/d?a=b", `postgres|h|u|p|d|5432|{"a": "b"}`, ""},
		{"postgres://DB.Example.COM", "postgres|db.example.com|||||", "host-lowered host"},
		{"postgres://%2FVar%2FRun/d", "postgres|/Var/Run|||d||", ""},
		{"http://https://h/x", "http|https://h|||x||", "protocol-in-host host"},
		{"postgres://h/d?url=https://x", `postgres||||/d||{"url": "https://x"}`, "scheme-in-query host"},
		{"postgres://u:p#ss@h/d", "postgres|u||||", "!port"},
		{"postgres://u#ss@h/d", "postgres|u|||||", "fragment-cut, stray-at"},
		{"postgres://u:p@ss@h/d", "postgres|h|u|p@ss|d||", "stray-at"},
		{"postgres://u:p+q@h", "postgres|h|u|p+q|||", "plus-kept password"},
		{"postgres://u:p%zz@h", "postgres|h|u|p%zz|||", "bad-percent password"},
		{"postgres://u:%FF@h", "postgres|h|u|\ufffd|||", "not-utf8 password"},
		{"postgres://u:p\nq@h", "postgres|h|u|pq|||", "control-cut"},
		{"postgres://u:@h", "postgres|h|u||||", "empty-password password"},
		{"null", "||||ull||", "no-scheme conn_type"},
		{"x://h?__extra__={}&a=1", "x|h|||||{}", "extra-beside-keys extra"},
		{"x://h?a=1", `x|h|||||{"a": 1}`, "typed-extra extra"},
		{`{"login": 5, "port": 5432.7, "conn_type": "postgresql"}`, "postgres||5|||5432|", "port-cast port at 1:14, number-as-text login at 1:2"},
		{`{"port": "", "conn_type": ""}`, "||||||", "null-ignored conn_type at 1:14, port-cast port at 1:2"},
		{"{\"host\": \"a\",\n  \"host\": \"b\"}", "|b|||||", "duplicate-key host at 2:3"},
		{`{"password": ""}`, "||||||", "empty-password password at 1:2"},
	} {
		conn, notes, err := aircon.ParseEnv(test.text, "c", runtime(t, "3.3.1"))
		if part, fails := strings.CutPrefix(test.notes, "!"); fails {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%q: got %v, want an error with %q", test.text, err, part)
			}
			continue
		}
		var names []string
		for _, note := range notes {
			names = append(names, note.String())
		}
		if got := strings.Join(names, ", "); err != nil || summary(conn) != test.want || got != test.notes {
			t.Errorf("%q: got %s, %q, %v; want %s, %q", test.text, summary(conn), got, err, test.want, test.notes)
		}
	}
	_, notes, err := aircon.ParseJSON(`{"extra": "\"{\\\"a\\\": 1}\""}`, "a b", runtime(t, "2.10.3"))
	if err != nil || !notes.Has(aircon.ExtraTwice) || !notes.Has(aircon.IDChanged) {
		t.Error(notes, err)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		text string
		kind error
		want string
	}{
		{" \n", aircon.ErrEmpty, "nothing but white space: a URI or JSON was expected"},
		{"a://b://c://d", aircon.ErrURI, "not a connection URI: :// comes more than twice; in a value it is %3A%2F%2F"},
		{"a://u:p@h://x", aircon.ErrURI, "not a connection URI: a second :// after a user or a port; in a value it is %3A%2F%2F"},
		{"a://h:x", aircon.ErrURI, "not a connection URI: port: the port is not a whole number"},
		{"a://[::1", aircon.ErrURI, "not a connection URI: host: a bracket without its partner around the host"},
		{"a://℀", aircon.ErrURI, "not a connection URI: host: a character that Unicode's normal form NFKC turns into one of / ? # @ :"},
		{"{\n \"host\": \"h\", // note\n}", aircon.ErrJSON, "not a connection in JSON: line 2, column 15: expecting property name enclosed in double quotes"},
		{`{"dbname": "d"}`, aircon.ErrKey, "a key that Airflow's connection does not have: line 1, column 2: known are conn_id conn_type description host login password schema port extra"},
		{`{"login": []}`, aircon.ErrField, "a field that cannot hold its value: login: line 1, column 2: it is of Python's type list, not text"},
		{`{"port": "x"}`, aircon.ErrField, "a field that cannot hold its value: port: line 1, column 2: it is no whole number: invalid literal for int() with base 10"},
		{`{"extra": "x"}`, aircon.ErrExtra, "an extra that is not a JSON object: extra: as JSON: Expecting value: line 1 column 1"},
		{`{"uri": "x://h", "login": "u"}`, aircon.ErrConflict, "both a URI and single fields: login: line 1, column 18"},
	} {
		_, _, err := aircon.ParseEnv(test.text, "c", runtime(t, "3.3.1"))
		if !errors.Is(err, test.kind) || err.Error() != test.want {
			t.Errorf("%q: %v, want %s", test.text, err, test.want)
		}
	}
	for _, conn := range []aircon.Connection{{Login: aircon.Int(1)}, {Host: aircon.Truth(true)}, {Schema: aircon.Text("\xed\xa0\x80")}} {
		if _, err := conn.URI(runtime(t, "3.3.1")); !errors.Is(err, aircon.ErrUnwritten) {
			t.Errorf("%v: %v", conn, err)
		}
	}
}

func TestVersions(t *testing.T) {
	for text, want := range map[string]string{"2.10.3": "2.10.3", "9": "9.0.0", "3.2": "3.2.0", "": "", "2.10.3rc1": "", "1.2.3.4": "", "-1": "", "a": ""} {
		got, err := aircon.ParseVersion(text)
		if (want == "") != (err != nil) || want != "" && got.String() != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if _, err := aircon.RuntimeFor("3.1.0"); err == nil || !strings.Contains(err.Error(), "3.0.6, 3.2.1") {
		t.Error(err)
	}
	var last aircon.Version
	for _, v := range aircon.Versions() {
		if v.Compare(last) <= 0 || !v.AtLeast(2, 9) || last.AtLeast(v.Major, v.Minor) && last.Minor != v.Minor {
			t.Error("not in order:", last, v)
		}
		last = v
	}
}
