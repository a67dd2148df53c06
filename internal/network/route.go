package network

import (
	"net/netip"
	"strings"
)

// lookup is the route that packets to a block of addresses take: the one with the longest prefix that holds the whole block, or nil.
func (n *Network) lookup(t *RouteTable, to netip.Prefix) *Route {
	var best *Route
	longest := -1
	for i := range t.Routes {
		for _, p := range n.destinations(&t.Routes[i]) {
			if p.Bits() > longest && p.Bits() <= to.Bits() && p.Contains(to.Addr()) {
				best, longest = &t.Routes[i], p.Bits()
			}
		}
	}
	return best
}

// destinations are the addresses that a route is for.
func (n *Network) destinations(r *Route) []netip.Prefix {
	if r.PrefixList == "" {
		return block(r.To)
	}
	list, _ := n.list(r.PrefixList)
	return list
}

// partly reports whether a table has a route out of the VPC to some public addresses, without one to all: a service's may be among them.
func (t *RouteTable) partly() bool {
	for _, r := range t.Routes {
		public := r.PrefixList != "" || r.To.IsValid() && r.To.Addr().Is4() && !r.To.Addr().IsPrivate()
		if r.Via != "local" && !r.Blackhole && public && !strings.HasPrefix(r.Via, "vpce-") {
			return true
		}
	}
	return false
}

// leads names what a route leads to, from its id's prefix.
func (r *Route) leads() string {
	for _, k := range []struct{ prefix, name string }{
		{"tgw-", "a transit gateway"},
		{"pcx-", "a peering connection"},
		{"vgw-", "a virtual private gateway"},
		{"vpce-", "a firewall's endpoint"},
		{"eni-", "a network interface"},
		{"i-", "an instance"},
		{"lgw-", "a local gateway"},
		{"cagw-", "a carrier gateway"},
		{"eigw-", "an egress-only internet gateway"},
		{"arn:", "a core network"},
	} {
		if strings.HasPrefix(r.Via, k.prefix) {
			return k.name + " " + r.Via
		}
	}
	return r.Via
}

func (r *Route) nat() bool      { return strings.HasPrefix(r.Via, "nat-") }
func (r *Route) internet() bool { return strings.HasPrefix(r.Via, "igw-") }
