package textfix

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"aircon"
	"aircon/lookup"
)

// drafts is how many damaged texts are fixed.
const drafts = 2000

// TestFixGivesWhatWasMeantOrNothing damages connections in one or two ways that people know: what Fix makes of the text, Airflow reads as
// the connection that was meant; or the text is as it was, and it is said why.
func TestFixGivesWhatWasMeantOrNothing(t *testing.T) {
	for _, airflow := range []string{"2.10.3", "3.3.1"} {
		t.Run(airflow, func(t *testing.T) {
			b := backend(t, airflow, "")
			seen := tally{}
			for seed := range uint64(drafts) {
				d := damaged(seed)
				seen.add(t, d, b, seed)
			}
			t.Log(seen.String())
			if seen.count("fixed") < drafts/2 {
				t.Errorf("only %d texts were fixed", seen.count("fixed"))
			}
		})
	}
}

// tally counts outcomes by damage.
type tally map[string]map[string]int

func (c tally) add(t *testing.T, d *draft, b *lookup.Backend, seed uint64) {
	t.Helper()
	before := aircon.NewSecret(d.text())
	after, applied, err := Fix(before, Options{Backend: b})
	outcome := "fixed"
	switch {
	case err != nil && after.Equal(before) && err.Error() != "":
		outcome = "refused"
	case err != nil:
		t.Fatalf("seed %d: changed and refused: %v", seed, err)
	case len(applied) == 0:
		outcome = "fine as it was"
	}
	if outcome != "refused" {
		for _, side := range (&state{Options: Options{Backend: b}}).sides() {
			if why := differs(side.ReadConnection("x", after), d.intended()); why != "" && !hidden(d) {
				t.Errorf("seed %d, %v: %s: %s\n%s\n%s", seed, d.done, outcome, why, before.Reveal(), after.Reveal())
				break
			} else if why != "" {
				outcome = "reads as another connection"
			}
		}
	}
	for _, name := range d.done {
		if c[name] == nil {
			c[name] = map[string]int{}
		}
		c[name][outcome]++
	}
	if c["all"] == nil {
		c["all"] = map[string]int{}
	}
	c["all"][outcome]++
}

// hidden reports whether the text is a right one, of another connection: a password that nobody encoded, with something in it that reads as
// encoded. No reader can know.
func hidden(d *draft) bool {
	raw := slices.Contains(d.done, "nothing encoded") || slices.Contains(d.done, "some encoded")
	return raw && encoded.MatchString(d.secret)
}

// differs says in what a reading is another connection than the one that was meant.
func differs(reading lookup.Reading, want aircon.Connection) string {
	got := reading.Conn
	switch {
	case reading.Problem != nil:
		return reading.Problem.Error()
	case got.Type != want.Type:
		return "type"
	case got.Host != want.Host:
		return "host"
	case got.Login != want.Login:
		return "login"
	case !got.Password.Equal(want.Password):
		return "password"
	case got.Schema != want.Schema:
		return "schema"
	case got.Port != want.Port:
		return "port"
	case !maps.Equal(extras(got), extras(want)):
		return "extra"
	}
	return ""
}

// extras are the extra's values as the driver gets them, and of PostgresHook's switches whether they are on.
func extras(conn aircon.Connection) map[string]string {
	members, err := conn.Extra.Members()
	if err != nil {
		return map[string]string{"error": err.Error()}
	}
	all := map[string]string{}
	for _, m := range members {
		all[m.Key] = m.Value.Reveal()
		if slices.Contains(Switches, m.Key) {
			all[m.Key] = fmt.Sprint(m.Value.IsTrue())
		}
	}
	return all
}

func (c tally) count(outcome string) int { return c["all"][outcome] }

// String is a histogram, a line a damage.
func (c tally) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(&b, "\n%-32s", name)
		for _, outcome := range slices.Sorted(maps.Keys(c[name])) {
			fmt.Fprintf(&b, " %s %d", outcome, c[name][outcome])
		}
	}
	return b.String()
}
