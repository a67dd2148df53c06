package network

import (
	"cmp"
	"net/netip"
	"slices"

	"aircon/policy"
)

// Network is what was seen of the VPCs around an environment. It is only read.
type Network struct {
	Region      string
	VPCs        []VPC
	Subnets     []Subnet
	RouteTables []RouteTable
	NATs        []NAT
	Endpoints   []Endpoint
	Groups      []SecurityGroup
	ACLs        []ACL
	PrefixLists []PrefixList
	Zones       []Zone
	// Unseen says of what could not be looked at why: the permission that lacks, for one. A way that depends on it is Unknown.
	Unseen map[Part]string
}

// Part is a part of the model that may have stayed unseen.
type Part string

// The parts, each named as the operation that tells of it.
const (
	PartVPCs        Part = "DescribeVpcAttribute"
	PartSubnets     Part = "DescribeSubnets"
	PartRouteTables Part = "DescribeRouteTables"
	PartNATs        Part = "DescribeNatGateways"
	PartEndpoints   Part = "DescribeVpcEndpoints"
	PartGroups      Part = "DescribeSecurityGroups"
	PartACLs        Part = "DescribeNetworkAcls"
	PartPrefixLists Part = "GetManagedPrefixListEntries"
	PartZones       Part = "ListHostedZones" // and ListHostedZonesByVPC, of Route 53
)

// Action is the permission by which a part is seen.
func (p Part) Action() string {
	if p == PartZones {
		return "route53:" + string(p)
	}
	return "ec2:" + string(p)
}

// VPC is a VPC's two DNS attributes.
type VPC struct {
	ID           string
	DNSSupport   bool // enableDnsSupport: Amazon's resolver answers
	DNSHostnames bool // enableDnsHostnames: private DNS of endpoints needs both
}

// Subnet is a part of a VPC in one availability zone.
type Subnet struct {
	ID, VPC, Zone string
	CIDR          netip.Prefix
	IPv6          netip.Prefix // zero: it has none
}

// RouteTable holds the routes of the subnets that are associated with it, or of all in the VPC that have none where it is the main one.
type RouteTable struct {
	ID, VPC string
	Main    bool
	Subnets []string
	Routes  []Route
}

// Route leads packets to some addresses on.
type Route struct {
	To         netip.Prefix // zero: PrefixList holds the addresses
	PrefixList string
	Via        string // local, or the id of what it leads to: nat-…, igw-…, tgw-…, pcx-…, vgw-…, vpce-…, eni-…
	Blackhole  bool   // what it leads to does not exist any more
}

// NAT is a NAT gateway.
type NAT struct {
	ID, Subnet, State string
	Public            bool         // false: a private one, which leads to other networks only
	Addresses         []netip.Addr // public ones
}

// Endpoint is a VPC endpoint.
type Endpoint struct {
	ID, VPC    string
	Service    string // such as com.amazonaws.eu-west-1.secretsmanager
	Gateway    bool   // a gateway endpoint; false: an interface endpoint
	State      string // available, pendingAcceptance, failed, …
	PrivateDNS bool
	Policy     *EndpointPolicy // nil: it allows everything
	Subnets    []string
	Groups     []string
	// RouteTables are those that a gateway endpoint is a route of.
	RouteTables []string
}

// SecurityGroup is a set of rules; what no rule allows does not pass.
type SecurityGroup struct {
	ID, VPC         string
	Ingress, Egress []GroupRule
}

// GroupRule allows TCP to or from one peer. Exactly one of Peer, Group and PrefixList is set.
type GroupRule struct {
	From, To   uint16 // ports; 0 to 65535 for all traffic
	Peer       netip.Prefix
	Group      string
	PrefixList string
}

// ACL is a network ACL: of its rules, by number, the first that fits decides.
type ACL struct {
	ID, VPC string
	Subnets []string
	Rules   []ACLRule
}

// ACLRule is a rule of a network ACL about TCP. Number 32767 is the last one, which refuses everything.
type ACLRule struct {
	Number   int
	Egress   bool
	Allow    bool
	Peer     netip.Prefix
	From, To uint16
}

// PrefixList is a named list of addresses.
type PrefixList struct {
	ID      string
	Entries []netip.Prefix
}

// EndpointPolicy is an endpoint's policy, with its text for whoever adds to it.
type EndpointPolicy struct {
	Text     string
	Document *policy.Document
}

// ReadEndpointPolicy reads the policy of an endpoint as DescribeVpcEndpoints tells it; "" is the one that allows everything.
func ReadEndpointPolicy(text string) (*EndpointPolicy, error) {
	if text == "" {
		return nil, nil
	}
	d, err := policy.Parse([]byte(text))
	if err != nil {
		return nil, err
	}
	return &EndpointPolicy{Text: text, Document: d}, nil
}

// find returns the first that fits, or nil.
func find[T any](all []T, fits func(*T) bool) *T {
	for i := range all {
		if fits(&all[i]) {
			return &all[i]
		}
	}
	return nil
}

func (n *Network) vpc(id string) *VPC { return find(n.VPCs, func(v *VPC) bool { return v.ID == id }) }

func (n *Network) subnet(id string) *Subnet {
	return find(n.Subnets, func(s *Subnet) bool { return s.ID == id })
}

func (n *Network) nat(id string) *NAT { return find(n.NATs, func(g *NAT) bool { return g.ID == id }) }

// Subnet returns a subnet by its id, or nil.
func (n *Network) Subnet(id string) *Subnet { return n.subnet(id) }

// Public reports whether a subnet's default route leads to an internet gateway.
func (n *Network) Public(s *Subnet) bool {
	t := n.routes(s)
	if t == nil {
		return false
	}
	r := n.lookup(t, anywhere)
	return r != nil && r.internet() && !r.Blackhole
}

// Knows reports whether subnets of a VPC were seen.
func (n *Network) Knows(vpc string) bool {
	return find(n.Subnets, func(s *Subnet) bool { return s.VPC == vpc }) != nil
}

// With returns the network together with another one of the same region, none of whose VPCs it knows.
func (n *Network) With(far *Network) *Network {
	return &Network{
		Region: n.Region, VPCs: slices.Concat(n.VPCs, far.VPCs), Subnets: slices.Concat(n.Subnets, far.Subnets),
		RouteTables: slices.Concat(n.RouteTables, far.RouteTables), NATs: slices.Concat(n.NATs, far.NATs),
		Endpoints: slices.Concat(n.Endpoints, far.Endpoints), Groups: slices.Concat(n.Groups, far.Groups),
		ACLs: slices.Concat(n.ACLs, far.ACLs), PrefixLists: slices.Concat(n.PrefixLists, far.PrefixLists), Unseen: n.Unseen, Zones: n.Zones,
	}
}

// acl is the network ACL of a subnet; each has exactly one.
func (n *Network) acl(s *Subnet) *ACL {
	return find(n.ACLs, func(a *ACL) bool { return slices.Contains(a.Subnets, s.ID) })
}

// routes is the route table of a subnet: the one associated with it, or else its VPC's main one.
func (n *Network) routes(s *Subnet) *RouteTable {
	if own := find(n.RouteTables, func(t *RouteTable) bool { return slices.Contains(t.Subnets, s.ID) }); own != nil {
		return own
	}
	return find(n.RouteTables, func(t *RouteTable) bool { return t.Main && t.VPC == s.VPC })
}

// groups are those of the ids that were seen.
func (n *Network) groups(ids []string) []SecurityGroup {
	var found []SecurityGroup
	for _, g := range n.Groups {
		if slices.Contains(ids, g.ID) {
			found = append(found, g)
		}
	}
	return found
}

// list returns the addresses of a prefix list; ok says whether it was seen.
func (n *Network) list(id string) (entries []netip.Prefix, ok bool) {
	l := find(n.PrefixLists, func(l *PrefixList) bool { return l.ID == id })
	if l == nil {
		return nil, false
	}
	return l.Entries, true
}

// ordered are a network ACL's rules of one direction, in the order in which they are tried.
func (a *ACL) ordered(egress bool) []ACLRule {
	var rules []ACLRule
	for _, r := range a.Rules {
		if r.Egress == egress {
			rules = append(rules, r)
		}
	}
	slices.SortFunc(rules, func(a, b ACLRule) int { return cmp.Compare(a.Number, b.Number) })
	return rules
}
