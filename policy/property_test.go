package policy

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// naive matches by a regular expression made from the documentation's words: an oracle in another shape.
func naive(m mode, pattern, text string) bool {
	var b strings.Builder
	colons := 0
	marked := false // whether the character before said that this one stands for itself
	for i, r := range pattern {
		part := colons < 5 && m != anywhere && pattern != "*"
		if string(r) == itself {
			marked = true
			continue
		}
		switch {
		case marked:
			marked = false
			b.WriteString(regexp.QuoteMeta(string(r)))
			if r == ':' {
				colons++
			}
		case r == '*':
			last := i+1 == len(pattern) || pattern[i+1] == ':'
			if part && (m == arn || !last) {
				b.WriteString("[^:]*")
			} else {
				b.WriteString(".*")
			}
		case r == '?':
			if part {
				b.WriteString("[^:]")
			} else {
				b.WriteString(".")
			}
		default:
			if r == ':' {
				colons++
			}
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	if m == arn && pattern != "*" && colons < 5 {
		return false
	}
	return regexp.MustCompile(`(?s)\A` + b.String() + `\z`).MatchString(text)
}

func TestMatchingAgreesWithANaiveMatcher(t *testing.T) {
	var matches int
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom([]mode{anywhere, resource, arn}).Draw(t, "mode")
		pattern := rapid.StringOfN(rapid.SampledFrom([]rune("ab:*?é")), 0, 16, -1).Draw(t, "pattern")
		text := rapid.StringOfN(rapid.SampledFrom([]rune("ab:é")), 0, 16, -1).Draw(t, "text")
		if rapid.Bool().Draw(t, "derived") { // a text that has a chance to match
			text = strings.NewReplacer("*", text, "?", "a").Replace(pattern)
		}
		p := compile(pattern, m, true)
		got, _ := p.matches(&query{}, text)
		if want := naive(m, pattern, text); got != want {
			t.Fatalf("mode %d: %q matches %q: got %v, want %v", m, pattern, text, got, want)
		}
		if got {
			matches++
		}
	})
	if matches == 0 {
		t.Error("nothing matched: the test proves little")
	}
}

func TestADenyAlwaysWins(t *testing.T) {
	for seed := range uint64(500) {
		d := newDrawer(t, seed)
		r := d.request()
		if r.Principal == nil || r.Principal.Kind == Service {
			r.Principal = role // identity policies bind neither
		}
		r.Identity = append(r.Identity, Policy{"deny", document(t, "deny secretsmanager:* on *")})
		if d := Evaluate(r); d.Effect != ExplicitDeny {
			t.Fatalf("seed %d: %+v", seed, d)
		}
	}
}

func TestAnotherAllowNeverTakesAway(t *testing.T) {
	for seed := range uint64(500) {
		d := newDrawer(t, seed)
		r := d.request()
		before := Evaluate(r)
		more := *r
		more.Identity = append(more.Identity[:len(more.Identity):len(more.Identity)], Policy{"more", document(t, d.statement("allow", false))})
		if after := Evaluate(&more); before.Allowed() && !after.Allowed() {
			t.Fatalf("seed %d: before %+v, after %+v", seed, before, after)
		}
	}
}

func TestBoundaryAndSessionOnlyTakeAway(t *testing.T) {
	for seed := range uint64(500) {
		d := newDrawer(t, seed)
		r := d.request()
		if r.Principal != nil && r.Principal.Kind == FederatedUser {
			continue // whose session policies allow what it may at all
		}
		less := *r
		less.Boundary, less.Session = one("boundary", d.document(false)), named("session", d.document(false))
		r.Boundary, r.Session = nil, nil
		if Evaluate(&less).Allowed() && !Evaluate(r).Allowed() {
			t.Fatalf("seed %d: allowed by a limit: %+v", seed, Evaluate(&less))
		}
	}
}
