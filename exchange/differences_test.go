package exchange_test

import (
	"slices"
	"testing"

	"aircon"
	"aircon/exchange"
)

// Each way in which a field may differ has a word of its own.
func TestDifferences(t *testing.T) {
	extra := func(text string) aircon.Connection { return aircon.Connection{Extra: aircon.NewExtra(text)} }
	for _, test := range []struct {
		name    string
		was, is aircon.Connection
		want    []exchange.Difference
	}{
		{"same", aircon.Connection{Host: aircon.Text("h")}, aircon.Connection{Host: aircon.Text("h")}, nil},
		{"lost", aircon.Connection{Host: aircon.Text("h")}, aircon.Connection{}, []exchange.Difference{{Field: "host", Change: exchange.Lost}}},
		{"gained", aircon.Connection{}, aircon.Connection{Login: aircon.Text("u")}, []exchange.Difference{{Field: "login", Change: exchange.Gained}}},
		{"null to empty", aircon.Connection{}, aircon.Connection{Schema: aircon.Text("")}, []exchange.Difference{{Field: "schema", Change: exchange.NullToEmpty}}},
		{"empty to null", aircon.Connection{Password: aircon.NewSecret("")}, aircon.Connection{}, []exchange.Difference{{Field: "password", Change: exchange.EmptyToNull}}},
		{"retyped", aircon.Connection{Port: aircon.Int(1)}, aircon.Connection{Port: aircon.Text("1")}, []exchange.Difference{{Field: "port", Change: exchange.Retyped}}},
		{"capital letters", aircon.Connection{Host: aircon.Text("H")}, aircon.Connection{Host: aircon.Text("h")}, []exchange.Difference{{Field: "host", Change: exchange.Changed, Folded: true}}},
		{"another password", aircon.Connection{Password: aircon.NewSecret("a")}, aircon.Connection{Password: aircon.NewSecret("b")}, []exchange.Difference{{Field: "password", Change: exchange.Changed}}},
		{"extra written otherwise", extra(`{"a":1,"b":[true]}`), extra(`{"b": [true], "a": 1}`), nil},
		{"members", extra(`{"a": 1, "b": 2, "c": "3"}`), extra(`{"a": 2, "c": 3, "d": 4}`), []exchange.Difference{
			{Field: "extra.a", Change: exchange.Changed}, {Field: "extra.b", Change: exchange.Lost}, {Field: "extra.c", Change: exchange.Retyped}, {Field: "extra.d", Change: exchange.Gained},
		}},
		{"no members", extra(`{}`), aircon.Connection{}, []exchange.Difference{{Field: "extra", Change: exchange.EmptyToNull}}},
		{"empty extra", aircon.Connection{}, extra(""), []exchange.Difference{{Field: "extra", Change: exchange.NullToEmpty}}},
		{"extra that is no JSON is lost", extra("words"), aircon.Connection{}, []exchange.Difference{{Field: "extra", Change: exchange.Lost}}},
		{"extra that is no JSON is changed", extra("words"), extra("{}"), []exchange.Difference{{Field: "extra", Change: exchange.Changed}}},
		{"extra that is a list", extra("[1]"), extra("[2]"), []exchange.Difference{{Field: "extra", Change: exchange.Changed}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := exchange.Differences(test.was, test.is); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// What stands in a secret gives the connection back, even where its extra is no object.
func TestText(t *testing.T) {
	rt, err := aircon.RuntimeFor("2.10.3")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"words", "[1]", `"x"`, "{}", `{"a": 1}`, ""} {
		c := aircon.Connection{ID: aircon.Text("x"), Type: aircon.Text("http"), Extra: aircon.NewExtra(text)}
		written, err := exchange.Text(c, rt)
		if err != nil {
			t.Fatal(err)
		}
		back, _, err := aircon.ParseJSON(written.Reveal(), "x", rt)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range exchange.Differences(c, back) {
			if d.Change != exchange.EmptyToNull {
				t.Errorf("%q: %v, from %s", text, d, written.Reveal())
			}
		}
	}
}
