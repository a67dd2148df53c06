package policy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Change is something that must be different for a refused request to be allowed.
type Change struct {
	Kind Kind // of the policy to change
	// Remove is the statement that denies and must go or be narrowed; nil where an allow is lacking instead.
	Remove *StatementRef
	// Add is the JSON of the narrowest statement that gives what is lacking; "" where Remove is set.
	Add string
	// Near is the allowing statement of that kind that misses the request by the least, where one misses it by a single element.
	Near *Near
}

// StatementRef names a statement of a policy.
type StatementRef struct {
	Policy       string
	Statement    int // index, from 0
	Sid          string
	Line, Column int
}

// Near is a statement that would allow the request but for one element.
type Near struct {
	StatementRef
	Miss Miss
}

// String returns the change as a sentence.
func (c Change) String() string {
	switch {
	case c.Remove != nil:
		return fmt.Sprintf("remove or narrow the deny in statement %d of the %s %s", c.Remove.Statement, c.Kind, c.Remove.Policy)
	case c.Near != nil:
		return fmt.Sprintf("mend statement %d of the %s %s: %s", c.Near.Statement, c.Kind, c.Near.Policy, c.Near.Miss)
	}
	return fmt.Sprintf("allow it in %s%s: %s", article(c.Kind), c.Kind, c.Add)
}

// changes finds what would make a request allowed by making it so, one change after the other, on a copy.
func changes(r *Request, parts []Part) []Change {
	c := copyRequest(r)
	var all []Change
	var added [kinds]bool
	for {
		var v [kinds]verdict
		q := newQuery(c, nil)
		if kind := q.gather(&v); kind != NoKind {
			h := v[kind].deny
			s := &h.policy.Document.statements[h.statement]
			all = append(all, Change{Kind: kind, Remove: &StatementRef{h.policy.Name, h.statement, s.Sid, s.Line, s.Column}})
			h.policy.Document = h.policy.Document.without(h.statement)
			continue
		}
		d := q.combine(&v)
		if d.Allowed() || added[d.Kind] {
			return all
		}
		added[d.Kind] = true
		statement := c.missing(d.Kind)
		all = append(all, Change{Kind: d.Kind, Add: statement, Near: near(d.Kind, parts)})
		c.add(d.Kind, statement)
	}
}

// copyRequest copies a request so far that its policies can be replaced.
func copyRequest(r *Request) *Request {
	c := *r
	level := func(levels [][]Policy) [][]Policy {
		levels = slices.Clone(levels)
		for i := range levels {
			levels[i] = slices.Clone(levels[i])
		}
		return levels
	}
	c.Organisation, c.ResourceControl = level(r.Organisation), level(r.ResourceControl)
	c.Identity, c.Session = slices.Clone(r.Identity), slices.Clone(r.Session)
	for _, p := range []**Policy{&c.Boundary, &c.ResourcePolicy, &c.Endpoint} {
		if *p != nil {
			own := **p
			*p = &own
		}
	}
	return &c
}

// without returns the document with a statement that is about nothing any more; the others keep their indexes.
func (d *Document) without(statement int) *Document {
	c := *d
	c.statements = slices.Clone(d.statements)
	c.statements[statement].action, c.statements[statement].NotActions = nil, nil
	return &c
}

// missing writes the narrowest statement that allows the request in a policy of that kind.
func (r *Request) missing(k Kind) string {
	s := struct {
		Effect    string
		Principal any `json:",omitempty"`
		Action    string
		Resource  string `json:",omitempty"`
	}{Effect: "Allow", Action: r.Action, Resource: withoutSuffix(r.Resource)}
	switch k {
	case Resource:
		s.Principal = r.principalElement()
		if r.TrustPolicy {
			s.Resource = ""
		}
	case ResourceControl, Endpoint:
		s.Principal = "*"
	}
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(text)
}

// principalElement names the request's principal as a policy does: a session by its role.
func (r *Request) principalElement() any {
	p := r.Principal
	switch {
	case p == nil || p.ARN == "":
		return "*"
	case p.Kind == Service:
		return map[string]string{"Service": p.ARN}
	case p.Kind == RoleSession:
		return map[string]string{"AWS": p.Issuer}
	}
	return map[string]string{"AWS": p.ARN}
}

// withoutSuffix replaces the six random characters of a secret's ARN by wildcards: they change when a secret is made anew.
func withoutSuffix(arn string) string {
	parsed, ok := ParseARN(arn)
	name, secret := strings.CutPrefix(parsed.Resource, "secret:")
	if !ok || !secret || parsed.Service != "secretsmanager" {
		return arn
	}
	base, ok := suffixless(name)
	if !ok {
		return arn
	}
	return strings.TrimSuffix(arn, name) + base + suffix
}

// suffixless cuts the hyphen and the six characters that Secrets Manager puts behind a name.
func suffixless(name string) (string, bool) {
	cut := len(name) - len(suffix)
	if cut <= 0 || name[cut] != '-' {
		return name, false
	}
	return name[:cut], true
}

// add puts a statement where it takes effect, in a policy without a name.
func (r *Request) add(k Kind, statement string) {
	d, err := Parse([]byte(`{"Version":"2012-10-17","Statement":` + statement + `}`))
	if err != nil {
		// The action or the resource cannot stand in a policy: everything can.
		d, err = Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`))
		if err != nil {
			panic(err)
		}
	}
	p := Policy{Document: d}
	switch k {
	case Identity:
		r.Identity = append(r.Identity, p)
	case Session:
		r.Session = append(r.Session, p)
	case Boundary:
		r.Boundary = joined(r.Boundary, d)
	case Resource:
		r.ResourcePolicy = joined(r.ResourcePolicy, d)
	case Endpoint:
		r.Endpoint = joined(r.Endpoint, d)
	case Organisation:
		addToEach(r.Organisation, p)
	case ResourceControl:
		addToEach(r.ResourceControl, p)
	}
}

func addToEach(levels [][]Policy, p Policy) {
	for i := range levels {
		levels[i] = append(levels[i], p)
	}
}

func joined(p *Policy, d *Document) *Policy {
	if p == nil {
		return &Policy{Document: d}
	}
	c := *p.Document
	c.statements = append(slices.Clone(c.statements), d.statements...)
	return &Policy{p.Name, &c}
}

// near finds the first allowing statement of a kind that misses by one element.
func near(k Kind, parts []Part) *Near {
	for _, p := range parts {
		if p.Kind != k {
			continue
		}
		for _, s := range p.Statements {
			if !s.Deny && len(s.Misses) == 1 {
				return &Near{StatementRef{p.Policy, s.Index, s.Sid, s.Line, s.Column}, s.Misses[0]}
			}
		}
	}
	return nil
}
