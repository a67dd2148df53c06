package policy

import (
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	const named = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/db"
	for _, c := range []struct {
		name     string
		identity string
		resource string
		misses   string // of the identity policy's statements
		changes  string
	}{
		{
			"allowed", "allow secretsmanager:* on *", "", "applies", "",
		},
		{
			"the ARN without its suffix", "allow " + get + " on " + named, "",
			"Resource " + named + " does not match " + secret,
			"mend statement 0 of the identity-based policy p: Resource " + named + " does not match " + secret,
		},
		{
			"nothing near", "allow s3:GetObject on " + named, "",
			"Action s3:GetObject does not match " + get + "; Resource " + named + " does not match " + secret,
			`allow it in an identity-based policy: {"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"` + named + `-??????"}`,
		},
		{
			"a condition", `allow secretsmanager:* on * if {"StringEquals":{"secretsmanager:VersionStage":["AWSCURRENT","AWSPREVIOUS"]}}`, "",
			"StringEquals wants secretsmanager:VersionStage to be AWSCURRENT, AWSPREVIOUS, and it is AWSPENDING",
			"mend statement 0 of the identity-based policy p: StringEquals wants secretsmanager:VersionStage to be AWSCURRENT, AWSPREVIOUS, and it is AWSPENDING",
		},
		{
			"a key that the request lacks", `allow secretsmanager:* on * if {"StringEquals":{"x:y":"a"}}`, "",
			"StringEquals wants x:y to be a, and the request has no such key",
			"mend statement 0 of the identity-based policy p: StringEquals wants x:y to be a, and the request has no such key",
		},
		{
			"NotAction", "allow not secretsmanager:* on *", "", "NotAction leaves out " + get + " by secretsmanager:*",
			"mend statement 0 of the identity-based policy p: NotAction leaves out " + get + " by secretsmanager:*",
		},
		{
			"a deny hides a missing allow", "allow s3:* on not " + secret, "deny secretsmanager:* on * to *",
			"Action s3:* does not match " + get + "; NotResource leaves out " + secret + " by " + secret,
			"remove or narrow the deny in statement 0 of the resource-based policy r" + "\n" +
				`allow it in an identity-based policy: {"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"` + named + `-??????"}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Request{
				Principal: role, Action: get, Resource: secret, Identity: []Policy{{"p", documents(t, c.identity)}},
				Context: Context{One("secretsmanager:VersionStage", "AWSPENDING")},
			}
			if c.resource != "" {
				r.ResourcePolicy = one("r", documents(t, c.resource))
			}
			e := Explain(r)
			part := e.Parts[len(e.Parts)-1].Statements[0]
			var misses, changes []string
			for _, m := range part.Misses {
				misses = append(misses, m.String())
			}
			if part.Applies() {
				misses = []string{"applies"}
			}
			for _, change := range e.Changes {
				changes = append(changes, change.String())
			}
			if got := strings.Join(misses, "; "); got != c.misses {
				t.Errorf("misses\ngot  %s\nwant %s", got, c.misses)
			}
			if got := strings.Join(changes, "\n"); got != c.changes {
				t.Errorf("changes\ngot  %s\nwant %s", got, c.changes)
			}
		})
	}
}

// carryOut makes a change as a person would: on the policies' JSON.
func carryOut(t *testing.T, r *Request, c Change) {
	t.Helper()
	if c.Remove != nil {
		drop := func(p *Policy) {
			if p == nil || p.Name != c.Remove.Policy || len(p.Document.statements) <= c.Remove.Statement || !p.Document.statements[c.Remove.Statement].Deny {
				return
			}
			d := *p.Document
			d.statements = append(append([]Statement{}, d.statements[:c.Remove.Statement]...), statementNobodyMeets(t))
			d.statements = append(d.statements, p.Document.statements[c.Remove.Statement+1:]...)
			p.Document = &d
		}
		for _, list := range append(append([][]Policy{r.Identity, r.Session}, r.Organisation...), r.ResourceControl...) {
			for i := range list {
				drop(&list[i])
			}
		}
		drop(r.Boundary)
		drop(r.ResourcePolicy)
		drop(r.Endpoint)
		return
	}
	d, err := Parse([]byte(`{"Version":"2012-10-17","Statement":` + c.Add + `}`))
	if err != nil {
		t.Fatalf("the statement to add does not parse: %v", err)
	}
	kind := c.Kind
	if kind == Organisation {
		kind = Identity // the same form
	}
	if err := d.Check(kind); err != nil {
		t.Fatalf("%s is no %s: %v", c.Add, c.Kind, err)
	}
	r.add(c.Kind, c.Add)
}

// TestExplainEndsWhereNothingHelps asks about a resource that no statement can name: what looks like a variable has no value.
func TestExplainEndsWhereNothingHelps(t *testing.T) {
	e := Explain(&Request{Principal: role, Action: get, Resource: "arn:aws:s3:::${aws:username}/x"})
	if e.Decision.Allowed() || len(e.Changes) != 1 {
		t.Errorf("%+v", e)
	}
}

func statementNobodyMeets(t *testing.T) Statement {
	return document(t, "deny none:None on *").statements[0]
}

func TestCarryingOutTheChangesAllows(t *testing.T) {
	var refused int
	for seed := range uint64(1000) {
		d := newDrawer(t, seed)
		r := d.request()
		for i := range r.Identity {
			r.Identity[i].Name += string(rune('a' + i)) // so that a statement is named beyond doubt
		}
		e := Explain(r)
		if e.Decision != Evaluate(r) || e.Decision.Allowed() != (len(e.Changes) == 0) {
			t.Fatalf("seed %d: %+v with %d changes", seed, e.Decision, len(e.Changes))
		}
		if e.Decision.Allowed() {
			continue
		}
		refused++
		if e.Changes[0].Kind != e.Decision.Kind {
			t.Fatalf("seed %d: the first change is in a %s, the decision's reason in a %s", seed, e.Changes[0].Kind, e.Decision.Kind)
		}
		c := copyRequest(r)
		for i, change := range e.Changes {
			if Evaluate(c).Allowed() {
				t.Fatalf("seed %d: change %d of %v is not needed", seed, i, e.Changes)
			}
			carryOut(t, c, change)
		}
		if d := Evaluate(c); !d.Allowed() {
			t.Fatalf("seed %d: still %s after %v", seed, reason(d), e.Changes)
		}
	}
	if refused == 0 {
		t.Error("nothing was refused: the test proves little")
	}
}

func TestMissesAgreeWithEvaluation(t *testing.T) {
	for seed := range uint64(1000) {
		d := newDrawer(t, seed)
		r := d.request()
		q := newQuery(r, nil)
		for _, p := range append(append([]Policy{}, r.Identity...), Policy{"x", d.document(true)}) {
			for i := range p.Document.statements {
				s := &p.Document.statements[i]
				if _, applies := q.applies(s); applies != (len(q.misses(s)) == 0) {
					t.Fatalf("seed %d: applies: %v, misses: %v", seed, applies, q.misses(s))
				}
			}
		}
	}
}
