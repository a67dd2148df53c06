package network

import (
	"fmt"
	"strings"
)

// From is where ways begin: an environment's subnets and security groups.
type From struct {
	Subnets []string
	Groups  []string
}

// Way is the way from one subnet to a service or a database.
type Way struct {
	Subnet string `json:"subnet"`
	Zone   string `json:"zone,omitempty"` // availability zone
	To     string `json:"to"`
	State  State  `json:"state"`
	By     string `json:"by,omitempty"`    // id of the endpoint or gateway that it goes over
	Hops   []Hop  `json:"hops"`            // in order, as far as the way goes
	Fault  *Fault `json:"fault,omitempty"` // of a closed way: the first hop that is missing
	Doubt  string `json:"doubt,omitempty"` // of an unknown way: what cannot be told from here
}

// State is whether a way leads there.
type State string

// The states of a way.
const (
	Open    State = "open"
	Closed  State = "closed"
	Unknown State = "unknown" // nothing that was seen closes it, and not all could be seen
)

// Hop is one thing on a way that lets it pass.
type Hop struct {
	At   string `json:"at"` // id, such as rtb-0123456789abcdef0
	Seen string `json:"seen"`
}

// Kind is what sort of hop is missing.
type Kind string

// The kinds of fault.
const (
	NoDNS      Kind = "dns"            // the VPC's DNS attributes
	NoRoute    Kind = "route"          // no route, a blackhole, or one that leads nowhere for tasks
	NoEndpoint Kind = "endpoint"       // an endpoint that is not ready, or not for these subnets
	NoName     Kind = "private-dns"    // an endpoint to which the service's own name does not lead
	NoGroup    Kind = "security-group" // no rule of a security group allows it
	NoACL      Kind = "acl"            // a network ACL refuses it
	NoPolicy   Kind = "policy"         // the endpoint's policy refuses what is asked
	NoZone     Kind = "private-zone"   // a private hosted zone with which the VPC is not associated has the name
)

// Fault is the first hop of a way that is missing.
type Fault struct {
	Kind Kind   `json:"kind"`
	At   string `json:"at"` // id of what has to change
	Seen string `json:"seen"`
	Mend Mend   `json:"mend"`
}

// Mend is what makes a fault go away: a command of the AWS CLI that can be typed as it stands.
type Mend struct {
	Text    string   `json:"text,omitempty"`
	Command []string `json:"command,omitempty"`
}

// walk goes from one subnet hop by hop. Each step of it reports whether to go on.
type walk struct {
	n    *Network
	all  From
	from *Subnet
	way  Way
	// masked says that the other end sees an address that is not the task's own, and not known.
	masked bool
}

// each walks from every subnet.
func (n *Network) each(from From, to string, steps func(*walk)) []Way {
	ways := make([]Way, 0, len(from.Subnets))
	for _, id := range from.Subnets {
		w := &walk{n: n, all: from, from: n.subnet(id), way: Way{Subnet: id, To: to, State: Open, Hops: []Hop{}}}
		if w.from == nil {
			w.unseen(PartSubnets, id)
		} else {
			w.way.Zone = w.from.Zone
			steps(w)
		}
		ways = append(ways, w.way)
	}
	return ways
}

// pass notes a hop that lets the way through.
func (w *walk) pass(at, format string, args ...any) bool {
	w.way.Hops = append(w.way.Hops, Hop{at, fmt.Sprintf(format, args...)})
	return true
}

// doubt notes what cannot be told, and goes on: what comes after may still close the way.
func (w *walk) doubt(format string, args ...any) bool {
	if w.way.State == Open {
		w.way.State, w.way.Doubt = Unknown, fmt.Sprintf(format, args...)
	}
	return true
}

// unseen is doubt about a part of the model.
func (w *walk) unseen(part Part, what string) bool {
	if why := w.n.Unseen[part]; why != "" {
		return w.doubt("%s was not seen: %s", what, why)
	}
	return w.doubt("%s was not found by ec2:%s", what, part)
}

// stop closes the way.
func (w *walk) stop(kind Kind, at string, mend Mend, format string, args ...any) bool {
	w.way.State, w.way.Doubt = Closed, ""
	w.way.Fault = &Fault{kind, at, fmt.Sprintf(format, args...), mend}
	return false
}

// resolver: names resolve only where the VPC's DNS support is on.
func (w *walk) resolver() bool {
	v := w.n.vpc(w.from.VPC)
	switch {
	case v == nil:
		return w.unseen(PartVPCs, "the DNS attributes of "+w.from.VPC)
	case !v.DNSSupport:
		return w.stop(NoDNS, v.ID, w.aws("turn the VPC's DNS support on", "modify-vpc-attribute", "--vpc-id", v.ID, "--enable-dns-support", "Value=true"),
			"enableDnsSupport of %s is off: no name resolves in it", v.ID)
	}
	return w.pass(v.ID, "DNS support is on")
}

// leave: the environment's own security groups let the packets out.
func (w *walk) leave(p peer, port uint16, to string) bool {
	groups := w.n.groups(w.all.Groups)
	if len(groups) < len(w.all.Groups) {
		return w.unseen(PartGroups, "the security groups "+strings.Join(w.all.Groups, ", "))
	}
	ids := strings.Join(w.all.Groups, ", ")
	switch w.n.allowed(egress(groups), p, port) {
	case all:
		return w.pass(ids, "lets TCP %d out to %s", port, to)
	case some:
		return w.doubt("%s lets TCP %d out to a part of the addresses of %s", ids, port, to)
	}
	return w.stop(NoGroup, w.all.Groups[0], w.openEgress(p, port), "no outbound rule of %s allows TCP %d to %s%s", ids, port, to, w.n.sixOnly(egress(groups), p, port))
}

// enter: the security groups of what is at the other end let the packets in.
func (w *walk) enter(ids []string, whose string, from peer, port uint16) bool {
	groups := w.n.groups(ids)
	if len(groups) < len(ids) || len(ids) == 0 {
		return w.unseen(PartGroups, "the security groups of "+whose)
	}
	switch w.n.allowed(ingress(groups), from, port) {
	case all:
		return w.pass(strings.Join(ids, ", "), "of %s lets TCP %d in", whose, port)
	case some:
		return w.doubt("%s of %s lets TCP %d in from a part of the addresses of %s", strings.Join(ids, ", "), whose, port, w.from.ID)
	}
	return w.stop(NoGroup, ids[0], w.openIngress(ids[0], from, port), "no inbound rule of %s, the security group of %s, allows TCP %d from %s%s",
		strings.Join(ids, ", "), whose, port, w.who(from), w.n.sixOnly(ingress(groups), from, port))
}

// self is the environment as the other end sees it.
func (w *walk) self() peer { return peer{addresses: block(w.from.CIDR), groups: w.all.Groups} }

// who names a peer.
func (w *walk) who(p peer) string {
	if len(p.groups) > 0 {
		return fmt.Sprintf("%s in %s (%s)", strings.Join(p.groups, ", "), w.from.ID, w.from.CIDR)
	}
	return joined(p.addresses)
}
