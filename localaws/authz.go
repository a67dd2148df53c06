package localaws

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"aircon/localaws/op"
	"aircon/localaws/organisation"
	"aircon/policy"
)

// authorizer is what the decisions of one request in one transaction share. It is filled at the first need.
type authorizer struct {
	loaded  bool
	asked   int // needs decided so far
	grants  op.Grants
	session []policy.Policy
	member  *organisation.Member // what the caller's account has of its organisation; nil for none
	context policy.Context       // the request's own keys, with room for those of a need; via comes first
	touched []touched            // what the needs so far name, for the audit log

	resource policy.Policy // of the need under decision
}

// contextRoom is how many condition keys most requests have at most, those of their needs included.
const contextRoom = 24

// authorize decides a need. It refuses in the words of AWS.
func (q *request) authorize(c *op.Call, n *op.Need) error {
	z := &q.authz
	if !z.loaded {
		if err := q.load(c); err != nil {
			return err
		}
	}
	z.asked++
	z.touched = append(z.touched, touched{n.Resource, n.Owner})
	_, onBehalf := n.Context.Get("kms:ViaService") // of a service that asks with the caller's credentials
	z.context[via].Value = strconv.FormatBool(onBehalf)
	r := policy.Request{
		Principal: &c.Principal, Action: n.Action, Resource: n.Resource, Owner: n.Owner,
		Context:  append(z.context, n.Context...),
		Identity: z.grants.Identity, Boundary: z.grants.Boundary, Session: z.session,
		ResourcePolicyRequired: n.PolicyDecides,
		TrustPolicy:            n.PolicyDecides && strings.HasPrefix(n.Action, "sts:"),
	}
	if q.server.options.Organisation != nil {
		q.organise(&r, n)
	}
	if n.Policy != nil {
		z.resource = policy.Policy{Name: n.Resource, Document: n.Policy}
		r.ResourcePolicy = &z.resource
	}
	decision := policy.Evaluate(&r)
	if decision.Effect == policy.ImplicitDeny && len(n.Grants) > 0 {
		decision = granted(r, n, decision)
	}
	switch {
	case decision.Allowed():
		return nil
	case n.Denied != nil:
		q.server.metrics.denied.add(q.service.Name, n.Action)
		return n.Denied
	default:
		q.server.metrics.denied.add(q.service.Name, n.Action)
		return q.service.protocol.denied(decision.Denial(&r, n.Sent))
	}
}

// granted decides a request again that no policy allows or denies: by the resource's grants. A grantee of another account needs nothing of
// its own, as the service-linked roles show to which keys are granted across accounts.
func granted(r policy.Request, n *op.Need, decision policy.Decision) policy.Decision {
	r.Owner = ""
	for _, document := range n.Grants {
		r.ResourcePolicy = &policy.Policy{Name: n.Resource, Document: document}
		if d := policy.Evaluate(&r); d.Allowed() {
			return d
		}
	}
	return decision
}

// organise adds what the caller's organisation and the resource owner's say: the policies that bind them, and the condition keys.
func (q *request) organise(r *policy.Request, n *op.Need) {
	if m := q.authz.member; m != nil {
		r.Organisation = m.ServiceControl
		r.Context = append(r.Context, policy.One("aws:PrincipalOrgID", m.ID), policy.Many("aws:PrincipalOrgPaths", m.Paths...))
	}
	owner := n.Owner
	if owner == "" {
		owner = r.Principal.Account
	}
	if m := q.server.options.Organisation.Of(owner); m != nil {
		r.Context = append(r.Context, policy.One("aws:ResourceOrgID", m.ID), policy.Many("aws:ResourceOrgPaths", m.Paths...))
		if organisation.Controls(n.Action) && !n.Exempt {
			r.ResourceControl = m.ResourceControl
		}
	}
}

// load reads the caller's policies and tags, and what of the request conditions may look at.
func (q *request) load(c *op.Call) error {
	grants, err := q.server.directory.Grants(c.Tx, c.Principal)
	if err != nil {
		return err
	}
	z := &q.authz
	z.grants, z.loaded = grants, true
	session := c.Identity.Session
	if session != nil {
		if err := q.bound(c, session); err != nil {
			return err
		}
	}
	c.Principal.Tags = principalTags(grants.Tags, session)
	z.member = q.server.options.Organisation.Of(c.Principal.Account)
	z.context = q.globalKeys(slices.Grow(z.context, contextRoom))
	return nil
}

// bound reads the session's policies. One that names a policy which is gone is allowed nothing by it.
func (q *request) bound(c *op.Call, session *op.Session) error {
	z := &q.authz
	if session.Policy != nil {
		z.session = append(z.session, policy.Policy{Name: "session", Document: session.Policy})
	}
	for _, arn := range session.PolicyARNs {
		managed, err := q.server.directory.ManagedPolicy(c.Tx, arn)
		if err != nil {
			return err
		}
		if managed == nil {
			managed = &policy.Policy{Name: arn, Document: allowsNothing}
		}
		z.session = append(z.session, *managed)
	}
	return nil
}

// allowsNothing stands in the place of a session's managed policy that was deleted.
var allowsNothing = mustParse(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "none:None", "Resource": "arn:aws:none:::none"}]}`)

func mustParse(text string) *policy.Document {
	d, err := policy.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return d
}

// principalTags merges the tags of a user or role with those of its session, which win.
func principalTags(own []policy.Tag, session *op.Session) []policy.Tag {
	if session == nil || len(session.Tags) == 0 {
		return own
	}
	tags := slices.Clone(session.Tags)
	for _, tag := range own {
		if !slices.ContainsFunc(session.Tags, func(t policy.Tag) bool { return strings.EqualFold(t.Key, tag.Key) }) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// via is the index of aws:ViaAWSService among the keys of a request: each need has its own.
const via = 0

// globalKeys appends the condition keys that hold for every action of a request. Those that the principal implies (aws:PrincipalArn,
// aws:PrincipalTag, aws:userid, …) policy knows itself, those of an organisation organise adds, and tags are the services' own. There is no
// VPC here, no web identity and no console: nothing gives aws:SourceVpc, aws:SourceVpce, aws:VpcSourceIp, aws:FederatedProvider,
// aws:ChatbotSourceArn or aws:AssumedRoot a value. Nor does aws:CalledVia have one, as Secrets Manager is not among its services.
//
// Source: the IAM User Guide, "AWS global condition context keys".
func (q *request) globalKeys(keys policy.Context) policy.Context {
	c := &q.call
	region := c.Region
	if q.service.Global {
		region = globalRegion
	}
	now := q.server.moment(c.Wall)
	keys = append(keys,
		policy.One("aws:ViaAWSService", "false"),
		policy.One("aws:SourceIp", sourceIP(q.RemoteAddr)),
		policy.One("aws:SecureTransport", strconv.FormatBool(q.TLS != nil)),
		policy.One("aws:RequestedRegion", region),
		policy.One("aws:CurrentTime", now.date),
		policy.One("aws:EpochTime", now.epoch),
	)
	if agent, ok := header(q.Header, "User-Agent"); ok {
		keys = append(keys, policy.One("aws:UserAgent", agent))
	}
	if referer, ok := header(q.Header, "Referer"); ok {
		keys = append(keys, policy.One("aws:Referer", referer))
	}
	if s := c.Identity.Session; s != nil {
		return sessionKeys(keys, s, c.Wall)
	}
	return keys
}

// sessionKeys appends the condition keys that temporary credentials imply. Long-term keys have none of them.
func sessionKeys(keys policy.Context, s *op.Session, wall time.Time) policy.Context {
	keys = append(keys,
		policy.One("aws:TokenIssueTime", s.Issued.Format(time.RFC3339)),
		policy.One("aws:MultiFactorAuthPresent", strconv.FormatBool(s.MFA)),
	)
	if s.MFA {
		age := int64(wall.Sub(s.Issued) / time.Second)
		keys = append(keys, policy.One("aws:MultiFactorAuthAge", strconv.FormatInt(age, 10)))
	}
	if s.SourceIdentity != "" {
		keys = append(keys, policy.One("aws:SourceIdentity", s.SourceIdentity))
	}
	return keys
}

// moment is a second as conditions see it.
type moment struct {
	unix        int64
	date, epoch string
}

// moment writes the time out, once a second.
func (s *Server) moment(wall time.Time) *moment {
	unix := wall.Unix()
	if m := s.lastMoment.Load(); m != nil && m.unix == unix {
		return m
	}
	m := &moment{unix, wall.UTC().Format(time.RFC3339), strconv.FormatInt(unix, 10)}
	s.lastMoment.Store(m)
	return m
}

// globalRegion is where the global services of the partition live.
const globalRegion = "us-east-1"

func sourceIP(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	return host
}
