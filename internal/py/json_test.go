package py

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLoads(t *testing.T) {
	for _, test := range []struct{ text, dumped string }{
		{` {"b": 1, "a": 2, "b": 3} `, `{"b": 3, "a": 2}`}, // the first place, the last value
		{`[1, -0, 1.0, 1e2, 12345678901234567890123]`, `[1, 0, 1.0, 100.0, 12345678901234567890123]`},
		{`[NaN, Infinity, -Infinity, 1E400]`, `[NaN, Infinity, -Infinity, Infinity]`},
		{`"\ud83d\ude00 \ud800 é` + "\x7f" + `"`, `"\ud83d\ude00 \ud800 \u00e9\u007f"`},
	} {
		value, err := Loads(test.text)
		if err != nil || Dumps(value) != test.dumped {
			t.Errorf("%s: %s, %v", test.text, Dumps(value), err)
		}
	}
}

func TestLoadsRefuses(t *testing.T) {
	for _, test := range []struct {
		text, message string
		line, column  int
	}{
		{``, "Expecting value", 1, 1},
		{"\ufeff{}", "Unexpected UTF-8 BOM (decode using utf-8-sig)", 1, 1},
		{`{"a": 1,}`, "Expecting property name enclosed in double quotes", 1, 9},
		{"{\n  // a comment\n  \"a\": 1}", "Expecting property name enclosed in double quotes", 2, 3},
		{`{"ü": 'x'}`, "Expecting value", 1, 7},
		{`{"a" 1}`, "Expecting ':' delimiter", 1, 6},
		{`{"a": 1 "b"}`, "Expecting ',' delimiter", 1, 9},
		{`{"a": "x`, "Unterminated string starting at", 1, 7},
		{"\"\t\"", "Invalid control character at", 1, 2},
		{`"\x"`, `Invalid \escape`, 1, 2},
		{`{} x`, "Extra data", 1, 4},
	} {
		_, err := Loads(test.text)
		var syntax *JSONError
		if !errors.As(err, &syntax) || syntax.Message != test.message || syntax.Line != test.line || syntax.Column != test.column {
			t.Errorf("%q: %v, want %s at %d:%d", test.text, err, test.message, test.line, test.column)
		}
	}
}

func TestLoadsLimits(t *testing.T) {
	for _, text := range []string{strings.Repeat("[", 1e6), strings.Repeat(`{"a":`, 1e6), strings.Repeat("9", 4301)} {
		_, err := Loads(text)
		var limit *LimitError
		if !errors.As(err, &limit) {
			t.Errorf("%.10s…: %v", text, err)
		}
	}
}

func TestLoadsKeys(t *testing.T) {
	var seen []string
	const text = `{"a": {"inner": 1}, "b": [{"c": 1}], "a": 2}`
	_, err := LoadsKeys(text, func(key string, at int) { seen = append(seen, key+text[at:at+3]) })
	if got := strings.Join(seen, " "); err != nil || got != `a"a" b"b" a"a"` {
		t.Error(got, err)
	}
}

// What was written is read again as it was.
func TestDumpsRoundTrip(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) string {
		return reText(rapid.SliceOfN(rapid.Int32Range(0, 0x10ffff), 0, 6).Draw(t, "text"))
	})
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		return rapid.Custom(func(t *rapid.T) any {
			switch kind := rapid.IntRange(0, 6).Draw(t, "kind"); {
			case kind == 0:
				return nil
			case kind == 1:
				return rapid.Bool().Draw(t, "truth")
			case kind == 2:
				return NewInt(rapid.Int64().Draw(t, "int"))
			case kind == 3:
				return rapid.Float64().Draw(t, "float")
			case kind == 4 || depth > 3:
				// A pair of surrogates is one character once it was written.
				read, _ := Loads(Dumps(text.Draw(t, "text")))
				return read
			case kind == 5:
				return rapid.SliceOfN(value(depth+1), 0, 3).Draw(t, "list")
			}
			dict := new(Dict)
			for range rapid.IntRange(0, 15).Draw(t, "members") {
				key, _ := Loads(Dumps(text.Draw(t, "key")))
				dict.Set(key.(string), value(depth+1).Draw(t, "value"))
			}
			return dict
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		v := value(0).Draw(t, "value")
		for _, write := range []func(any) string{Dumps, DumpsCompact, func(v any) string { return DumpsIndent(v, 2) }} {
			read, err := Loads(write(v))
			if err != nil || Repr(read) != Repr(v) {
				t.Fatalf("%s: %v", write(v), err)
			}
		}
	})
}

// Whatever Go's own parser takes for JSON, Python takes too, but for its limits; and what was read can be written and read again.
func FuzzLoads(f *testing.F) {
	f.Add(`{"conn_type": "postgres", "port": 5432.0, "extra": {"a": [1, null, "\ud800"]}}`)
	f.Add(`[NaN, -Infinity, -0, 1e400, "\ud83d\ude00"]`)
	f.Add("{\"a\":1,\"a\":\t[]} x")
	f.Add("{\"\x82\":\"\",\"\xa9\":{}}")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\ufffd") // no str holds bytes that are no character
		value, err := Loads(text)
		var limit *LimitError
		switch {
		case err == nil:
			again, err := Loads(Dumps(value))
			if err != nil || Dumps(again) != Dumps(value) {
				t.Errorf("%s: %v", Dumps(value), err)
			}
		case errors.As(err, &limit):
		case json.Valid([]byte(text)):
			t.Errorf("%q: %v", text, err)
		}
	})
}
