package policy_test

import (
	"strings"
	"testing"

	"aircon/internal/policycases"
	"aircon/policy"
)

// TestCases decides the cases under testdata/cases, whose README tells how they are written. Each asserts its reason, and cites the document
// of AWS's that says so.
func TestCases(t *testing.T) {
	cases, err := policycases.Read("testdata/cases")
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]bool{}
	for _, c := range cases {
		sources[c.Source] = true
		t.Run(c.File+"/"+c.Name, func(t *testing.T) { check(t, c) })
	}
	t.Logf("%d cases, from %d documents", len(cases), len(sources))
	if len(cases) < 600 {
		t.Errorf("%d cases are fewer than 600", len(cases))
	}
}

// check decides a case. What comes of it is a reason, or AWS's whole message.
func check(t *testing.T, c policycases.Case) {
	r := c.Request
	d := policy.Evaluate(r)
	got := policy.ReasonOf(d)
	if strings.HasPrefix(c.Want, "User: ") {
		got = d.Denial(r, c.Sent)
	}
	if got != c.Want {
		t.Errorf("%s, by %s:\ngot  %s\nwant %s", c.Place, c.Source, got, c.Want)
	}
	if effect := policy.SecondOf(r); effect != d.Effect {
		t.Errorf("%s: the second evaluation says %s", c.Place, effect)
	}
	policy.CheckChanges(t, r)
	if e := policy.Explain(r); e.Decision != d {
		t.Errorf("%s: explained as %s", c.Place, policy.ReasonOf(e.Decision))
	}
}
