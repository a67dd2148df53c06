package policy

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// checkChanges carries out the changes of a request and expects each to change the decision, and all of them together to turn it around. It
// returns how many there were.
func checkChanges(t testing.TB, r *Request) int {
	t.Helper()
	changes, was := Changes(r), Evaluate(r)
	if len(changes) == 0 {
		t.Fatalf("nothing would change %s", reason(was))
	}
	if !was.Allowed() && changes[0].Edit != ProvideContext && changes[0].Kind != was.Kind {
		t.Fatalf("the first change is in a %s, the decision's reason in a %s", changes[0].Kind, was.Kind)
	}
	now := r
	for i, c := range changes {
		if d := Evaluate(now); d.Allowed() != was.Allowed() {
			t.Fatalf("change %d of %v is not needed", i+1, changes)
		}
		before := verdicts(now)
		next, err := c.Apply(now)
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		if verdicts(next) == before {
			t.Fatalf("%s: the decision stays as it was: %s", c, reason(Evaluate(now)))
		}
		checkDocument(t, r, c)
		if i == 0 { // later ones name statements as they stood before the first
			checkTheRest(t, now, c)
		}
		now = next
	}
	if d := Evaluate(now); d.Allowed() == was.Allowed() {
		t.Fatalf("still %s after %v", reason(d), changes)
	}
	return len(changes)
}

// verdicts is all that the decision rests on: by it policies that have the same name are told apart.
func verdicts(r *Request) (d struct {
	Decision
	policy       *Document
	orgs, guards int
},
) {
	q := newQuery(r, nil)
	var v [kinds]verdict
	if kind := q.gather(&v); kind != NoKind {
		d.policy = v[kind].deny.policy.Document
	}
	d.Decision, d.orgs, d.guards = Evaluate(r), r.lackingLevel(Organisation), r.lackingLevel(ResourceControl)
	return d
}

// checkDocument expects AWS to take the changed policy, as far as it took the one before.
func checkDocument(t testing.TB, r *Request, c Change) {
	t.Helper()
	if c.Document == "" {
		return
	}
	d, err := Parse([]byte(c.Document))
	if err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	kind := c.Kind
	if kind == Resource && r.TrustPolicy {
		kind = Trust
	}
	if old := r.at(c.at); old != nil && old.Document.Check(kind) != nil {
		return
	}
	if err := d.Check(kind); err != nil {
		t.Fatalf("%s: %v in\n%s", c, err, c.Document)
	}
}

// checkTheRest expects a change to leave the other statements of its policy as they are.
func checkTheRest(t testing.TB, r *Request, c Change) {
	t.Helper()
	before := r.at(c.at)
	if before == nil || c.Document == "" {
		return
	}
	after, err := Parse([]byte(c.Document))
	if err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	kept := map[string]int{}
	for _, raw := range after.raw() {
		kept[indented(raw)]++
	}
	for i, raw := range before.Document.raw() {
		kept[indented(raw)]--
		meant := slices.ContainsFunc(c.Statements, func(s StatementRef) bool { return s.Statement == i })
		if kept[indented(raw)] < 0 && !meant {
			t.Fatalf("%s: statement %d is gone:\n%s", c, i+1, c.Document)
		}
	}
}

func TestChangesChangeTheDecision(t *testing.T) {
	most := 0
	rapid.Check(t, func(rt *rapid.T) {
		d := newDrawer(t, rapid.Uint64().Draw(rt, "seed"))
		most = max(most, checkChanges(rapidTB{t, rt}, d.request()))
	})
	if most < 2 {
		t.Errorf("no request needed more than %d change", most)
	}
}

// rapidTB lets rapid see the failures of a helper that takes a testing.TB.
type rapidTB struct {
	testing.TB
	rt *rapid.T
}

func (t rapidTB) Fatalf(format string, args ...any) { t.rt.Fatalf(format, args...) }
func (t rapidTB) Helper()                           {}

// TestChangesOfEachForm has for each form of change a request that needs it.
func TestChangesOfEachForm(t *testing.T) {
	all := document(t, "allow * on *")
	none := document(t, "deny * on *")
	aws := "arn:aws:iam::aws:policy/Everything"
	for _, c := range []struct {
		name string
		r    Request
		want string
	}{
		{"a policy that only AWS edits", Request{Identity: named(aws, all), Boundary: one("b", none)}, "take away the permissions boundary b"},
		{"the policies around it", Request{Identity: named(aws, all), Boundary: one("arn:aws:iam::aws:policy/None", document(t, "allow s3:* on *"))}, "add a statement to a new permissions boundary: " + narrowest},
		{"a new policy", Request{Identity: named(aws, document(t, "allow s3:* on *"))}, "add a statement to a new identity-based policy: " + narrowest},
		{"a resource's policy", Request{Owner: other, Identity: named("p", all)}, `add a statement to a new resource-based policy: {"Effect":"Allow","Principal":{"AWS":"` + role.Issuer + `"},` + narrowest[len(`{"Effect":"Allow",`):]},
		{"a level", Request{Identity: named("p", all), Organisation: [][]Policy{named("root", all), named("unit", document(t, "allow s3:* on *"))}}, "add a statement to the service control policy unit0, at level 2 from the root: " + narrowest},
		{"a number", Request{Identity: named("p", document(t, `allow * on * if {"NumericGreaterThan":{"x:n":"5"}}`))}, "give the context key x:n the value 6"},
		{"a date", Request{Identity: named("p", document(t, `allow * on * if {"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}`))}, "give the context key aws:CurrentTime the value 2025-12-31T23:59:59Z"},
		{"an address", Request{Identity: named("p", document(t, `allow * on *`, `deny * on * if {"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`))}, "give the context key aws:SourceIp the value 10.0.0.0"},
		{"a truth", Request{Identity: named("p", document(t, `allow * on *`, `deny * on * if {"Bool":{"aws:SecureTransport":"false"}}`)), Context: Context{One("aws:SecureTransport", "false")}}, "give the context key aws:SecureTransport the value true"},
		{"a key too many", Request{Identity: named("p", document(t, `allow * on * if {"Null":{"x:y":"true"}}`)), Context: Context{One("x:y", "z")}}, "ask without the context key x:y"},
		{"a set", Request{Identity: named("p", document(t, `allow * on * if {"ForAnyValue:StringLike":{"x:y":"a*"}}`))}, "give the context key x:y the value ax"},
		{"no ARN", Request{Resource: "nothing", Identity: named("p", document(t, "allow s3:* on *"))}, `add a statement to the identity-based policy p0: {"Effect":"Allow","Action":"` + get + `","Resource":"*"}`},
		{"no variable", Request{Resource: "arn:aws:s3:::${aws:username}/x"}, `add a statement to a new identity-based policy: {"Effect":"Allow","Action":"` + get + `","Resource":"arn:aws:s3:::${$}{aws:username}/x"}`},
		{"the second statement", Request{Identity: named("p", document(t, "allow s3:* on *", "allow "+get+" on "+home))}, `change statement 2 (line 1) of the identity-based policy p0: {"Action":["` + get + `"],"Effect":"Allow","Resource":["` + home + `",` + narrowest[len(`{"Effect":"Allow","Action":"`+get+`","Resource":`):len(narrowest)-1] + `]}`},
		{"root", Request{Principal: root}, `add a statement to a new resource-based policy: {"Effect":"Deny","Principal":{"AWS":"` + root.ARN + `"},` + narrowest[len(`{"Effect":"Allow",`):]},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.r
			r.Action = get
			if r.Resource == "" {
				r.Resource = secret
			}
			if r.Principal == nil {
				r.Principal = role
			}
			checkChanges(t, &r)
			if got := said(Changes(&r)[0]); got != c.want {
				t.Errorf("\ngot  %s\nwant %s", got, c.want)
			}
		})
	}
}

const narrowest = `{"Effect":"Allow","Action":"` + get + `","Resource":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/db-??????"}`

func TestAChangeOfAnotherRequest(t *testing.T) {
	r := &Request{Principal: role, Action: get, Resource: secret, Identity: named("p", document(t, "deny * on *"))}
	if next, err := Changes(r)[0].Apply(&Request{Principal: role}); err == nil {
		t.Errorf("it was carried out: %+v", next)
	}
}
