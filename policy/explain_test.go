package policy

import (
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	const named = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/db"
	const add = `{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"` + named + `-??????"}`
	for _, c := range []struct {
		name     string
		identity string
		resource string
		misses   string // of the identity policy's statements
		changes  string
	}{
		{
			"allowed", "allow secretsmanager:* on *", "", "applies", "take away the identity-based policy p",
		},
		{
			"allowed twice", "allow secretsmanager:* on *;allow * on *", "", "applies",
			"add a statement to the identity-based policy p: " + strings.Replace(add, "Allow", "Deny", 1),
		},
		{
			"the ARN without its suffix", "allow " + get + " on " + named, "",
			"Resource " + named + " does not match " + secret,
			`change statement 1 (line 1) of the identity-based policy p: {"Action":["secretsmanager:GetSecretValue"],"Effect":"Allow","Resource":["` + named + `-??????"]}`,
		},
		{
			"another secret", "allow " + get + " on " + home, "",
			"Resource " + home + " does not match " + secret,
			`change statement 1 (line 1) of the identity-based policy p: {"Action":["secretsmanager:GetSecretValue"],"Effect":"Allow","Resource":["` + home + `","` + named + `-??????"]}`,
		},
		{
			"another action on this secret", "allow secretsmanager:DescribeSecret on " + secret, "",
			"Action secretsmanager:DescribeSecret does not match " + get,
			`change statement 1 (line 1) of the identity-based policy p: {"Action":["secretsmanager:DescribeSecret","secretsmanager:GetSecretValue"],"Effect":"Allow","Resource":["` + secret + `"]}`,
		},
		{
			"nothing near", "allow s3:GetObject on " + named, "",
			"Action s3:GetObject does not match " + get + "; Resource " + named + " does not match " + secret,
			"add a statement to the identity-based policy p: " + add,
		},
		{
			"a condition", `allow secretsmanager:* on * if {"StringEquals":{"secretsmanager:VersionStage":["AWSCURRENT","AWSPREVIOUS"]}}`, "",
			"StringEquals wants secretsmanager:VersionStage to be AWSCURRENT, AWSPREVIOUS, and it is AWSPENDING",
			"give the context key secretsmanager:VersionStage the value AWSCURRENT",
		},
		{
			"a key that the request lacks", `allow secretsmanager:* on * if {"StringEquals":{"x:y":"a"}}`, "",
			"StringEquals wants x:y to be a, and the request has no such key",
			"give the context key x:y the value a",
		},
		{
			"a key that nobody chooses", `allow secretsmanager:* on * if {"StringEquals":{"aws:PrincipalAccount":"444455556666"}}`, "",
			"StringEquals wants aws:PrincipalAccount to be 444455556666, and it is 111122223333",
			"add a statement to the identity-based policy p: " + add,
		},
		{
			"NotAction", "allow not secretsmanager:* on *", "", "NotAction leaves out " + get + " by secretsmanager:*",
			"add a statement to the identity-based policy p: " + add,
		},
		{
			"a deny hides a missing allow", "allow s3:* on not " + secret, "allow s3:* on * to *;deny secretsmanager:* on * to *",
			"Action s3:* does not match " + get + "; NotResource leaves out " + secret + " by " + secret,
			"remove statement 2 (line 1) from the resource-based policy r" + "\n" + "add a statement to the identity-based policy p: " + add,
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
			for _, change := range Changes(r) {
				changes = append(changes, said(change))
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

// said is a change as a person reads it.
func said(c Change) string {
	if c.Statement == "" {
		return c.String()
	}
	return c.String() + ": " + c.Statement
}
