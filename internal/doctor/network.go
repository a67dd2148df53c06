package doctor

import (
	"context"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"aircon"
	"aircon/internal/network"
	"aircon/lookup"
	"aircon/policy"
)

// Network is what doctor asks of EC2 and RDS: reading only. What may not be read costs the answers that need it.
type Network interface {
	// Network reads the VPCs of some subnets: ec2:DescribeSubnets, ec2:DescribeVpcAttribute, ec2:DescribeRouteTables, ec2:DescribeNatGateways,
	// ec2:DescribeVpcEndpoints, ec2:DescribeSecurityGroups, ec2:DescribeNetworkAcls, ec2:GetManagedPrefixListEntries,
	// route53:ListHostedZones, route53:ListHostedZonesByVPC.
	Network(ctx context.Context, subnets []string) (*network.Network, error)
	// Database reads what RDS says of a host; nil where its name is not RDS's: rds:DescribeDBInstances, rds:DescribeDBClusters,
	// rds:DescribeDBClusterEndpoints, rds:DescribeDBParameters, rds:DescribeDBClusterParameters, rds:DescribeDBProxies,
	// rds:DescribeDBProxyEndpoints, rds:DescribeDBProxyTargets.
	Database(ctx context.Context, host string) (*network.Database, error)
}

// Surroundings are the network around an environment, as far as it was seen. The zero value has seen nothing.
type Surroundings struct {
	From  network.From
	Seen  *network.Network // nil: it was not
	Ways  []network.Way    // to the services that the environment needs
	hosts memo[*network.Database]
	vpcs  memo[*network.Network] // of databases
}

// seeNetwork looks at the network of an environment, where it has one and somebody can be asked. It returns what was not seen.
func (d *Doctor) seeNetwork(ctx context.Context, e *Environment) []Unchecked {
	e.Around.From = network.From{Subnets: e.MWAA.Subnets, Groups: e.MWAA.SecurityGroups}
	if d.Network == nil || len(e.MWAA.Subnets) == 0 {
		return nil
	}
	n, err := d.Network.Network(ctx, e.MWAA.Subnets)
	if err != nil {
		return []Unchecked{{What: "the environment's network", Why: unasked(err), Lacks: lacking(err)}}
	}
	e.Around.Seen = n
	var unseen []Unchecked
	for _, part := range slices.Sorted(maps.Keys(n.Unseen)) {
		u := Unchecked{What: "the environment's network, what " + part.Action() + " tells", Why: n.Unseen[part]}
		if strings.Contains(u.Why, "UnauthorizedOperation") || strings.Contains(u.Why, "AccessDenied") {
			u.Lacks = part.Action()
		}
		unseen = append(unseen, u)
	}
	return unseen
}

// unasked says in one line why nobody could be asked. Local AWS has no EC2, which is no alarm.
func unasked(err error) string {
	if code(err) == "NotAWS" {
		return "nothing answers for EC2 here, as with local AWS; it needs ec2:DescribeSubnets and others"
	}
	return why(err)
}

// seeWays judges the ways to the services that the environment needs. Its settings must be known.
func (e *Environment) seeWays() {
	if e.Around.Seen == nil {
		return
	}
	for _, s := range e.services() {
		e.Around.Ways = append(e.Around.Ways, e.Around.Seen.ToService(e.Around.From, s)...)
	}
}

// through are the condition keys that a request for a secret has where each of the environment's subnets reaches Secrets Manager by the same
// endpoint: policies that ask for it would seem to refuse otherwise.
func (s *Surroundings) through() []policy.Key {
	ways := s.to(network.SecretsManager.Name)
	if !settled(ways) || !strings.HasPrefix(ways[0].By, "vpce-") || slices.ContainsFunc(ways, func(w network.Way) bool { return w.By != ways[0].By }) {
		return nil
	}
	return []policy.Key{policy.One("aws:SourceVpce", ways[0].By), policy.One("aws:SourceVpc", s.Seen.Subnet(ways[0].Subnet).VPC)}
}

// services are those to which the environment needs a way: Secrets Manager where the backend asks it, STS where it assumes a role first.
func (e *Environment) services() []network.Service {
	var needed []network.Service
	if b := e.Settings.Backend; b != nil {
		secrets := network.SecretsManager
		secrets.Asks = e.asks()
		needed = append(needed, secrets)
		if client, err := b.Client(); err == nil && client.RoleARN != "" {
			needed = append(needed, network.STS)
		}
	}
	return append(needed, network.Needs()...)
}

// asks are the reads that the policy of an endpoint for Secrets Manager must allow.
func (e *Environment) asks() []*policy.Request {
	if e.Role == nil {
		return nil
	}
	var asks []*policy.Request
	for _, id := range e.ids() {
		for _, name := range e.Settings.Backend.Names(lookup.Connection, id, "").Asked {
			asks = append(asks, e.Role.request("secretsmanager:GetSecretValue", e.secretARN(name)+suffix, nil))
		}
	}
	return asks
}

// seeDatabase looks up what RDS knows of the host that a connection names, and judges the ways to it.
func (d *Doctor) seeDatabase(ctx context.Context, p *Patient) {
	conn, ok := p.connection()
	host := conn.Host.String()
	if !ok || d.Network == nil || host == "" || p.garbled() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, d.limit())
	defer cancel()
	database, err := p.Env.Around.hosts.get(host, func() (*network.Database, error) { return d.Network.Database(ctx, host) })
	if err != nil {
		p.Unchecked = append(p.Unchecked, Unchecked{What: "what RDS says of " + host, Why: why(err), Lacks: lacking(err)})
		return
	}
	p.Database = database
	if database != nil {
		for operation, reason := range database.Unseen {
			p.Unchecked = append(p.Unchecked, Unchecked{What: "what rds:" + operation + " tells of " + host, Why: reason})
		}
	}
	if p.Env.Around.Seen == nil {
		return
	}
	if place, known := p.stands(conn); known {
		p.Ways = d.surrounding(ctx, p.Env, place).ToDatabase(p.Env.Around.From, place)
	}
}

// surrounding is the environment's network together with that of a database in another VPC of its region.
func (d *Doctor) surrounding(ctx context.Context, e *Environment, p network.Place) *network.Network {
	n := e.Around.Seen
	if p.VPC == "" || n.Knows(p.VPC) || len(p.Subnets) == 0 {
		return n
	}
	far, err := e.Around.vpcs.get(p.VPC, func() (*network.Network, error) { return d.Network.Network(ctx, p.Subnets) })
	if err != nil {
		return n // what is there stays unseen, and the ways unknown
	}
	return n.With(far)
}

// stands says where the database of a connection is: as RDS says, or at the addresses that its host has.
func (p *Patient) stands(conn aircon.Connection) (network.Place, bool) {
	port, err := strconv.ParseUint(conn.Port.String(), 10, 16)
	if err != nil {
		port = 5432
	}
	if p.Database != nil {
		place := p.Database.Place
		place.Port = uint16(port)
		return place, place.VPC != ""
	}
	place := network.Place{Host: conn.Host.String(), Port: uint16(port)}
	for _, text := range p.addresses(place.Host) {
		if a, err := netip.ParseAddr(text); err == nil && !a.IsLoopback() && !a.IsLinkLocalUnicast() {
			place.Addresses = append(place.Addresses, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	four := func(a netip.Prefix) bool { return a.Addr().Is4() }
	if slices.ContainsFunc(place.Addresses, four) { // which tasks have, and so take
		place.Addresses = slices.DeleteFunc(place.Addresses, func(a netip.Prefix) bool { return !four(a) })
	}
	return place, len(place.Addresses) > 0 || p.Env.Around.Seen.ZoneOf(place.Host)
}

// addresses are those of a host: itself, or what this machine resolved it to when it opened the connection.
func (p *Patient) addresses(host string) []string {
	if p.Probe == nil || len(p.Probe.Report.Addresses) == 0 {
		return []string{host}
	}
	var found []string
	for _, a := range p.Probe.Report.Addresses {
		if at, err := netip.ParseAddrPort(a); err == nil {
			found = append(found, at.Addr().String())
		}
	}
	return found
}

// inside adds to the network's step what is known of it from inside of the environment.
func (p *Patient) inside(steps []Step) []Step {
	if !settled(p.Ways) {
		return steps
	}
	i := slices.IndexFunc(steps, func(s Step) bool { return s.Arrow == ArrowNetwork })
	seen := "a way leads there from " + joinedOrigins(p.Ways)
	if s := &steps[i]; s.State == StateUnchecked {
		*s = ok(ArrowNetwork, FromInside, "%s", seen)
	} else {
		s.Seen += "; " + seen
	}
	return steps
}

func joinedOrigins(ways []network.Way) string {
	var from []string
	for _, w := range ways {
		from = append(from, origin(w))
	}
	return strings.Join(from, " and ")
}

// settled reports whether the way from each subnet is open, so that the arrow is known from inside of the environment.
func settled(ways []network.Way) bool {
	return len(ways) > 0 && !slices.ContainsFunc(ways, func(w network.Way) bool { return w.State != network.Open })
}

// extraOf is one of a connection's extras, and null where there is none.
func extraOf(conn aircon.Connection, name string) aircon.Value {
	members, err := conn.Extra.Members()
	if err != nil {
		return aircon.Value{} // AC038 says it
	}
	i := slices.IndexFunc(members, func(m aircon.Member) bool { return strings.EqualFold(m.Key, name) })
	if i < 0 {
		return aircon.Value{}
	}
	return members[i].Value
}
