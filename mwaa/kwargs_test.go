package mwaa

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aircon/internal/py"
)

func TestKwargsKeepOrderAndForeignKeys(t *testing.T) {
	k, err := ParseKwargs(`{"region_name": "eu-west-1", "variables_prefix": null, "sep": "a", "sep": "/"}`)
	if err != nil {
		t.Fatal(err)
	}
	k = k.Without("region_name")
	if k, err = k.Set("connections_prefix", "airflow/<x>"); err != nil {
		t.Fatal(err)
	}
	if got, want := k.Text(), `{"variables_prefix": null, "sep": "/", "connections_prefix": "airflow/<x>"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var sep string
	if !k.Get("sep", &sep) || sep != "/" || k.Get("absent", &sep) || strings.Join(k.Names(), " ") != "variables_prefix sep connections_prefix" {
		t.Errorf("sep %q, names %v", sep, k.Names())
	}
	if _, err := k.Set("bad", func() {}); err == nil {
		t.Error("a function is no kwarg")
	}
}

func TestParseKwargsRefuses(t *testing.T) {
	for _, text := range []string{`{'sep': '/'}`, `{"sep": False}`, `[]`, `null`, `"x"`, `{"sep": "/"} x`, `{"sep": "/",}`, `{"sep"`, `{`, `{"a":1`} {
		if _, err := ParseKwargs(text); !errors.Is(err, ErrKwargs) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if k, err := ParseKwargs(" "); err != nil || k.Text() != "{}" {
		t.Errorf("an empty text is an empty object: %s, %v", k.Text(), err)
	}
	const canary = "s3cr3t-canary"
	if _, err := ParseKwargs(`{"a": ` + canary); err == nil || strings.Contains(err.Error(), canary) {
		t.Error(err)
	}
}

// Airflow expands $NAME and ${NAME} in values from the environment: neither may be left in what is generated.
func TestKwargsTextSurvivesTheWayToAirflow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringOf(rapid.RuneFrom([]rune("a_é"))).Draw(t, "name")
		value := rapid.StringOf(rapid.RuneFrom([]rune("a$H{}~é☃😀\"\\\n\x7f< "))).Draw(t, "value")
		k, err := Kwargs{}.Set(name, value)
		if err != nil {
			t.Fatal(err)
		}
		text := k.Text()
		if faults := CheckOptions("2.10.3", map[string]string{OptionBackendKwargs: text}); len(faults) > 0 {
			t.Fatalf("%q: %v", text, faults)
		}
		for _, variable := range []string{"$H", "$a", "${"} {
			if strings.Contains(text, variable) {
				t.Fatalf("%q would be expanded", text)
			}
		}
		var back map[string]string
		if err := json.Unmarshal([]byte(text), &back); err != nil || back[name] != value {
			t.Fatalf("%q reads as %q: %v", text, back[name], err)
		}
	})
}

func matches(t interface{ Fatal(...any) }, pattern, id string) bool {
	re, err := py.Compile(pattern)
	if err != nil {
		t.Fatal(err)
	}
	matched, err := re.Match(id)
	if err != nil {
		t.Fatal(err)
	}
	return matched
}

func TestLookupPattern(t *testing.T) {
	for _, test := range []struct {
		name      string
		ids       []string
		want      string
		yes, noes []string
	}{
		{"one", []string{"my_postgres_db"}, `^(?-i:my_postgres_db)$`, []string{"my_postgres_db"}, []string{"my_postgres_db2", "MY_POSTGRES_DB", "x_my_postgres_db", "aws_default", ""}},
		{"sorted, each once", []string{"b", "a", "b"}, `^(?-i:a|b)$`, []string{"a", "b"}, []string{"ab", "c"}},
		{"characters of patterns", []string{"a.b(c)", "d|e"}, `^(?-i:a\.b\(c\)|d\|e)$`, []string{"a.b(c)", "d|e"}, []string{"axb(c)", "d", "e"}},
		{"none", nil, `^(?!)`, nil, []string{"", "a", "aws_default"}},
		{"aws_default, asked for", []string{"aws_default"}, `^(?-i:aws_default)$`, []string{"aws_default"}, []string{"a"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := LookupPattern(test.ids)
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
			for _, id := range test.yes {
				if !matches(t, got, id) {
					t.Errorf("%s does not match %q", got, id)
				}
			}
			for _, id := range test.noes {
				if matches(t, got, id) {
					t.Errorf("%s matches %q", got, id)
				}
			}
		})
	}
}

func TestLookupPatternMatchesItsIdsAlone(t *testing.T) {
	id := rapid.StringOfN(rapid.RuneFrom([]rune(`aA_-.:()|\$^*[]{}+?0`)), 1, 5, -1)
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfN(id, 1, 4).Draw(t, "ids")
		other := id.Draw(t, "other")
		pattern, named := LookupPattern(ids), false
		for _, one := range ids {
			named = named || one == other
			if !matches(t, pattern, one) {
				t.Fatalf("%s does not match %q", pattern, one)
			}
		}
		if matches(t, pattern, other) != named {
			t.Fatalf("%s and %q", pattern, other)
		}
	})
}

// The constant is what the images write, and parses.
func TestDefaultKwargs(t *testing.T) {
	k, err := ParseKwargs(DefaultKwargs)
	if err != nil || k.Text() != DefaultKwargs {
		t.Fatalf("%s, %v", k.Text(), err)
	}
	if matches(t, DefaultPattern, "aws_default") || !matches(t, DefaultPattern, "aws_default2") {
		t.Error("it keeps out aws_default alone")
	}
}
