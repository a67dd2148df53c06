package network

import "strings"

// byDefault goes over the subnet's default route to a service's public addresses. Where there is no way, an endpoint is the mend.
func (w *walk) byDefault(t *RouteTable, s Service) {
	route := w.n.lookup(t, anywhere)
	switch {
	case w.way.State == Unknown && route == nil:
	case route == nil && t.partly():
		w.doubt("%s has no default route, only routes to some public addresses", t.ID)
	case route == nil:
		w.lacking(t, s, "and "+w.n.noWayOut(t))
	case route.Blackhole:
		w.lacking(t, s, "and the default route of "+t.ID+" leads to "+route.Via+", which is gone")
	case route.internet():
		w.lacking(t, s, "and the default route of "+t.ID+" leads to "+route.Via+": tasks have no public address, so an internet gateway takes nothing of theirs")
	case route.nat():
		_ = w.overNAT(t, route, https, s.Name, func(seen string) bool { return w.lacking(t, s, seen) })
	default:
		w.doubt("the default route of %s leads to %s, and what is behind it is not seen", t.ID, route.leads())
		_ = w.leave(peer{addresses: internet}, https, s.Name)
	}
}

// overNAT goes over a NAT gateway to the internet. lacking is what stops the way where the gateway does not serve.
func (w *walk) overNAT(t *RouteTable, route *Route, port uint16, to string, lacking func(string) bool) bool {
	w.way.By = route.Via
	w.pass(t.ID, "its default route leads to %s", route.Via)
	gateway := w.n.nat(route.Via)
	switch {
	case gateway == nil:
		w.unseen(PartNATs, route.Via)
		return w.leave(peer{addresses: internet}, port, to)
	case gateway.State != "available":
		return lacking("and " + route.Via + " in the default route of " + t.ID + " is " + gateway.State)
	case !gateway.Public:
		w.doubt("%s is a private NAT gateway, and what is behind it is not seen", gateway.ID)
		return w.leave(peer{addresses: internet}, port, to)
	}
	return w.leave(peer{addresses: internet}, port, to) && w.behind(gateway, lacking) && w.cross(w.natLegs(gateway, port))
}

// behind: the NAT gateway's own subnet leads to an internet gateway.
func (w *walk) behind(g *NAT, lacking func(string) bool) bool {
	subnet := w.n.subnet(g.Subnet)
	if subnet == nil {
		return w.unseen(PartSubnets, g.Subnet+" of "+g.ID)
	}
	table := w.n.routes(subnet)
	if table == nil {
		return w.unseen(PartRouteTables, "the route table of "+subnet.ID)
	}
	route := w.n.lookup(table, anywhere)
	switch {
	case route == nil:
		return lacking("and " + g.ID + " stands in " + subnet.ID + ", whose route table " + table.ID + " has no default route")
	case route.Blackhole:
		return lacking("and " + g.ID + " stands in " + subnet.ID + ", whose default route leads to " + route.Via + ", which is gone")
	case route.nat():
		return lacking("and " + g.ID + " stands in " + subnet.ID + ", whose default route leads to " + route.Via + " and not to an internet gateway")
	case !route.internet():
		return w.doubt("the default route of %s leads to %s, and what is behind it is not seen", table.ID, route.leads())
	}
	return w.pass(g.ID, "is available in %s, whose route table %s leads to %s", subnet.ID, table.ID, route.Via)
}

// natLegs are the crossings to the internet and back: the task's own, and those of the NAT gateway's subnet.
func (w *walk) natLegs(g *NAT, port uint16) []leg {
	legs := outside(w.from, internet, port)
	subnet := w.n.subnet(g.Subnet)
	if subnet == nil || subnet.ID == w.from.ID {
		return legs
	}
	return append(legs,
		leg{subnet, false, block(w.from.CIDR), one(port)}, leg{subnet, true, internet, one(port)},
		leg{subnet, false, internet, natPorts}, leg{subnet, true, block(w.from.CIDR), taskPorts})
}

// lacking stops the way to a service where neither an endpoint nor a route serves, with the mend that costs least: what is there already.
func (w *walk) lacking(t *RouteTable, s Service, seen string) bool {
	if w.way.State == Unknown {
		return false // an endpoint may be there, unseen
	}
	v := w.n.vpc(w.from.VPC)
	if v != nil && !v.DNSHostnames && !s.Gateway {
		return w.stop(NoDNS, v.ID, w.aws("turn the VPC's DNS hostnames on, which the private DNS of an endpoint needs",
			"modify-vpc-attribute", "--vpc-id", v.ID, "--enable-dns-hostnames", "Value=true"),
			"enableDnsHostnames of %s is off, so that no endpoint takes the name of %s, %s", v.ID, s.Name, seen)
	}
	for _, e := range w.endpoints(s) {
		switch {
		case e.Gateway && e.ready():
			return w.stop(NoEndpoint, e.ID, w.aws("let the endpoint serve this subnet's route table", "modify-vpc-endpoint", "--vpc-endpoint-id", e.ID, "--add-route-table-ids", t.ID),
				"the gateway endpoint %s is no route of %s, %s", e.ID, t.ID, seen)
		case !e.Gateway && e.ready():
			return w.stop(NoName, e.ID, w.aws("turn the endpoint's private DNS on", "modify-vpc-endpoint", "--vpc-endpoint-id", e.ID, "--private-dns-enabled"),
				"%s has private DNS off, so that the name of %s does not lead to it, %s", e.ID, s.Name, seen)
		case strings.HasPrefix(strings.ToLower(e.State), "pending"):
			return w.stop(NoEndpoint, e.ID, w.aws("wait until the endpoint is available", "describe-vpc-endpoints", "--vpc-endpoint-ids", e.ID), "%s for %s is %s, %s", e.ID, s.Name, e.State, seen)
		}
	}
	if other := w.servingNAT(t); other != nil {
		return w.stop(NoRoute, t.ID, w.routeTo(t, other), "there is no endpoint for %s in %s, %s", s.Name, w.from.VPC, seen)
	}
	return w.stop(NoRoute, t.ID, w.newEndpoint(s, t), "there is no endpoint for %s in %s, %s", s.Name, w.from.VPC, seen)
}

// servingNAT is a NAT gateway to which the default route of another table of the VPC leads and that serves it: what the mend of this table may
// lead to as well.
func (w *walk) servingNAT(t *RouteTable) *NAT {
	for i := range w.n.RouteTables {
		other := &w.n.RouteTables[i]
		if other.VPC != t.VPC || other.ID == t.ID {
			continue
		}
		route := w.n.lookup(other, anywhere)
		if route == nil || route.Blackhole || !route.nat() {
			continue
		}
		trial := &walk{n: w.n, all: w.all, from: w.from, way: Way{State: Open}}
		g := w.n.nat(route.Via)
		if g != nil && g.State == "available" && g.Public && trial.behind(g, func(string) bool { return false }) && trial.way.State == Open && g.Subnet != w.from.ID {
			return g
		}
	}
	return nil
}
