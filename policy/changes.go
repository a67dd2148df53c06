package policy

import "slices"

// maxChanges bounds how many changes a refusal may need: each policy may have to lose its denies, and each kind and level to gain an allow.
const maxChanges = 1000

// Changes says what would change the decision on a request. Where it was refused, the changes allow it once all of them are carried out in
// their order: the first mends the decision's own reason, and each of the others what the decision's reason then is. Where it was allowed, the
// one change refuses it. Without changes nothing that a policy or the request could say would change the decision.
func Changes(r *Request) []Change {
	if Evaluate(r).Allowed() {
		if c, ok := withdrawal(r); ok {
			return []Change{c}
		}
		return nil
	}
	var all []Change
	given := r
	for range maxChanges {
		d := Evaluate(r)
		if d.Allowed() {
			break
		}
		c, next := improvement(r, d)
		if next == nil {
			return nil
		}
		for i := range c.Statements {
			given.find(c.Kind, r, &c.Statements[i])
		}
		if c.Near != nil {
			given.find(c.Kind, r, &c.Near.StatementRef)
		}
		all, r = append(all, c), next
	}
	return all
}

// find makes s, a statement of a policy that earlier changes may have edited, name the same statement where it stands in r.
func (r *Request) find(k Kind, edited *Request, s *StatementRef) {
	for _, at := range edited.places(k) {
		before, after := r.at(at), edited.at(at)
		if after.Name != s.Policy || before == nil || before.Name != s.Policy || before.Document == after.Document || s.Statement >= len(after.Document.statements) {
			continue
		}
		text := indented(after.Document.raw()[s.Statement])
		for i, raw := range before.Document.raw() {
			if indented(raw) == text {
				*s = before.ref(i)
				return
			}
		}
	}
}

// improvement finds the first change that does away with the reason of a refusal, and the request that it leads to.
func improvement(r *Request, d Decision) (Change, *Request) {
	if c, next := tried(r, provisions(r, d.Kind, d.Effect == ExplicitDeny), Decision.Allowed); next != nil {
		return c, next
	}
	if d.Effect == ExplicitDeny {
		return tried(r, append(exemptions(r, d.Kind), removals(r, d.Kind)...), func(Decision) bool { return true }) // one deny less is a change, though the next may be named alike
	}
	at := r.lackingSlot(d.Kind)
	candidates := append(modifications(r, at), additions(r, at)...)
	return tried(r, candidates, func(got Decision) bool {
		return got.Effect != ExplicitDeny && (got.Kind != d.Kind || got.Allowed() || r.lackingLevel(d.Kind) != at.level)
	})
}

// tried returns the first of the changes after which the decision is as wanted.
func tried(r *Request, candidates []Change, wanted func(Decision) bool) (Change, *Request) {
	for _, c := range candidates {
		if next, err := c.Apply(r); err == nil && wanted(Evaluate(next)) {
			return c, next
		}
	}
	return Change{}, nil
}

// exemptions let the statements of a policy that deny all but what they name go on denying, and name the request too.
func exemptions(r *Request, k Kind) (all []Change) {
	q := newQuery(r, nil)
	for _, at := range r.places(k) {
		p := r.at(at)
		if p.managedByAWS() {
			continue
		}
		c := Change{Edit: ModifyStatement, Kind: at.kind, Policy: p.Name, Level: at.level, at: at}
		becomes := p.Document.raw()
		for i := range p.Document.statements {
			s := &p.Document.statements[i]
			if _, applies := q.applies(s); !applies || !s.Deny {
				continue
			}
			if text := p.Document.exempting(r, i); text != "" {
				c.Statements, c.Statement, becomes[i] = append(c.Statements, p.ref(i)), text, text
			}
		}
		if len(c.Statements) > 0 {
			c.Document = p.Document.rebuilt(becomes)
			all = append(all, c)
		}
	}
	return all
}

// removals takes from each policy of a kind all statements that deny.
func removals(r *Request, k Kind) (all []Change) {
	q := newQuery(r, nil)
	for _, at := range r.places(k) {
		p := r.at(at)
		var denying []StatementRef
		for i := range p.Document.statements {
			if _, applies := q.applies(&p.Document.statements[i]); applies && p.Document.statements[i].Deny {
				denying = append(denying, p.ref(i))
			}
		}
		if len(denying) > 0 {
			all = append(all, removal(at, p, denying))
		}
	}
	return all
}

// removal takes statements out of a policy, which goes as a whole where nothing is left of it or nobody can edit it.
func removal(at slot, p *Policy, statements []StatementRef) Change {
	c := Change{Edit: RemoveStatements, Kind: at.kind, Policy: p.Name, Level: at.level, Statements: statements, at: at}
	if !p.managedByAWS() {
		c.Document = p.Document.without(statements)
	}
	if c.Document == "" {
		c.Edit = DetachPolicy
	}
	return c
}

// withdrawal finds what refuses an allowed request: the statement that allows it goes, or one that denies comes.
func withdrawal(r *Request) (Change, bool) {
	d := Evaluate(r)
	var candidates []Change
	for _, at := range r.places(d.Kind) {
		if p := r.at(at); p.Name == d.Policy && d.Statement < len(p.Document.statements) {
			candidates = append(candidates, removal(at, p, []StatementRef{p.ref(d.Statement)}))
		}
	}
	kind := d.Kind
	if kind == NoKind { // an account's root, whom only the policies of resources and organisations can refuse
		kind = Resource
	}
	candidates = append(candidates, statements(r, r.roomFor(kind, 0), "Deny")...)
	c, next := tried(r, candidates, func(got Decision) bool { return !got.Allowed() })
	return c, next != nil
}

// additions allow the request by one more statement: the narrowest that does.
func additions(r *Request, at slot) []Change {
	all := statements(r, at, "Allow")
	for i := range all {
		all[i].Near = near(r, at)
	}
	return all
}

// lackingLevel is the first level of an organisation's policies of a kind that does not allow the request; 0 for the other kinds.
func (r *Request) lackingLevel(k Kind) int {
	levels := r.Organisation
	switch k {
	case ResourceControl:
		levels = r.ResourceControl
	case Organisation:
	default:
		return 0
	}
	q := newQuery(r, nil)
	return max(0, slices.IndexFunc(levels, func(level []Policy) bool {
		var v verdict
		return q.levels([][]Policy{level}, &v) || v.allow.policy == nil
	}))
}

// lackingSlot is where a kind that lacks an allow could have one.
func (r *Request) lackingSlot(k Kind) slot { return r.roomFor(k, r.lackingLevel(k)) }

// roomFor is where a statement can be added to the policies of a kind: the first that can be edited, or a new one.
func (r *Request) roomFor(k Kind, level int) slot {
	at := slot{k, level, -1}
	list := r.list(at)
	at.index = slices.IndexFunc(list, func(p Policy) bool { return !p.managedByAWS() })
	if at.index < 0 && len(list) > 0 && (k == Boundary || k == Endpoint || k == Resource) {
		at.index = 0 // of which there can be only one: a copy takes its place
	}
	return at
}

// managedByAWS reports whether nobody but AWS can edit the policy.
func (p *Policy) managedByAWS() bool {
	a, ok := ParseARN(p.Name)
	return ok && a.Account == "aws"
}

func (p *Policy) ref(i int) StatementRef {
	s := &p.Document.statements[i]
	return StatementRef{p.Name, i, s.Sid, s.Line, s.Column}
}

// near finds the first allowing statement among the policies of a place that misses the request by one element.
func near(r *Request, at slot) *Near {
	q := newQuery(r, nil)
	list := r.list(at)
	for i := range list {
		for j := range list[i].Document.statements {
			s := &list[i].Document.statements[j]
			if misses := q.misses(s); !s.Deny && len(misses) == 1 {
				return &Near{list[i].ref(j), misses[0]}
			}
		}
	}
	return nil
}
