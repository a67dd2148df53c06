package policy

import "slices"

// slot is where a policy stands in a request. An index of -1 is a new policy's.
type slot struct {
	kind         Kind
	level, index int
}

// list returns the policies that a place is among. Those kinds of which a request has one at most are a list of that one.
func (r *Request) list(p slot) []Policy {
	switch p.kind {
	case Identity:
		return r.Identity
	case Session:
		return r.Session
	case Organisation:
		return r.Organisation[p.level]
	case ResourceControl:
		return r.ResourceControl[p.level]
	}
	if only := r.single(p.kind); *only != nil {
		return []Policy{**only}
	}
	return nil
}

func (r *Request) setList(p slot, list []Policy) {
	switch p.kind {
	case Identity:
		r.Identity = list
	case Session:
		r.Session = list
	case Organisation:
		r.Organisation[p.level] = list
	case ResourceControl:
		r.ResourceControl[p.level] = list
	default:
		*r.single(p.kind) = nil
		if len(list) > 0 {
			*r.single(p.kind) = &list[0]
		}
	}
}

// single is where a request keeps the policy of a kind of which it has one at most.
func (r *Request) single(k Kind) **Policy {
	switch k {
	case Boundary:
		return &r.Boundary
	case Endpoint:
		return &r.Endpoint
	}
	return &r.ResourcePolicy
}

// at returns the policy at a slot, or nil.
func (r *Request) at(p slot) *Policy {
	if list := r.list(p); p.index >= 0 && p.index < len(list) {
		return &list[p.index]
	}
	return nil
}

// set sets the policy at a slot, or adds it where the place is a new policy's.
func (r *Request) set(p slot, policy Policy) {
	list := r.list(p)
	if p.index < 0 {
		list = append(list, policy)
	} else {
		list[p.index] = policy
	}
	r.setList(p, list)
}

// detach takes the policy at a place away.
func (r *Request) detach(p slot) {
	r.setList(p, slices.Delete(r.list(p), p.index, p.index+1))
}

// places lists where a kind's policies stand.
func (r *Request) places(k Kind) (all []slot) {
	levels := 1
	switch k {
	case NoKind, Trust:
		return nil
	case Organisation:
		levels = len(r.Organisation)
	case ResourceControl:
		levels = len(r.ResourceControl)
	}
	for level := range levels {
		for i := range r.list(slot{k, level, 0}) {
			all = append(all, slot{k, level, i})
		}
	}
	return all
}

// copyRequest copies a request so far that its policies can be replaced.
func copyRequest(r *Request) *Request {
	c := *r
	levels := func(levels [][]Policy) [][]Policy {
		levels = slices.Clone(levels)
		for i := range levels {
			levels[i] = slices.Clone(levels[i])
		}
		return levels
	}
	c.Organisation, c.ResourceControl = levels(r.Organisation), levels(r.ResourceControl)
	c.Identity, c.Session = slices.Clone(r.Identity), slices.Clone(r.Session)
	return &c
}
