package aircon_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aircon"
)

// runtimes gives each version on both sides.
func runtimes(t testing.TB) (all []aircon.Runtime) {
	for _, version := range aircon.Versions() {
		rt := runtime(t, version.String())
		all = append(all, rt, rt.On(aircon.Worker))
	}
	return all
}

// tryAll puts a text to every parser and every writer, and checks that no error or note shows the canary in it.
func tryAll(t *testing.T, text string) {
	for _, rt := range runtimes(t) {
		for _, parse := range []func(string, string, aircon.Runtime) (aircon.Connection, aircon.Notes, error){
			aircon.ParseURI, aircon.ParseJSON, aircon.ParseEnv,
		} {
			conn, notes, err := parse(text, "c", rt)
			keepsQuiet(t, err)
			for _, note := range notes {
				hides(t, "a note", note.String())
			}
			for _, write := range []func(aircon.Runtime) (aircon.Secret, error){conn.URI, conn.JSON, conn.Dict} {
				_, err := write(rt)
				keepsQuiet(t, err)
			}
		}
	}
}

func keepsQuiet(t *testing.T, err error) {
	if err != nil {
		hides(t, "an error", err.Error())
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"postgres://u:p@h:5432/d?sslmode=require", "http://https://h:1/x?__extra__={}", "a://b://c://d", "post gres://[::1%25x]:70000/%zz#@",
		`{"conn_type": "postgresql", "login": 1, "port": "5_432", "extra": {"a": [1, NaN]}}`, `{"uri": "x://h", "login": {}}`,
		`{"extra": "\ud800", "password": "\ud800"}`, "{\n // note\n}", " ",
	} {
		f.Add(text, uint(len(text)/2))
	}
	f.Fuzz(func(t *testing.T, text string, at uint) {
		if len(text) > 1<<12 {
			return
		}
		place := int(at % uint(len(text)+1))
		tryAll(t, text[:place]+canary+text[place:])
	})
}

var (
	aType   = rapid.StringMatching(`[a-z][a-z0-9+._]{0,8}`).Filter(func(s string) bool { return s != "postgresql" })
	aHost   = rapid.StringMatching(`[a-z0-9][a-z0-9.,_-]{0,10}`)
	aFolder = rapid.StringMatching(`/[A-Za-z0-9/_ ]{1,10}`)
	someone = rapid.StringN(1, 12, -1)
)

// aConnection draws a connection that each runtime can write and read again. Extras are texts that are not JSON: one that
// is, such as "1", comes back from a URI as a number on servers from 3.2 on. There is a host: without one a port alone is written
// as @:1, which has an empty login.
var aConnection = rapid.Custom(func(t *rapid.T) aircon.Connection {
	text := func(g *rapid.Generator[string], name string) aircon.Field { return aircon.Text(g.Draw(t, name)) }
	conn := aircon.Connection{
		ID:     aircon.Text("c"),
		Type:   text(aType, "type"),
		Host:   text(rapid.OneOf(aHost, aFolder), "host"),
		Schema: text(rapid.String(), "schema"),
	}
	if rapid.Bool().Draw(t, "user") {
		conn.Login = text(someone, "login")
		conn.Password = aircon.NewSecret(someone.Draw(t, "password"))
	}
	if rapid.Bool().Draw(t, "port") {
		conn.Port = aircon.Int(rapid.IntRange(1, 65535).Draw(t, "number"))
	}
	if keys := rapid.SliceOfNDistinct(rapid.String(), 0, 3, rapid.ID[string]).Draw(t, "keys"); len(keys) > 0 {
		var arguments strings.Builder
		for i, key := range keys {
			arguments.WriteString(map[bool]string{true: "&"}[i > 0] + quoted(key) + "=v" + quoted(rapid.String().Draw(t, "value")))
		}
		read, _, err := aircon.ParseURI("x://h?"+arguments.String(), "c", aircon.Runtime{})
		if err != nil {
			t.Fatal(err)
		}
		conn.Extra = read.Extra
	}
	return conn
})

// quoted percent-encodes every byte.
func quoted(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		b.WriteString("%" + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
	}
	return b.String()
}

// What is written as a URI or as JSON is read as the same connection, in every version and on both sides.
func TestRoundTrip(t *testing.T) {
	all := runtimes(t)
	rapid.Check(t, func(t *rapid.T) {
		conn := aConnection.Draw(t, "connection")
		rt := rapid.SampledFrom(all).Draw(t, "runtime")
		uri, err := conn.URI(rt)
		if err != nil {
			t.Fatal(err)
		}
		back, _, err := aircon.ParseURI(uri.Reveal(), "c", rt)
		same(t, conn, back, uri, err)
		text, err := conn.JSON(rt)
		if err != nil {
			t.Fatal(err)
		}
		back, _, err = aircon.ParseJSON(text.Reveal(), "c", rt)
		same(t, conn, back, text, err)
		again, err := back.URI(rt)
		if err != nil || !again.Equal(uri) {
			t.Fatalf("%s: %v", again.Reveal(), err)
		}
	})
}

func same(t *rapid.T, want, got aircon.Connection, text aircon.Secret, err error) {
	if err != nil {
		t.Fatalf("%s: %v", text.Reveal(), err)
	}
	if summary(got) != summary(want) || got.ID != want.ID || got.Login != want.Login || !got.Password.Equal(want.Password) {
		t.Fatalf("%s\ngot  %s\nwant %s", text.Reveal(), summary(got), summary(want))
	}
}
