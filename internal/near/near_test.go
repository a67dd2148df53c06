package near

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	kwargs := []string{"connections_prefix", "connections_lookup_pattern", "variables_prefix", "config_prefix", "sep", "region_name", "role_arn"}
	for _, test := range []struct {
		name, word string
		from       []string
		want       string
	}{
		{"a letter missing", "connection_prefix", kwargs, "connections_prefix"},
		{"a letter too many", "secrets.backends", []string{"secrets.backend", "secrets.backend_kwargs"}, "secrets.backend"},
		{"neighbours swapped", "conn_tyep", []string{"conn_type", "host"}, "conn_type"},
		{"case", "Host", []string{"host", "port"}, "host"},
		{"the beginning of one", "region", kwargs, "region_name"},
		{"the beginning of two", "connections", kwargs, ""},
		{"a beginning inside a part", "rol", kwargs, ""},
		{"nothing alike", "dbname", kwargs, ""},
		{"short words need to agree", "id", []string{"ip"}, ""},
		{"empty", "", kwargs, ""},
		{"the first of equals", "pora", []string{"port", "pore"}, "port"},
		{"no candidates", "host", nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := Nearest(test.word, test.from)
			if got != test.want || ok != (test.want != "") {
				t.Errorf("Nearest(%q) = %q, %v; want %q", test.word, got, ok, test.want)
			}
		})
	}
}

// The distance is written a second time here, as its definition says, and slowly.
func TestDistanceIsItsDefinition(t *testing.T) {
	word := rapid.StringOfN(rapid.RuneFrom([]rune("abé")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		if got, want := Distance(a, b), defined([]rune(a), []rune(b)); got != want {
			t.Fatalf("Distance(%q, %q) = %d, want %d", a, b, got, want)
		}
		if Distance(a, b) != Distance(b, a) {
			t.Fatalf("Distance(%q, %q) is not symmetric", a, b)
		}
	})
}

func defined(a, b []rune) int {
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	m, n := len(a)-1, len(b)-1
	replace := defined(a[:m], b[:n])
	if a[m] != b[n] {
		replace++
	}
	d := min(replace, defined(a[:m], b)+1, defined(a, b[:n])+1)
	if m > 0 && n > 0 && a[m] == b[n-1] && a[m-1] == b[n] {
		d = min(d, defined(a[:m-1], b[:n-1])+1)
	}
	return d
}
