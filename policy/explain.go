package policy

import (
	"fmt"
	"strings"
)

// Explanation is a decision with the part that everything had in it.
type Explanation struct {
	Decision Decision
	Parts    []Part // each policy that took part, in the order of evaluation
}

// Part is what one policy had to say.
type Part struct {
	Kind       Kind
	Policy     string
	Document   *Document
	Statements []StatementPart
}

// StatementPart is what one statement had to say.
type StatementPart struct {
	Index        int
	Sid          string
	Deny         bool
	Line, Column int
	Misses       []Miss // why the statement is not about the request; none where it is
}

// Applies reports whether the statement is about the request, and so allows or denies it.
func (s StatementPart) Applies() bool { return len(s.Misses) == 0 }

// Miss is an element of a statement that the request does not meet.
type Miss struct {
	Element  string    // Action, NotAction, Resource, NotResource, Principal, NotPrincipal or Condition
	Operator string    // of a condition, such as StringEquals
	Key      string    // of a condition, such as aws:SourceIp
	Wanted   []Element // what the statement says
	Got      []string  // what the request has; for a condition empty where the key is missing
}

// String returns the miss as a sentence.
func (m Miss) String() string {
	wanted := make([]string, 0, len(m.Wanted))
	for _, w := range m.Wanted {
		wanted = append(wanted, w.Text)
	}
	list, got := strings.Join(wanted, ", "), strings.Join(m.Got, ", ")
	switch {
	case m.Element == "Condition" && len(m.Got) == 0:
		return fmt.Sprintf("%s wants %s to be %s, and the request has no such key", m.Operator, m.Key, list)
	case m.Element == "Condition":
		return fmt.Sprintf("%s wants %s to be %s, and it is %s", m.Operator, m.Key, list, got)
	case strings.HasPrefix(m.Element, "Not"):
		return fmt.Sprintf("%s leaves out %s by %s", m.Element, got, list)
	}
	return fmt.Sprintf("%s %s does not match %s", m.Element, list, got)
}

// Explain decides a request as Evaluate does and says why. Changes says what would change the decision.
func Explain(r *Request) Explanation {
	q := newQuery(r, nil)
	e := Explanation{Decision: Evaluate(r)}
	add := func(kind Kind, policies ...Policy) {
		for i := range policies {
			e.Parts = append(e.Parts, q.part(kind, &policies[i]))
		}
	}
	if q.binds(Organisation) {
		for _, level := range r.Organisation {
			add(Organisation, level...)
		}
	}
	if q.binds(ResourceControl) {
		for _, level := range r.ResourceControl {
			add(ResourceControl, level...)
		}
	}
	if r.Endpoint != nil {
		add(Endpoint, *r.Endpoint)
	}
	if r.ResourcePolicy != nil {
		add(Resource, *r.ResourcePolicy)
	}
	add(Identity, r.Identity...)
	if r.Boundary != nil {
		add(Boundary, *r.Boundary)
	}
	add(Session, r.Session...)
	return e
}

func (q *query) part(kind Kind, p *Policy) Part {
	part := Part{Kind: kind, Policy: p.Name, Document: p.Document}
	for i := range p.Document.statements {
		s := &p.Document.statements[i]
		part.Statements = append(part.Statements, StatementPart{i, s.Sid, s.Deny, s.Line, s.Column, q.misses(s)})
	}
	return part
}

// misses tests each element of a statement by itself, where applies stops at the first.
func (q *query) misses(s *Statement) []Miss {
	var all []Miss
	add := func(element string, list, not []Element, got string) {
		if len(not) > 0 {
			element, list = "Not"+element, not
		}
		all = append(all, Miss{Element: element, Wanted: list, Got: []string{got}})
	}
	if !q.actionMatches(s) {
		add("Action", s.Actions, s.NotActions, q.r.Action)
	}
	if !q.resourceMatches(s) {
		add("Resource", s.Resources, s.NotResources, q.r.Resource)
	}
	if s.hasPrincipal && s.grants(q.principal, q.r.Boundary != nil) == noGrant {
		m := Miss{Element: "Principal", Got: []string{q.who()}}
		if s.notPrincipal {
			m.Element = "NotPrincipal"
		}
		for _, p := range s.Principals {
			m.Wanted = append(m.Wanted, p.Element)
		}
		all = append(all, m)
	}
	for i := range s.Conditions {
		c := &s.Conditions[i]
		if q.holds(c) {
			continue
		}
		m := Miss{Element: "Condition", Operator: c.Operator.Text, Key: c.Key.Text, Wanted: c.Values}
		if k, ok := q.key(&c.key); ok {
			for i := range k.count() {
				m.Got = append(m.Got, k.at(i))
			}
		}
		all = append(all, m)
	}
	return all
}

func (q *query) who() string {
	if q.principal.ARN == "" {
		return "an anonymous principal"
	}
	return q.principal.ARN
}
