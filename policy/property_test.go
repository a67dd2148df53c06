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
	for i, r := range pattern {
		part := colons < 5 && m != anywhere && pattern != "*"
		switch r {
		case '*':
			last := i+1 == len(pattern) || pattern[i+1] == ':'
			if part && (m == arn || !last) {
				b.WriteString("[^:]*")
			} else {
				b.WriteString(".*")
			}
		case '?':
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

// drawStatement draws a statement in the short form of document.
func drawStatement(t *rapid.T, effect string, principal bool) string {
	action := rapid.SampledFrom([]string{get, "secretsmanager:*", "*", "s3:*", "secretsmanager:Put*", "not s3:*", "not secretsmanager:Get*"})
	target := rapid.SampledFrom([]string{"*", secret, "arn:aws:secretsmanager:*", "arn:aws:s3:::*", "not " + secret, "not arn:aws:s3:::*"})
	s := effect + " " + action.Draw(t, "action") + " on " + target.Draw(t, "resource")
	if principal {
		s += " to " + rapid.SampledFrom([]string{"*", account, other, role.ARN, role.Issuer, user.ARN, stranger.ARN, guest.Issuer, guest.ARN, "not " + role.Issuer}).Draw(t, "principal")
	}
	return s + rapid.SampledFrom([]string{
		"", "", ` if {"Bool":{"aws:SecureTransport":"true"}}`, ` if {"StringNotEquals":{"aws:PrincipalTag/team":"data"}}`, ` if {"StringEqualsIfExists":{"x:missing":"a"}}`,
	}).Draw(t, "condition")
}

func drawDocument(t *rapid.T, tb testing.TB, principal bool, extra ...string) *Document {
	for range rapid.IntRange(1, 3).Draw(t, "statements") {
		extra = append(extra, drawStatement(t, rapid.SampledFrom([]string{"allow", "allow", "deny"}).Draw(t, "effect"), principal))
	}
	return document(tb, extra...)
}

// drawRequest draws a request with policies of every kind.
func drawRequest(t *rapid.T, tb testing.TB) *Request {
	some := func(name string) bool { return rapid.IntRange(0, 2).Draw(t, name) == 0 }
	r := &Request{
		Principal: rapid.SampledFrom([]*Principal{user, role, root, stranger, guest, service, nil}).Draw(t, "who"), Action: get, Resource: secret, Owner: account,
		Context: Context{One("aws:SecureTransport", "true")}, ResourcePolicyRequired: some("required"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "policies") {
		r.Identity = append(r.Identity, Policy{"identity", drawDocument(t, tb, false)})
	}
	if some("boundary") {
		r.Boundary = one("boundary", drawDocument(t, tb, false))
	}
	if some("session") {
		r.Session = named("session", drawDocument(t, tb, false))
	}
	if some("organisation") {
		r.Organisation = [][]Policy{named("organisation", drawDocument(t, tb, false, "allow * on *"))}
	}
	if some("resource control") {
		r.ResourceControl = [][]Policy{named("control", drawDocument(t, tb, true, "allow * on * to *"))}
	}
	if some("endpoint") {
		r.Endpoint = one("endpoint", drawDocument(t, tb, true))
	}
	if !some("no resource policy") {
		r.ResourcePolicy = one("resource", drawDocument(t, tb, true))
	}
	return r
}

func TestADenyAlwaysWins(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := drawRequest(rt, t)
		if r.Principal == nil || r.Principal.Kind == Service {
			r.Principal = role // identity policies bind neither
		}
		r.Identity = append(r.Identity, Policy{"deny", document(t, "deny secretsmanager:Get* on *")})
		if d := Evaluate(r); d.Effect != ExplicitDeny {
			rt.Fatalf("%+v", d)
		}
	})
}

func TestAnotherAllowNeverTakesAway(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := drawRequest(rt, t)
		before := Evaluate(r)
		more := *r
		more.Identity = append(more.Identity[:len(more.Identity):len(more.Identity)], Policy{"more", document(t, drawStatement(rt, "allow", false))})
		if after := Evaluate(&more); before.Allowed() && !after.Allowed() {
			rt.Fatalf("before %+v, after %+v", before, after)
		}
	})
}

func TestBoundaryAndSessionOnlyTakeAway(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := drawRequest(rt, t)
		less := *r
		less.Boundary, less.Session = one("boundary", drawDocument(rt, t, false)), named("session", drawDocument(rt, t, false))
		r.Boundary, r.Session = nil, nil
		if Evaluate(&less).Allowed() && !Evaluate(r).Allowed() {
			rt.Fatalf("allowed by a limit: %+v", Evaluate(&less))
		}
	})
}
