package network

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"aircon/policy"
)

// The network of the tests: two private subnets of an environment, a public one with a NAT gateway, two of a database, each way open by endpoint.
const (
	vpcID     = "vpc-00000000000000001"
	subnetA   = "subnet-0000000000000000a"
	subnetB   = "subnet-0000000000000000b"
	subnetPub = "subnet-000000000000000ff"
	subnetDB  = "subnet-000000000000000db"
	tableA    = "rtb-0000000000000000a"
	tableMain = "rtb-00000000000000000"
	tablePub  = "rtb-000000000000000ff"
	groupEnv  = "sg-000000000000000e1"
	groupEnd  = "sg-000000000000000e2"
	groupDB   = "sg-000000000000000db"
	aclAll    = "acl-00000000000000001"
	natID     = "nat-00000000000000001"
	endpoint  = "vpce-00000000000000001"
	gateway   = "vpce-00000000000000053"
	listS3    = "pl-00000000000000053"
	region    = "eu-west-1"
)

var environment = From{Subnets: []string{subnetA, subnetB}, Groups: []string{groupEnv}}

var place = Place{Host: "db.example.internal", Port: 5432, VPC: vpcID, Subnets: []string{subnetDB}, Groups: []string{groupDB}}

func cidr(text string) netip.Prefix { return netip.MustParsePrefix(text) }

// healthy is a network in which all ways are open: by endpoint and, beside it, by NAT.
func healthy() *Network {
	local := Route{To: cidr("10.0.0.0/16"), Via: "local"}
	byNAT := Route{To: anywhere, Via: natID}
	out := []GroupRule{{To: 65535, Peer: anywhere}}
	return &Network{
		Region: region,
		VPCs:   []VPC{{vpcID, true, true}},
		Subnets: []Subnet{
			{subnetA, vpcID, "eu-west-1a", cidr("10.0.1.0/24"), netip.Prefix{}},
			{subnetB, vpcID, "eu-west-1b", cidr("10.0.2.0/24"), netip.Prefix{}},
			{subnetPub, vpcID, "eu-west-1a", cidr("10.0.9.0/24"), netip.Prefix{}},
			{subnetDB, vpcID, "eu-west-1b", cidr("10.0.20.0/24"), netip.Prefix{}},
		},
		RouteTables: []RouteTable{
			{ID: tableMain, VPC: vpcID, Main: true, Routes: []Route{local, byNAT}},
			{ID: tableA, VPC: vpcID, Subnets: []string{subnetA}, Routes: []Route{local, byNAT}},
			{ID: tablePub, VPC: vpcID, Subnets: []string{subnetPub}, Routes: []Route{local, {To: anywhere, Via: "igw-1"}}},
		},
		NATs: []NAT{{natID, subnetPub, "available", true, []netip.Addr{netip.MustParseAddr("203.0.113.7")}}},
		Endpoints: []Endpoint{{
			ID: endpoint, VPC: vpcID, Service: "com.amazonaws.eu-west-1.secretsmanager", State: "available", PrivateDNS: true,
			Subnets: []string{subnetA, subnetB}, Groups: []string{groupEnd},
		}},
		Groups: []SecurityGroup{
			{ID: groupEnv, VPC: vpcID, Egress: out, Ingress: []GroupRule{{To: 65535, Group: groupEnv}}},
			{ID: groupEnd, VPC: vpcID, Egress: out, Ingress: []GroupRule{{From: 443, To: 443, Group: groupEnv}}},
			{ID: groupDB, VPC: vpcID, Egress: out, Ingress: []GroupRule{{From: 5432, To: 5432, Group: groupEnv}}},
		},
		ACLs: []ACL{{ID: aclAll, VPC: vpcID, Subnets: []string{subnetA, subnetB, subnetPub, subnetDB}, Rules: []ACLRule{
			{100, false, true, anywhere, 0, 65535},
			{lastRule, false, false, anywhere, 0, 65535},
			{100, true, true, anywhere, 0, 65535},
			{lastRule, true, false, anywhere, 0, 65535},
		}}},
		PrefixLists: []PrefixList{{listS3, []netip.Prefix{cidr("52.92.0.0/17")}}},
	}
}

// asks is what the execution role asks through the endpoint.
func asks() []*policy.Request {
	const account = "123456789012"
	return []*policy.Request{{
		Principal: &policy.Principal{Kind: policy.RoleSession, ARN: "arn:aws:sts::" + account + ":assumed-role/run/s", Issuer: "arn:aws:iam::" + account + ":role/run", Account: account},
		Action:    "secretsmanager:GetSecretValue", Resource: "arn:aws:secretsmanager:eu-west-1:" + account + ":secret:airflow/connections/db-AbCdEf", Owner: account,
	}}
}

func secrets() Service {
	s := SecretsManager
	s.Asks = asks()
	return s
}

// without removes an endpoint, so that the NAT gateway is the only way.
func (n *Network) withoutEndpoints() *Network { n.Endpoints = nil; return n }

func (n *Network) route(table string) *Route {
	t := find(n.RouteTables, func(t *RouteTable) bool { return t.ID == table })
	return &t.Routes[len(t.Routes)-1]
}

func (n *Network) group(id string) *SecurityGroup {
	return find(n.Groups, func(g *SecurityGroup) bool { return g.ID == id })
}

func TestHealthyWaysAreOpen(t *testing.T) {
	byNAT := healthy().withoutEndpoints()
	for name, ways := range map[string][]Way{
		"by endpoint": healthy().ToService(environment, secrets()), "by NAT": byNAT.ToService(environment, secrets()), "database": healthy().ToDatabase(environment, place),
	} {
		for _, w := range ways {
			if w.State != Open || len(w.Hops) < 4 {
				t.Errorf("%s: from %s it is %s after %d hops: %v %s", name, w.Subnet, w.State, len(w.Hops), w.Fault, w.Doubt)
			}
		}
	}
}

// Each row breaks one hop of the healthy network. The fault names the hop, from the subnets that it concerns.
func TestTheFirstHopThatIsMissing(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(n *Network)
		to    string // secrets or database
		from  string // subnets without a way: A, B or AB
		kind  Kind
		says  string
	}{
		{"DNS support off", func(n *Network) { n.VPCs[0].DNSSupport = false }, "secrets", "AB", NoDNS, "enableDnsSupport"},
		{"DNS hostnames off without NAT", func(n *Network) { n.VPCs[0].DNSHostnames = false; dropDefault(n, tableMain, tableA) }, "secrets", "AB", NoDNS, "enableDnsHostnames"},
		{"no endpoint and no route", func(n *Network) { n.Endpoints = nil; dropDefault(n, tableMain, tableA) }, "secrets", "AB", NoRoute, "no route out of the VPC"},
		{"NAT in one zone only", func(n *Network) { n.Endpoints = nil; dropDefault(n, tableA) }, "secrets", "A", NoRoute, tableA + " has no route out"},
		{"blackhole", func(n *Network) { n.Endpoints = nil; n.route(tableA).Blackhole = true }, "secrets", "A", NoRoute, "which is gone"},
		{"public subnet", func(n *Network) { n.Endpoints = nil; n.route(tableA).Via = "igw-1" }, "secrets", "A", NoRoute, "no public address"},
		{"NAT failed", func(n *Network) { n.Endpoints = nil; n.NATs[0].State = "failed" }, "secrets", "AB", NoRoute, "is failed"},
		{"NAT in a private subnet", func(n *Network) { n.Endpoints = nil; dropDefault(n, tablePub) }, "secrets", "AB", NoRoute, "has no default route"},
		{"private DNS off", func(n *Network) { n.Endpoints[0].PrivateDNS = false; dropDefault(n, tableMain, tableA) }, "secrets", "AB", NoName, "private DNS off"},
		{"endpoint not accepted", func(n *Network) { n.Endpoints[0].State = "pendingAcceptance"; dropDefault(n, tableMain, tableA) }, "secrets", "AB", NoEndpoint, "pendingAcceptance"},
		{"endpoint's group", func(n *Network) { n.group(groupEnd).Ingress = nil }, "secrets", "AB", NoGroup, "inbound rule of " + groupEnd},
		{"endpoint's group, one zone", func(n *Network) { n.group(groupEnd).Ingress = []GroupRule{{443, 443, cidr("10.0.1.0/24"), "", ""}} }, "secrets", "B", NoGroup, "10.0.2.0/24"},
		{"another port", func(n *Network) { n.group(groupEnd).Ingress[0].From = 444; n.group(groupEnd).Ingress[0].To = 500 }, "secrets", "AB", NoGroup, "TCP 443"},
		{"environment's group", func(n *Network) { n.group(groupEnv).Egress = nil }, "secrets", "AB", NoGroup, "outbound rule of " + groupEnv},
		{"group open inside only, by NAT", func(n *Network) { n.Endpoints = nil; n.group(groupEnv).Egress[0].Peer = cidr("10.0.0.0/8") }, "secrets", "AB", NoGroup, "outbound rule"},
		{"ACL refuses what goes out", func(n *Network) { deny(n, 50, true, "10.0.2.0/24", 443, 443) }, "secrets", "A", NoACL, "TCP 443 out to 10.0.2.0/24"},
		{"ACL refuses answers", func(n *Network) { deny(n, 50, false, "0.0.0.0/0", 40000, 50000) }, "secrets", "AB", NoACL, "TCP 32768-60999 in from"},
		{"ACL refuses answers from the internet", func(n *Network) { n.Endpoints = nil; deny(n, 50, false, "0.0.0.0/0", 1024, 2000) }, "secrets", "AB", NoACL, "TCP 1024-65535 in from the internet"},
		{"endpoint policy allows nothing", func(n *Network) {
			n.Endpoints[0].Policy = mustPolicy(`{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:ListSecrets", "Resource": "*"}]}`)
		}, "secrets", "AB", NoPolicy, "no VPC endpoint policy allows"},
		{"endpoint policy denies", func(n *Network) {
			n.Endpoints[0].Policy = mustPolicy(`{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:Get*", "Resource": "*"}]}`)
		}, "secrets", "AB", NoPolicy, "explicit deny in a VPC endpoint policy"},
		{"endpoint policy for another role", func(n *Network) {
			n.Endpoints[0].Policy = mustPolicy(`{"Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/other"}, "Action": "*", "Resource": "*"}}`)
		}, "secrets", "AB", NoPolicy, "role/run"},
		{"database's group", func(n *Network) { n.group(groupDB).Ingress = nil }, "database", "AB", NoGroup, "inbound rule of " + groupDB},
		{"database's group, another port", func(n *Network) { n.group(groupDB).Ingress[0] = GroupRule{5433, 5433, netip.Prefix{}, groupEnv, ""} }, "database", "AB", NoGroup, "TCP 5432"},
		{"database's group, one zone", func(n *Network) { n.group(groupDB).Ingress = []GroupRule{{5432, 5432, cidr("10.0.1.0/24"), "", ""}} }, "database", "B", NoGroup, "10.0.2.0/24"},
		{"database's ACL", func(n *Network) { deny(n, 1, false, "10.0.1.0/24", 5432, 5432) }, "database", "A", NoACL, "TCP 5432 in from 10.0.1.0/24"},
		{"database in another VPC", func(n *Network) { n.Subnets[3].VPC, n.Subnets[3].CIDR = "vpc-2", cidr("172.31.0.0/20") }, "database", "AB", NoRoute, "the database db.example.internal in vpc-2"},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := healthy()
			test.spoil(n)
			ways := n.ToService(environment, secrets())
			if test.to == "database" {
				ways = n.ToDatabase(environment, place)
			}
			for i, letter := range []string{"A", "B"} {
				w := ways[i]
				switch closed := strings.Contains(test.from, letter); {
				case !closed && w.State != Open:
					t.Errorf("%s is %s: %+v", letter, w.State, w.Fault)
				case closed && w.State != Closed:
					t.Errorf("%s is %s: %s", letter, w.State, w.Doubt)
				case closed && (w.Fault.Kind != test.kind || !strings.Contains(w.Fault.Seen, test.says)):
					t.Errorf("%s: %s: %s", letter, w.Fault.Kind, w.Fault.Seen)
				}
			}
		})
	}
}

func mustPolicy(text string) *EndpointPolicy {
	p, err := ReadEndpointPolicy(text)
	if err != nil {
		panic(err)
	}
	return p
}

func dropDefault(n *Network, tables ...string) {
	for i := range n.RouteTables {
		if t := &n.RouteTables[i]; slices.Contains(tables, t.ID) {
			t.Routes = slices.DeleteFunc(t.Routes, func(r Route) bool { return r.To == anywhere })
		}
	}
}

func deny(n *Network, number int, out bool, peer string, from, to uint16) {
	n.ACLs[0].Rules = append(n.ACLs[0].Rules, ACLRule{number, out, false, cidr(peer), from, to})
}

// What leads out of the model, or was not seen, closes nothing.
func TestWhatIsNotSeenIsUnknown(t *testing.T) {
	for _, test := range []struct {
		name string
		hide func(n *Network)
		says string
	}{
		{"transit gateway", func(n *Network) { n.Endpoints = nil; n.route(tableA).Via = "tgw-1" }, "a transit gateway tgw-1"},
		{"firewall", func(n *Network) { n.Endpoints = nil; n.route(tableA).Via = "vpce-9" }, "a firewall's endpoint"},
		{"private NAT", func(n *Network) { n.Endpoints = nil; n.NATs[0].Public = false }, "private NAT gateway"},
		{"subnets", func(n *Network) { n.Subnets = nil; n.Unseen = map[Part]string{PartSubnets: "AccessDenied"} }, subnetA + " was not seen: AccessDenied"},
		{"endpoints", func(n *Network) {
			n.Endpoints = nil
			dropDefault(n, tableA)
			n.Unseen = map[Part]string{PartEndpoints: "AccessDenied"}
		}, "the endpoints of"},
		{"ACLs", func(n *Network) { n.ACLs = nil }, "was not found by ec2:DescribeNetworkAcls"},
		{"groups", func(n *Network) { n.Groups = nil }, "the security groups"},
		{"NAT gateways", func(n *Network) { n.Endpoints, n.NATs = nil, nil }, natID},
		{"a part of the internet", func(n *Network) { n.Endpoints = nil; n.group(groupEnv).Egress[0].Peer = cidr("52.0.0.0/8") }, "a part of the addresses"},
		{"routes to some public addresses", func(n *Network) { n.Endpoints = nil; n.route(tableA).To = cidr("52.0.0.0/8") }, "only routes to some public addresses"},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := healthy()
			test.hide(n)
			w := n.ToService(environment, secrets())[0]
			if w.State != Unknown || !strings.Contains(w.Doubt, test.says) {
				t.Errorf("%s: %s, fault %+v", w.State, w.Doubt, w.Fault)
			}
		})
	}
}

// An endpoint with private DNS takes the service's name, so that a NAT gateway beside it helps nothing; one without leaves the name to the NAT.
func TestPrivateDNSDecidesBetweenEndpointAndNAT(t *testing.T) {
	n := healthy()
	n.group(groupEnd).Ingress = nil
	if w := n.ToService(environment, secrets())[0]; w.State != Closed {
		t.Errorf("with private DNS it is %s", w.State)
	}
	n.Endpoints[0].PrivateDNS = false
	if w := n.ToService(environment, secrets())[0]; w.State != Open || w.Hops[1].At != tableA {
		t.Errorf("without private DNS it is %s over %v", w.State, w.Hops)
	}
}

func TestGatewayEndpoint(t *testing.T) {
	n := healthy()
	dropDefault(n, tableMain, tableA)
	s3 := Needs()[0]
	n.Endpoints = []Endpoint{{ID: gateway, VPC: vpcID, Service: "com.amazonaws.eu-west-1.s3", Gateway: true, State: "available", RouteTables: []string{tableA}}}
	n.RouteTables[1].Routes = append(n.RouteTables[1].Routes, Route{PrefixList: listS3, Via: gateway})
	ways := n.ToService(environment, s3)
	if ways[0].State != Open {
		t.Errorf("A: %+v", ways[0].Fault)
	}
	if f := ways[1].Fault; f == nil || f.Kind != NoEndpoint || !strings.Contains(strings.Join(f.Mend.Command, " "), "--add-route-table-ids "+tableMain) {
		t.Errorf("B: %+v", f)
	}
	n.group(groupEnv).Egress = []GroupRule{{443, 443, netip.Prefix{}, "", listS3}}
	if w := n.ToService(environment, s3)[0]; w.State != Open {
		t.Errorf("a rule that names the prefix list: %+v", w.Fault)
	}
}

// A database behind a transit gateway or a NAT gateway's further route may be reached: what lets it in is not told from the task's own address.
func TestPrivateDatabaseBehindWhatIsNotSeen(t *testing.T) {
	const far = "subnet-0000000000000000f"
	for _, test := range []struct {
		name  string
		lead  func(n *Network)
		rule  GroupRule
		state State
	}{
		{"a transit gateway, by group", func(n *Network) { n.route(tableA).Via = "tgw-1" }, GroupRule{From: 5432, To: 5432, Group: groupEnv}, Unknown},
		{"a transit gateway, let in by nothing", func(n *Network) { n.route(tableA).Via = "tgw-1" }, GroupRule{From: 5432, To: 5432, Peer: cidr("192.0.2.0/24")}, Closed},
		{"a peering, by group", func(n *Network) { n.route(tableA).Via = "pcx-1" }, GroupRule{From: 5432, To: 5432, Group: groupEnv}, Unknown},
		{"a private NAT gateway", func(n *Network) { n.NATs[0].Public = false }, GroupRule{From: 5432, To: 5432, Peer: cidr("10.7.0.0/24")}, Unknown},
		{"a NAT gateway whose subnet leads on", func(n *Network) { n.route(tablePub).Via = "tgw-1" }, GroupRule{From: 5432, To: 5432, Peer: cidr("10.7.0.0/24")}, Unknown},
		{"a NAT gateway to the internet", func(*Network) {}, GroupRule{From: 5432, To: 5432, Group: groupEnv}, Closed},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := healthy()
			n.Subnets = append(n.Subnets, Subnet{far, "vpc-2", "eu-west-1a", cidr("10.99.0.0/24"), netip.Prefix{}})
			n.group(groupDB).Ingress = []GroupRule{test.rule}
			test.lead(n)
			w := n.ToDatabase(environment, Place{Host: "far", Port: 5432, VPC: "vpc-2", Subnets: []string{far}, Groups: []string{groupDB}})[0]
			if w.State != test.state {
				t.Errorf("%s: %s, fault %+v", w.State, w.Doubt, w.Fault)
			}
		})
	}
}

func TestPublicDatabaseInAnotherVPC(t *testing.T) {
	far := Place{Host: "far", Port: 5432, VPC: "vpc-2", Groups: []string{groupDB}, Public: true}
	n := healthy()
	w := n.ToDatabase(environment, far)[0]
	if w.State != Closed || !strings.Contains(w.Fault.Seen, "203.0.113.7/32") {
		t.Errorf("%s: %+v", w.State, w.Fault)
	}
	n.group(groupDB).Ingress = []GroupRule{{5432, 5432, cidr("203.0.113.7/32"), "", ""}}
	if w := n.ToDatabase(environment, far)[0]; w.State != Open {
		t.Errorf("%s: %+v", w.State, w.Fault)
	}
}

func TestParseHost(t *testing.T) {
	for host, want := range map[string]Host{
		"db.c1abc.eu-west-1.rds.amazonaws.com":                   {Role: Instance, ID: "db", Region: "eu-west-1"},
		"DW.cluster-c1abc.us-east-1.rds.amazonaws.com":           {Role: Writer, ID: "dw", Region: "us-east-1"},
		"dw.cluster-ro-c1abc.us-east-1.rds.amazonaws.com":        {Role: Reader, ID: "dw", Region: "us-east-1"},
		"etl.cluster-custom-c1abc.us-east-1.rds.amazonaws.com":   {Role: Custom, ID: "etl", Region: "us-east-1"},
		"pool.proxy-c1abc.eu-west-1.rds.amazonaws.com":           {Role: Proxy, ID: "pool", Region: "eu-west-1"},
		"reads.endpoint.proxy-c1abc.eu-west-1.rds.amazonaws.com": {Role: Proxy, ID: "reads", Region: "eu-west-1", Further: true},
		"db.c1abc.rds.cn-north-1.amazonaws.com.cn":               {Role: Instance, ID: "db", Region: "cn-north-1"},
		"db.example.internal":                                    {},
		"rds.amazonaws.com":                                      {},
		"world.global-c1abc.global.rds.amazonaws.com":            {Role: Global, ID: "world", Region: "global"},
		"..rds.amazonaws.com":                                    {},
	} {
		if got, ok := ParseHost(host); got != want || ok != (want != Host{}) {
			t.Errorf("%s: %+v, %v", host, got, ok)
		}
	}
}

// Each side of a crossing has a network ACL of its own, which sees what comes and what goes.
func TestEachSideHasItsACL(t *testing.T) {
	allow := []ACLRule{{100, false, true, anywhere, 0, 65535}, {100, true, true, anywhere, 0, 65535}}
	for _, test := range []struct {
		says string
		rule ACLRule
	}{
		{"TCP 32768-60999 out to 10.0.1.0/24", ACLRule{90, true, false, cidr("10.0.0.0/16"), 1024, 65535}},
		{"TCP 5432 in from 10.0.1.0/24", ACLRule{90, false, false, cidr("10.0.0.0/16"), 5432, 5432}},
	} {
		n := healthy()
		n.ACLs[0].Subnets = []string{subnetA, subnetB, subnetPub}
		n.ACLs = append(n.ACLs, ACL{"acl-db", vpcID, []string{subnetDB}, append([]ACLRule{test.rule}, allow...)})
		w := n.ToDatabase(environment, place)[0]
		if w.State != Closed || w.Fault.At != "acl-db" || !strings.Contains(w.Fault.Seen, test.says) {
			t.Errorf("%s: %+v", w.State, w.Fault)
		}
	}
}

// A rule that names a prefix list which was not seen may allow it.
func TestUnreadPrefixListIsUnknown(t *testing.T) {
	n := healthy()
	n.group(groupEnv).Egress = []GroupRule{{443, 443, netip.Prefix{}, "", "pl-unread"}}
	if w := n.ToService(environment, secrets())[0]; w.State != Unknown {
		t.Errorf("%s: %+v", w.State, w.Fault)
	}
}

// A subnet without a table of its own has the main one of its VPC, wherever that stands in the list.
func TestMainRouteTable(t *testing.T) {
	n := healthy().withoutEndpoints()
	n.RouteTables = append([]RouteTable{{ID: "rtb-idle", VPC: vpcID}, {ID: "rtb-far", VPC: "vpc-far", Main: true}}, n.RouteTables...)
	if w := n.ToService(environment, secrets())[1]; w.State != Open || w.Hops[1].At != tableMain {
		t.Errorf("%s over %v", w.State, w.Hops)
	}
}

// An endpoint takes one subnet of each availability zone.
func TestEndpointInEachZone(t *testing.T) {
	n := healthy().withoutEndpoints()
	dropDefault(n, tableMain, tableA)
	from := From{Subnets: []string{subnetA, subnetPub, subnetB}, Groups: environment.Groups}
	command := strings.Join(n.ToService(from, secrets())[0].Fault.Mend.Command, " ")
	if !strings.HasSuffix(command, "--subnet-ids "+subnetA+" "+subnetB) {
		t.Error(command)
	}
}

func FuzzParseHost(f *testing.F) {
	for _, host := range []string{"db.c1abc.eu-west-1.rds.amazonaws.com", "r.endpoint.proxy-c1.eu-west-1.rds.amazonaws.com", "db.c1.rds.cn-north-1.amazonaws.com.cn", "", "."} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		h, ok := ParseHost(host)
		if ok != (h != Host{}) || ok && (h.ID == "" || h.Region == "" || h.Role == "" || !strings.HasPrefix(strings.ToLower(host), h.ID)) {
			t.Errorf("%q: %+v, %t", host, h, ok)
		}
	})
}
