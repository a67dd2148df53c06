package network

import (
	"net/netip"
	"slices"
)

// everywhere is every IPv6 address.
var everywhere = netip.PrefixFrom(netip.IPv6Unspecified(), 0)

// noWayOut says that a table has no default route for IPv4, by which alone tasks ask for AWS's services: the names that its SDKs use have no IPv6
// addresses unless dual stack is asked for (https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html).
func (n *Network) noWayOut(t *RouteTable) string {
	if r := n.lookup(t, everywhere); r != nil && !r.Blackhole {
		return t.ID + " has a route out of the VPC for IPv6 alone, over " + r.leads() + ", and the service's name leads to IPv4 addresses"
	}
	return t.ID + " has no route out of the VPC"
}

// sixOnly says where rules would let a port through for IPv6, which does not count where the addresses are of IPv4.
func (n *Network) sixOnly(rules []GroupRule, p peer, port uint16) string {
	four := func(a netip.Prefix) bool { return a.Addr().Is4() }
	if !slices.ContainsFunc(p.addresses, four) || n.allowed(rules, peer{addresses: block(everywhere)}, port) == none {
		return ""
	}
	return "; what it allows for IPv6 does not count, as the way is one of IPv4"
}

// family: where a host has IPv6 addresses alone, the subnet must have some too.
func (w *walk) family(p Place) bool {
	six := func(a netip.Prefix) bool { return a.Addr().Is6() }
	if len(p.Addresses) == 0 || !slices.ContainsFunc(p.Addresses, six) || slices.ContainsFunc(p.Addresses, func(a netip.Prefix) bool { return !six(a) }) {
		return true
	}
	if !w.from.IPv6.IsValid() {
		return w.stop(NoRoute, w.from.ID, Mend{Text: "give " + p.Host + " an IPv4 address, or lead to it by a host that has one: a subnet without IPv6 addresses reaches no other"},
			"%s has IPv6 addresses alone (%s), and %s has none", p.Host, joined(p.Addresses), w.from.ID)
	}
	w.doubt("%s has IPv6 addresses alone (%s), and whether tasks get any in %s (%s) is not seen", p.Host, joined(p.Addresses), w.from.ID, w.from.IPv6)
	return false
}
