package network

import (
	"net/netip"
	"strings"
	"testing"
)

// A way of IPv6 is none to what only has IPv4 addresses, and the fault says so; rules of the other family neither open nor close.
func TestFamilies(t *testing.T) {
	const everySix = "::/0"
	six := Place{Host: "six.example.internal", Port: 5432, Addresses: []netip.Prefix{cidr("2001:db8::7/128")}}
	for _, test := range []struct {
		name  string
		alter func(n *Network)
		to    string // secrets, database or six
		state State
		says  string
	}{
		{"a route for IPv6 alone", func(n *Network) {
			n.Endpoints = nil
			dropDefault(n, tableA)
			n.RouteTables[1].Routes = append(n.RouteTables[1].Routes, Route{To: cidr(everySix), Via: "eigw-1"})
		}, "secrets", Closed, tableA + " has a route out of the VPC for IPv6 alone, over an egress-only internet gateway eigw-1"},
		{"a route for IPv6 that is gone", func(n *Network) {
			n.Endpoints = nil
			dropDefault(n, tableA)
			n.RouteTables[1].Routes = append(n.RouteTables[1].Routes, Route{To: cidr(everySix), Via: "eigw-1", Blackhole: true})
		}, "secrets", Closed, tableA + " has no route out of the VPC"},
		{"routes of both families", func(n *Network) {
			n.Endpoints = nil
			n.RouteTables[1].Routes = append(n.RouteTables[1].Routes, Route{To: cidr(everySix), Via: "eigw-1"})
		}, "secrets", Open, ""},
		{
			"out by IPv6 alone", func(n *Network) { n.group(groupEnv).Egress = []GroupRule{{0, 65535, cidr(everySix), "", ""}} },
			"secrets", Closed, "what it allows for IPv6 does not count",
		},
		{
			"in by IPv6 alone", func(n *Network) { n.group(groupDB).Ingress = []GroupRule{{5432, 5432, cidr(everySix), "", ""}} },
			"database", Closed, "what it allows for IPv6 does not count",
		},
		{
			"in by IPv6 at another port", func(n *Network) { n.group(groupDB).Ingress = []GroupRule{{443, 443, cidr(everySix), "", ""}} },
			"database", Closed, "allows TCP 5432 from " + groupEnv + " in " + subnetA + " (10.0.1.0/24)",
		},
		{"in by both", func(n *Network) {
			n.group(groupDB).Ingress = append(n.group(groupDB).Ingress, GroupRule{5432, 5432, cidr(everySix), "", ""})
		}, "database", Open, ""},
		{"ACL that refuses IPv6", func(n *Network) { deny(n, 1, true, everySix, 0, 65535) }, "database", Open, ""},
		{"a host of IPv6 alone", func(*Network) {}, "six", Closed, "has IPv6 addresses alone (2001:db8::7/128), and " + subnetA + " has none"},
		{"a host of IPv6 alone, from a subnet that has some", func(n *Network) { n.Subnets[0].IPv6 = cidr("2001:db8:1::/64") }, "six", Unknown, "whether tasks get any"},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := healthy()
			test.alter(n)
			var w Way
			switch test.to {
			case "secrets":
				w = n.ToService(environment, secrets())[0]
			case "database":
				w = n.ToDatabase(environment, place)[0]
			case "six":
				w = n.ToDatabase(environment, six)[0]
			}
			said := w.Doubt
			if w.Fault != nil {
				said = w.Fault.Seen
			}
			if w.State != test.state || !strings.Contains(said, test.says) {
				t.Errorf("it is %s: %s", w.State, said)
			}
			if strings.Contains(test.name, "another port") && strings.Contains(said, "IPv6") {
				t.Errorf("a rule for another port is spoken of: %s", said)
			}
		})
	}
}

// TestHalvesOfBothFamilies splits blocks as their prefixes grow.
func TestHalvesOfBothFamilies(t *testing.T) {
	for block, want := range map[string][2]string{
		"10.0.0.0/8": {"10.0.0.0/9", "10.128.0.0/9"}, "2001:db8::/32": {"2001:db8::/33", "2001:db8:8000::/33"}, "::/0": {"::/1", "8000::/1"},
	} {
		low, high := halves(traffic{peer: cidr(block)})
		if low.peer.String() != want[0] || high.peer.String() != want[1] {
			t.Errorf("%s: %s and %s", block, low.peer, high.peer)
		}
	}
}

// TestZones: a name of a private hosted zone leads where the zone is associated, and a name that is public too leads everywhere.
func TestZones(t *testing.T) {
	away := Zone{ID: "Z1", Name: "corp.internal", Private: true}
	for _, test := range []struct {
		name  string
		host  string
		zones []Zone
		hide  bool
		fault string
	}{
		{"associated", "db.corp.internal", []Zone{{ID: "Z1", Name: "corp.internal", Private: true, VPCs: []string{vpcID}}}, false, ""},
		{"not associated", "DB.corp.internal.", []Zone{away}, false, "lies in the private hosted zone corp.internal (Z1), with which " + vpcID + " is not associated"},
		{"the zone's own name", "corp.internal", []Zone{away}, false, "Z1"},
		{"only alike", "db.mycorp.internal", []Zone{away}, false, ""},
		{"public as well", "db.corp.internal", []Zone{away, {ID: "Z2", Name: "internal"}}, false, ""},
		{"in a wider one that is associated", "db.corp.internal", []Zone{away, {ID: "Z2", Name: "internal", Private: true, VPCs: []string{vpcID}}}, false, ""},
		{"associated with another VPC", "db.corp.internal", []Zone{{ID: "Z1", Name: "corp.internal", Private: true, VPCs: []string{"vpc-2"}}}, false, "not associated"},
		{"the closest of two is named", "db.eu.corp.internal", []Zone{away, {ID: "Z3", Name: "eu.corp.internal", Private: true}}, false, "eu.corp.internal (Z3)"},
		{"unseen", "db.corp.internal", nil, true, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := healthy()
			n.Zones = test.zones
			if test.hide {
				n.Unseen = map[Part]string{PartZones: "AccessDenied"}
			}
			p := place
			p.Host = test.host
			w := n.ToDatabase(environment, p)[0]
			if test.fault == "" {
				if w.State != Open {
					t.Errorf("it is %s: %+v %s", w.State, w.Fault, w.Doubt)
				}
				return
			}
			if w.State != Closed || w.Fault.Kind != NoZone || !strings.Contains(w.Fault.Seen, test.fault) {
				t.Fatalf("it is %s: %+v", w.State, w.Fault)
			}
			if got := strings.Join(w.Fault.Mend.Command, " "); !strings.HasPrefix(got, "aws route53 associate-vpc-with-hosted-zone --hosted-zone-id Z") || !strings.HasSuffix(got, "--vpc VPCRegion=eu-west-1,VPCId="+vpcID) {
				t.Errorf("the mend is %s", got)
			}
		})
	}
}
