package network

import (
	"net/netip"
	"slices"
	"strings"
)

// Place is where a database is, as far as a way to it goes.
type Place struct {
	Host      string
	Port      uint16
	VPC       string         // "" where only the addresses are known
	Subnets   []string       // in which it may stand
	Groups    []string       // its security groups
	Addresses []netip.Prefix // of a database that is not RDS's
	Public    bool           // its name leads to a public address from outside of its VPC
}

// ToDatabase judges the way from each subnet to a database: every subnet in which it may stand must be reached.
func (n *Network) ToDatabase(from From, p Place) []Way {
	return n.each(from, p.Host, func(w *walk) {
		if !w.resolver() || !w.zone(p.Host) || !w.family(p) {
			return
		}
		table := n.routes(w.from)
		if table == nil {
			w.unseen(PartRouteTables, "the route table of "+w.from.ID)
			return
		}
		if p.Public && p.VPC != w.from.VPC {
			w.toPublic(table, p)
			return
		}
		for _, s := range n.standing(w, p) {
			if !w.toSubnet(table, s, p) {
				return
			}
		}
		if w.masked {
			return
		}
		if len(p.Groups) == 0 {
			w.doubt("what lets %s in is not seen: it is not RDS's", p.Host)
			return
		}
		w.enter(p.Groups, p.Host, w.asSeen(p), p.Port)
	})
}

// standing are the subnets in which a database may stand. Addresses outside of the model stand for themselves.
func (n *Network) standing(w *walk, p Place) []Subnet {
	var found []Subnet
	for _, id := range p.Subnets {
		if s := n.subnet(id); s != nil {
			found = append(found, *s)
		} else {
			w.unseen(PartSubnets, id)
		}
	}
	for _, a := range p.Addresses {
		in := find(n.Subnets, func(s *Subnet) bool { return s.VPC == w.from.VPC && s.CIDR.Contains(a.Addr()) })
		if in != nil {
			found = append(found, Subnet{ID: in.ID, VPC: in.VPC, Zone: in.Zone, CIDR: a})
		} else {
			found = append(found, Subnet{CIDR: a})
		}
	}
	return found
}

// toSubnet goes to one subnet in which the database may stand.
func (w *walk) toSubnet(t *RouteTable, s Subnet, p Place) bool {
	route := w.n.lookup(t, s.CIDR)
	switch {
	case w.translated(t, route, s.CIDR):
		return w.leave(peer{addresses: block(s.CIDR), groups: p.Groups}, p.Port, p.Host)
	case route == nil || route.Blackhole || route.internet() && s.CIDR.Addr().IsPrivate() || route.nat() && s.CIDR.Addr().IsPrivate():
		return w.noRouteTo(t, s, route, p)
	case route.Via == "local":
		w.pass(t.ID, "leads to %s inside of %s", s.CIDR, w.from.VPC)
	case route.nat():
		return w.overNAT(t, route, p.Port, p.Host, func(seen string) bool {
			return w.stop(NoRoute, t.ID, Mend{Text: "lead the default route of " + t.ID + " to a NAT gateway that is available"}, "there is no way to %s, %s", p.Host, seen)
		})
	default:
		w.pass(t.ID, "leads to %s over %s", s.CIDR, route.leads())
		w.doubt("%s leads to %s over %s, and what is behind it is not seen", t.ID, s.CIDR, route.leads())
	}
	legs := crossing(w.from, &s, p.Port)
	if s.ID == "" {
		legs = outside(w.from, block(s.CIDR), p.Port)
	}
	return w.leave(peer{addresses: block(s.CIDR), groups: p.Groups}, p.Port, p.Host) && w.cross(legs)
}

// translated tells, and doubts, a way over a NAT gateway on to another private network, which a private gateway leads to, and a public one
// by a route of its own subnet: what it is seen as there the model does not have.
func (w *walk) translated(t *RouteTable, route *Route, to netip.Prefix) bool {
	if route == nil || route.Blackhole || !route.nat() || !to.Addr().IsPrivate() {
		return false
	}
	onward := route
	g := w.n.nat(route.Via)
	if g != nil && g.Public {
		onward = nil
		if s := w.n.subnet(g.Subnet); s != nil {
			if table := w.n.routes(s); table != nil {
				onward = w.n.lookup(table, to)
			}
		}
	}
	if onward == nil || onward.Blackhole || onward.internet() {
		return false
	}
	w.masked = true
	w.pass(t.ID, "leads to %s over %s", to, route.Via)
	return w.doubt("%s leads to %s over %s, and what is behind it is not seen", t.ID, to, route.Via)
}

// noRouteTo stops the way where the subnet's routes do not lead to the database.
func (w *walk) noRouteTo(t *RouteTable, s Subnet, route *Route, p Place) bool {
	seen := "has no route to " + s.CIDR.String()
	switch {
	case route != nil && route.Blackhole:
		seen = "leads to " + s.CIDR.String() + " over " + route.Via + ", which is gone"
	case route != nil:
		seen = "leads to " + s.CIDR.String() + " over " + route.Via + ", which takes no private addresses"
	}
	where := p.Host
	if s.VPC != "" && s.VPC != w.from.VPC {
		where += " in " + s.VPC
		return w.stop(NoRoute, t.ID, w.aws("connect the two VPCs, accept the peering, and lead the route tables of both sides to it", "create-vpc-peering-connection", "--vpc-id", w.from.VPC, "--peer-vpc-id", s.VPC),
			"the environment is in %s and the database %s; %s %s", w.from.VPC, where, t.ID, seen)
	}
	return w.stop(NoRoute, t.ID, Mend{Text: "lead a route of " + t.ID + " to " + s.CIDR.String()}, "%s %s, where %s is", t.ID, seen, where)
}

// toPublic goes to the public address of a database in another VPC, which sees a NAT gateway's address.
func (w *walk) toPublic(t *RouteTable, p Place) {
	route := w.n.lookup(t, anywhere)
	lacking := func(seen string) bool {
		return w.stop(NoRoute, t.ID, w.newPeering(p), "%s has a public address from here, %s", p.Host, seen)
	}
	switch {
	case route == nil || route.Blackhole || route.internet():
		lacking("and the default route of " + t.ID + " does not lead to a NAT gateway")
	case !route.nat():
		w.doubt("the default route of %s leads to %s, and what is behind it is not seen", t.ID, route.leads())
		w.leave(peer{addresses: internet}, p.Port, p.Host)
	default:
		if !w.overNAT(t, route, p.Port, p.Host, lacking) {
			return
		}
		if g := w.n.nat(route.Via); g != nil && len(g.Addresses) > 0 {
			w.enter(p.Groups, p.Host, peer{addresses: w.addresses(g)}, p.Port)
		}
	}
}

func (w *walk) newPeering(p Place) Mend {
	return w.aws("connect the two VPCs, accept the peering, and lead the route tables of both sides to it", "create-vpc-peering-connection", "--vpc-id", w.from.VPC, "--peer-vpc-id", p.VPC)
}

// addresses are the public addresses of a NAT gateway, as what it reaches sees it.
func (w *walk) addresses(g *NAT) []netip.Prefix {
	var list []netip.Prefix
	for _, a := range g.Addresses {
		list = append(list, netip.PrefixFrom(a, a.BitLen()))
	}
	return list
}

// asSeen is the environment as the database's security groups see it: by group inside of the VPC, by address from outside, where a rule that
// names the group counts as well if the VPCs are peered, or share a transit gateway (VPC User Guide, security-group-rules.html).
func (w *walk) asSeen(p Place) peer {
	self := w.self()
	if p.VPC != w.from.VPC && !slices.ContainsFunc(w.n.routes(w.from).Routes, func(r Route) bool { return strings.HasPrefix(r.Via, "pcx-") || strings.HasPrefix(r.Via, "tgw-") }) {
		self.groups = nil
	}
	return self
}
