package policy

import "strings"

// kinds is the number of kinds of policy that a request can hold, NoKind included.
const kinds = int(Endpoint) + 1

// query is a request under evaluation. It lives on the stack.
type query struct {
	r         *Request
	principal *Principal
	action    []byte // in lower case
	service   uint64 // its serviceBit
}

// hit is the statement that decided a policy's, or a kind's, verdict.
type hit struct {
	policy    *Policy
	statement int
}

// verdict is what all policies of one kind say.
type verdict struct {
	deny, allow hit   // where they do
	grant       grant // how closely an allowing resource policy names the principal
}

var nobody Principal

// Evaluate decides a request. It allocates nothing.
func Evaluate(r *Request) Decision {
	var room [128]byte
	q := newQuery(r, room[:0])
	var v [kinds]verdict
	if kind := q.gather(&v); kind != NoKind {
		return decided(ExplicitDeny, kind, v[kind].deny)
	}
	return q.combine(&v)
}

// newQuery begins an evaluation. The action in lower case goes into room.
func newQuery(r *Request, room []byte) query {
	q := query{r: r, principal: r.Principal, action: room}
	if q.principal == nil {
		q.principal = &nobody
	}
	for i := range len(r.Action) {
		c := r.Action[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		q.action = append(q.action, c)
	}
	q.service = serviceBit(q.action)
	return q
}

// serviceBit is a bit that actions of one service share, and few others have: most statements are about another service, and one
// look at their bits tells so.
func serviceBit[Text string | []byte](action Text) uint64 {
	h := uint32(2166136261) // FNV-1a
	for i := 0; i < len(action) && action[i] != ':'; i++ {
		h = (h ^ uint32(action[i])) * 16777619
	}
	return 1 << (h >> 26)
}

// servicesOf is the serviceBit of an action's pattern, or every bit where the service itself is a pattern.
func servicesOf(action string) uint64 {
	if service, _, _ := strings.Cut(action, ":"); strings.ContainsAny(service, "*?") {
		return ^uint64(0)
	}
	return serviceBit(action)
}

// gather finds each kind's verdict. It returns the first kind with a deny, in the order of AWS's flow chart, or NoKind.
func (q *query) gather(v *[kinds]verdict) Kind {
	r := q.r
	if q.binds(Organisation) && q.levels(r.Organisation, &v[Organisation]) {
		return Organisation
	}
	if q.binds(ResourceControl) && q.levels(r.ResourceControl, &v[ResourceControl]) {
		return ResourceControl
	}
	if r.Endpoint != nil && q.scan(r.Endpoint, &v[Endpoint]) {
		return Endpoint
	}
	if r.ResourcePolicy != nil && q.scan(r.ResourcePolicy, &v[Resource]) {
		return Resource
	}
	for i := range r.Identity {
		if q.scan(&r.Identity[i], &v[Identity]) {
			return Identity
		}
	}
	if r.Boundary != nil && q.scan(r.Boundary, &v[Boundary]) {
		return Boundary
	}
	for i := range r.Session {
		if q.scan(&r.Session[i], &v[Session]) {
			return Session
		}
	}
	return NoKind
}

// binds reports whether the request has policies of an organisation of this kind, and they bind its principal. Service control policies
// bind users, roles, federated users and roots; resource control policies bind services and strangers too; neither binds a
// service-linked role (Organizations User Guide, "Service control policies" and "Resource control policies").
func (q *query) binds(k Kind) bool {
	p := q.principal
	if k == Organisation && (len(q.r.Organisation) == 0 || p.Kind == Service || p.Kind == Anonymous) {
		return false
	}
	if k == ResourceControl && len(q.r.ResourceControl) == 0 {
		return false
	}
	return !p.serviceLinked()
}

// levels finds the verdict of a hierarchy, which allows only what each of its levels allows.
func (q *query) levels(levels [][]Policy, v *verdict) (denied bool) {
	all := true
	for _, level := range levels {
		v.allow = hit{}
		for i := range level {
			if q.scan(&level[i], v) {
				return true
			}
		}
		all = all && v.allow.policy != nil
	}
	if !all {
		v.allow = hit{}
	}
	return false
}

// scan adds a policy to the verdict of its kind and reports whether it denies.
func (q *query) scan(p *Policy, v *verdict) (denied bool) {
	statements := p.Document.statements
	for i := range statements {
		s := &statements[i]
		if !s.Deny && v.allow.policy != nil && (!s.hasPrincipal || v.grant == toItself) {
			continue
		}
		g, applies := q.applies(s)
		if !applies {
			continue
		}
		if s.Deny {
			v.deny = hit{p, i}
			return true
		}
		if v.allow.policy == nil || g > v.grant {
			v.allow, v.grant = hit{p, i}, g
		}
	}
	return false
}

// applies reports whether a statement is about the request, and how closely its Principal names who makes it.
func (q *query) applies(s *Statement) (grant, bool) {
	if !q.actionMatches(s) || !q.resourceMatches(s) {
		return noGrant, false
	}
	g := noGrant
	if s.hasPrincipal {
		if g = s.grants(q.principal, q.r.Boundary != nil); g == noGrant {
			return noGrant, false
		}
	}
	for i := range s.Conditions {
		if !q.holds(&s.Conditions[i]) {
			return noGrant, false
		}
	}
	return g, true
}

func (q *query) actionMatches(s *Statement) bool {
	if s.services&q.service == 0 {
		return len(s.NotActions) != 0
	}
	for i := range s.action {
		if s.action[i].matchesAction(q.action) {
			return len(s.NotActions) == 0
		}
	}
	return len(s.NotActions) != 0
}

func (p *pattern) matchesAction(action []byte) bool {
	switch p.shape {
	case exact:
		return string(action) == p.text
	default:
		n := len(p.text)
		return len(action) >= n && string(action[:n]) == p.text && (p.shape == prefixed || glob(p.code, action[n:]))
	}
}

func (q *query) resourceMatches(s *Statement) bool {
	if len(s.resource) == 0 {
		return true
	}
	for i := range s.resource {
		matched, resolved := s.resource[i].matches(q, q.r.Resource)
		if matched {
			return len(s.NotResources) == 0
		}
		if !resolved && len(s.NotResources) != 0 {
			return false
		}
	}
	return len(s.NotResources) != 0
}

// combine turns the verdicts of a request that nothing denies into a decision.
func (q *query) combine(v *[kinds]verdict) Decision {
	r, p := q.r, q.principal
	own := r.Owner == "" || r.Owner == p.Account
	granted := v[Resource].grant
	switch {
	case v[Organisation].allow.policy == nil && q.binds(Organisation):
		return lacking(Organisation)
	case v[ResourceControl].allow.policy == nil && q.binds(ResourceControl):
		return lacking(ResourceControl)
	case r.Endpoint != nil && v[Endpoint].allow.policy == nil:
		return lacking(Endpoint)
	case granted == toItself && (own || p.Kind == Service || p.Kind == Anonymous):
		return decided(Allowed, Resource, v[Resource].allow)
	case p.Kind == Service || p.Kind == Anonymous:
		return lacking(Resource)
	}
	direct, root := own && granted == toIssuer, p.rootful()
	switch {
	case own && r.ResourcePolicyRequired && granted == noGrant:
		return lacking(Resource)
	case !direct && !root && v[Identity].allow.policy == nil:
		return lacking(Identity)
	case r.Boundary != nil && v[Boundary].allow.policy == nil:
		return lacking(Boundary)
	case (len(r.Session) > 0 || p.Kind == FederatedUser) && v[Session].allow.policy == nil:
		return lacking(Session)
	case !own && granted == noGrant:
		return lacking(Resource)
	case direct:
		return decided(Allowed, Resource, v[Resource].allow)
	case root:
		return Decision{Effect: Allowed, Statement: -1}
	}
	return decided(Allowed, Identity, v[Identity].allow)
}

func lacking(k Kind) Decision { return Decision{Kind: k, Statement: -1} }

func decided(e Effect, k Kind, h hit) Decision {
	return Decision{e, k, h.policy.Name, h.statement, h.policy.Document.statements[h.statement].Sid}
}
