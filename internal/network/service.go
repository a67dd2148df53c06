package network

import (
	"net/netip"
	"slices"
	"strings"

	"aircon/policy"
)

// Service is an AWS service to which tasks need a way.
type Service struct {
	Name    string // for people: Secrets Manager
	Service string // of the endpoint's service name, after the region: secretsmanager
	Gateway bool   // the service has gateway endpoints as well, as Amazon S3
	// Asks are the requests that an endpoint's policy must allow. Only principal, action, resource and context of them count. Empty: its policy
	// is not looked at.
	Asks []*policy.Request
}

// https is the port of AWS's services.
const https = 443

// Needs are the services to which tasks of an environment of MWAA with private routing need a way, besides Secrets Manager
// (https://docs.aws.amazon.com/mwaa/latest/userguide/vpc-vpe-create-access.html).
func Needs() []Service {
	return []Service{
		{Name: "Amazon S3", Service: "s3", Gateway: true},
		{Name: "CloudWatch Logs", Service: "logs"},
		{Name: "CloudWatch", Service: "monitoring"},
		{Name: "Amazon SQS", Service: "sqs"},
		{Name: "AWS KMS", Service: "kms"},
	}
}

// The services that lookups need.
var (
	SecretsManager = Service{Name: "Secrets Manager", Service: "secretsmanager"}
	STS            = Service{Name: "STS", Service: "sts"}
)

// ToService judges the way from each subnet to a service. A service's own name leads to an interface endpoint with private DNS, and then there
// only; else by a gateway endpoint of the subnet's route table, or over its default route.
func (n *Network) ToService(from From, s Service) []Way {
	return n.each(from, s.Name, func(w *walk) {
		if !w.resolver() {
			return
		}
		if e := w.named(s); e != nil {
			w.byEndpoint(e, s)
			return
		}
		if w.n.Unseen[PartEndpoints] != "" {
			w.unseen(PartEndpoints, "the endpoints of "+w.from.VPC)
		}
		table := w.n.routes(w.from)
		if table == nil {
			w.unseen(PartRouteTables, "the route table of "+w.from.ID)
			return
		}
		if e, r := w.gateway(table, s); e != nil {
			w.byGateway(e, r, s)
			return
		}
		w.byDefault(table, s)
	})
}

// endpoints are the VPC's endpoints for a service, ready or not.
func (w *walk) endpoints(s Service) []*Endpoint {
	var found []*Endpoint
	for i := range w.n.Endpoints {
		if e := &w.n.Endpoints[i]; e.VPC == w.from.VPC && strings.HasSuffix(e.Service, "."+w.n.Region+"."+s.Service) {
			found = append(found, e)
		}
	}
	return found
}

// ready reports whether an endpoint is in service.
func (e *Endpoint) ready() bool { return strings.EqualFold(e.State, "available") }

// named is the interface endpoint to which the service's own name leads.
func (w *walk) named(s Service) *Endpoint {
	v := w.n.vpc(w.from.VPC)
	for _, e := range w.endpoints(s) {
		if !e.Gateway && e.ready() && e.PrivateDNS && (v == nil || v.DNSHostnames) {
			return e
		}
	}
	return nil
}

// byEndpoint goes to an interface endpoint: its name gives the addresses in all of its subnets, so each of them must answer.
func (w *walk) byEndpoint(e *Endpoint, s Service) {
	w.way.By = e.ID
	w.pass(e.ID, "has private DNS: the name of %s leads to it", s.Name)
	for _, id := range e.Subnets {
		subnet := w.n.subnet(id)
		if subnet == nil {
			w.unseen(PartSubnets, id)
			continue
		}
		if !w.leave(peer{addresses: block(subnet.CIDR), groups: e.Groups}, https, e.ID+" in "+id) || !w.cross(crossing(w.from, subnet, https)) {
			return
		}
	}
	_ = w.enter(e.Groups, e.ID, w.self(), https) && w.permitted(e, s)
}

// gateway is the gateway endpoint that a route table leads to, with its route.
func (w *walk) gateway(t *RouteTable, s Service) (*Endpoint, *Route) {
	for _, e := range w.endpoints(s) {
		if e.Gateway && e.ready() && slices.Contains(e.RouteTables, t.ID) {
			if r := find(t.Routes, func(r *Route) bool { return r.Via == e.ID }); r != nil {
				return e, r
			}
		}
	}
	return nil, nil
}

// byGateway goes to a gateway endpoint, whose addresses are those of its prefix list.
func (w *walk) byGateway(e *Endpoint, r *Route, s Service) {
	w.way.By = e.ID
	w.pass(e.ID, "is a route of %s to %s", w.n.routes(w.from).ID, s.Name)
	list, seen := w.n.list(r.PrefixList)
	list = slices.DeleteFunc(slices.Clone(list), func(p netip.Prefix) bool { return p.Addr().Is6() }) // tasks ask for the service by IPv4
	if !seen {
		w.unseen(PartPrefixLists, r.PrefixList)
		return
	}
	_ = w.leave(peer{addresses: list, list: r.PrefixList}, https, s.Name) && w.cross(outside(w.from, list, https)) && w.permitted(e, s)
}

// everything is an identity policy that allows all, so that only the endpoint's policy decides.
var everything = func() []policy.Policy {
	d, err := policy.Parse([]byte(`{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`))
	if err != nil {
		panic(err)
	}
	return []policy.Policy{{Name: "everything", Document: d}}
}()

// permitted: the endpoint's policy allows what is asked through it.
func (w *walk) permitted(e *Endpoint, s Service) bool {
	if e.Policy == nil || len(s.Asks) == 0 {
		return true
	}
	for _, ask := range s.Asks {
		q := *ask
		q.Identity, q.Boundary, q.Session, q.ResourcePolicy, q.Organisation, q.ResourceControl = everything, nil, nil, nil, nil, nil
		q.ResourcePolicyRequired = false
		q.Endpoint = &policy.Policy{Name: e.ID, Document: e.Policy.Document}
		q.Context = append(slices.Clip(ask.Context), policy.One("aws:SourceVpce", e.ID), policy.One("aws:SourceVpc", e.VPC))
		if d := policy.Evaluate(&q); !d.Allowed() {
			return w.stop(NoPolicy, e.ID, w.openPolicy(e, d, &q), "the policy of %s refuses: %s", e.ID, d.Denial(&q, ""))
		}
	}
	return w.pass(e.ID, "its policy allows %s", s.Asks[0].Action)
}
