package oracle

import (
	"testing"

	"aircon/internal/py"
)

func TestCompare(t *testing.T) {
	for _, test := range []struct {
		name, airflow, other string
		want                 Verdict
	}{
		{"the same", `{"host":"h","port":1}`, `{"port":1,"host":"h"}`, Agree},
		{"errors need not read the same", `{"error":"ValueError","message":"a"}`, `{"error":"uri"}`, Agree},
		{"a failure is not a success", `{"error":"ValueError"}`, `{"host":"h"}`, Differ},
		{"a success is not a failure", `{"host":"h"}`, `{"error":"ValueError"}`, Differ},
		{"what was asked counts in failures too", `{"error":"E","asked":["a"]}`, `{"error":"E","asked":["b"]}`, Differ},
		{"null is the same as nothing", `{"host":null}`, `{}`, Agree},
		{"an empty text is not", `{"host":""}`, `{}`, Differ},
		{"numbers in text", `{"login":5432}`, `{"login":"5432"}`, Agree},
		{"truth in text", `{"login":true}`, `{"login":"True"}`, Agree},
		{"numbers elsewhere", `{"port":5432}`, `{"port":"5432"}`, Differ},
		{"numbers are equal by value", `{"extra_dejson":{"a":1}}`, `{"extra_dejson":{"a":1.0}}`, Agree},
		{"an object in text may be refused", `{"login":{"a":1}}`, `{"error":"text"}`, Refused},
		{"an object elsewhere may not", `{"extra":{"a":1}}`, `{"error":"text"}`, Differ},
		{"nothing to compare", `{"absent":"sdk"}`, `{"error":"absent"}`, Skipped},
		{"what is logged is free", `{"logged":["a"]}`, `{}`, Agree},
		{"lone surrogates are kept apart", `{"host":"\ud800"}`, `{"host":"\ufffd"}`, Differ},
	} {
		t.Run(test.name, func(t *testing.T) {
			airflow, err := py.Loads(test.airflow)
			if err != nil {
				t.Fatal(err)
			}
			other, err := py.Loads(test.other)
			if err != nil {
				t.Fatal(err)
			}
			if got := Compare(airflow, other); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestVectorsHaveTheSameCases(t *testing.T) {
	for _, kind := range []string{"uri", "json", "fields", "backend", "hook", "search"} {
		var first []string
		for pair := range Pairs(Versions[0], kind) {
			first = append(first, py.Dumps(pair.Case))
		}
		n := 0
		for pair := range Pairs(Versions[7], kind) {
			if py.Dumps(pair.Case) != first[n] {
				t.Fatalf("%s: case %d differs between %s and %s", kind, n+1, Versions[0], Versions[7])
			}
			n++
		}
		if n != len(first) || n == 0 {
			t.Errorf("%s: %d and %d cases", kind, len(first), n)
		}
	}
}
