package localaws

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"aircon/localaws/op"
	"aircon/policy"
)

// authorizer decides what one caller may do in one request. It reads what applies to the caller at the first need, in
// the request's own transaction.
type authorizer struct {
	server  *Server
	service *service
	request *request

	loaded  bool
	grants  op.Grants
	session []policy.Policy
	context policy.Context
}

// authorize decides a need. It refuses in the words of AWS.
func (z *authorizer) authorize(c *op.Call, n *op.Need) error {
	if !z.loaded {
		if err := z.load(c); err != nil {
			return err
		}
	}
	r := policy.Request{
		Principal: &c.Principal, Action: n.Action, Resource: n.Resource, Owner: n.Owner,
		Context:  slices.Concat(z.context, n.Context),
		Identity: z.grants.Identity, Boundary: z.grants.Boundary, Session: z.session,
		ResourcePolicyRequired: n.PolicyDecides,
		TrustPolicy:            n.PolicyDecides && strings.HasPrefix(n.Action, "sts:"),
	}
	if n.Policy != nil {
		r.ResourcePolicy = &policy.Policy{Name: n.Resource, Document: n.Policy}
	}
	decision := policy.Evaluate(&r)
	if decision.Allowed() {
		return nil
	}
	if n.Denied != nil {
		return n.Denied
	}
	return z.service.protocol.denied(decision.Denial(&r, n.Sent))
}

// load reads the caller's policies and tags, and what of the request conditions may look at.
func (z *authorizer) load(c *op.Call) error {
	grants, err := z.server.directory.Grants(c.Tx, c.Principal)
	if err != nil {
		return err
	}
	z.grants, z.loaded = grants, true
	session := c.Identity.Session
	if session != nil {
		if err := z.bound(c, session); err != nil {
			return err
		}
	}
	c.Principal.Tags = principalTags(grants.Tags, session)
	z.context = globalKeys(z.service, z.request, c)
	return nil
}

// bound reads the session's policies. One that names a policy which is gone is allowed nothing by it.
func (z *authorizer) bound(c *op.Call, session *op.Session) error {
	if session.Policy != nil {
		z.session = append(z.session, policy.Policy{Name: "session", Document: session.Policy})
	}
	for _, arn := range session.PolicyARNs {
		managed, err := z.server.directory.ManagedPolicy(c.Tx, arn)
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

// globalKeys returns the condition keys that hold for every action of a request. Those that the principal implies,
// policy knows itself. Source: the IAM User Guide, "AWS global condition context keys".
func globalKeys(svc *service, q *request, c *op.Call) policy.Context {
	region := c.Region
	if svc.Global {
		region = globalRegion
	}
	keys := policy.Context{
		policy.One("aws:SourceIp", sourceIP(q.RemoteAddr)),
		policy.One("aws:SecureTransport", strconv.FormatBool(q.TLS != nil)),
		policy.One("aws:RequestedRegion", region),
		policy.One("aws:CurrentTime", c.Wall.UTC().Format(time.RFC3339)),
		policy.One("aws:EpochTime", strconv.FormatInt(c.Wall.Unix(), 10)),
		policy.One("aws:ViaAWSService", "false"),
		policy.One("aws:PrincipalIsAWSService", "false"),
	}
	if agent, ok := header(q.Header, "User-Agent"); ok {
		keys = append(keys, policy.One("aws:UserAgent", agent))
	}
	if referer, ok := header(q.Header, "Referer"); ok {
		keys = append(keys, policy.One("aws:Referer", referer))
	}
	return append(keys, sessionKeys(c)...)
}

// sessionKeys returns the condition keys that temporary credentials imply. Long-term keys have none of them.
func sessionKeys(c *op.Call) policy.Context {
	s := c.Identity.Session
	if s == nil {
		return nil
	}
	keys := policy.Context{
		policy.One("aws:TokenIssueTime", s.Issued.Format(time.RFC3339)),
		policy.One("aws:MultiFactorAuthPresent", strconv.FormatBool(s.MFA)),
	}
	if s.MFA {
		age := int64(c.Wall.Sub(s.Issued) / time.Second)
		keys = append(keys, policy.One("aws:MultiFactorAuthAge", strconv.FormatInt(age, 10)))
	}
	if s.SourceIdentity != "" {
		keys = append(keys, policy.One("aws:SourceIdentity", s.SourceIdentity))
	}
	return keys
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
