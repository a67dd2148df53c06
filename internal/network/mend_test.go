package network

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// command is a printed command of the AWS CLI.
type command struct {
	operation string
	options   map[string][]string
}

func parseCommand(words []string) (c command, err error) {
	if len(words) < 3 || words[0] != "aws" || words[1] != "ec2" {
		return c, fmt.Errorf("not a command of EC2: %q", words)
	}
	c = command{words[2], map[string][]string{}}
	last := ""
	for _, word := range words[3:] {
		if name, is := strings.CutPrefix(word, "--"); is {
			last = name
			c.options[last] = []string{}
		} else {
			c.options[last] = append(c.options[last], word)
		}
	}
	return c, nil
}

func (c command) get(name string) string { return strings.Join(c.options[name], " ") }
func (c command) has(name string) bool   { return c.options[name] != nil }

// carryOut does to the model what a command does to AWS.
func (n *Network) carryOut(words []string) error {
	c, err := parseCommand(words)
	if err != nil {
		return err
	}
	if c.get("region") != n.Region {
		return fmt.Errorf("the region is %q", c.get("region"))
	}
	do, known := operations[c.operation]
	if !known {
		return fmt.Errorf("unknown operation %s", c.operation)
	}
	return do(n, c)
}

var operations = map[string]func(*Network, command) error{
	"modify-vpc-attribute": func(n *Network, c command) error {
		v := n.vpc(c.get("vpc-id"))
		v.DNSSupport = v.DNSSupport || c.get("enable-dns-support") == "Value=true"
		v.DNSHostnames = v.DNSHostnames || c.get("enable-dns-hostnames") == "Value=true"
		return nil
	},
	"authorize-security-group-egress": func(n *Network, c command) error {
		rules, err := groupRules(c.get("ip-permissions"))
		g := n.group(c.get("group-id"))
		g.Egress = append(slices.Clip(g.Egress), rules...)
		return err
	},
	"authorize-security-group-ingress": func(n *Network, c command) error {
		rules, err := groupRules(c.get("ip-permissions"))
		g := n.group(c.get("group-id"))
		g.Ingress = append(slices.Clip(g.Ingress), rules...)
		return err
	},
	"create-network-acl-entry": func(n *Network, c command) error {
		a := find(n.ACLs, func(a *ACL) bool { return a.ID == c.get("network-acl-id") })
		r := ACLRule{Egress: c.has("egress"), Allow: c.get("rule-action") == "allow"}
		if _, err := fmt.Sscanf(c.get("port-range"), "From=%d,To=%d", &r.From, &r.To); err != nil {
			return err
		}
		var err error
		if r.Number, err = strconv.Atoi(c.get("rule-number")); err != nil || r.Number < 1 || r.Number >= lastRule {
			return fmt.Errorf("rule number %q", c.get("rule-number"))
		}
		if slices.ContainsFunc(a.Rules, func(o ACLRule) bool { return o.Number == r.Number && o.Egress == r.Egress }) {
			return fmt.Errorf("NetworkAclEntryAlreadyExists: %d", r.Number)
		}
		r.Peer, err = netip.ParsePrefix(c.get("cidr-block"))
		a.Rules = append(slices.Clip(a.Rules), r)
		return err
	},
	"delete-network-acl-entry": func(n *Network, c command) error {
		a := find(n.ACLs, func(a *ACL) bool { return a.ID == c.get("network-acl-id") })
		before := len(a.Rules)
		a.Rules = slices.DeleteFunc(slices.Clone(a.Rules), func(r ACLRule) bool {
			return strconv.Itoa(r.Number) == c.get("rule-number") && r.Egress == c.has("egress") && r.Number != lastRule
		})
		if len(a.Rules) == before {
			return fmt.Errorf("no rule %s", c.get("rule-number"))
		}
		return nil
	},
	"create-route":  func(n *Network, c command) error { return n.setRoute(c, false) },
	"replace-route": func(n *Network, c command) error { return n.setRoute(c, true) },
	"modify-vpc-endpoint": func(n *Network, c command) error {
		e := find(n.Endpoints, func(e *Endpoint) bool { return e.ID == c.get("vpc-endpoint-id") })
		e.PrivateDNS = e.PrivateDNS || c.has("private-dns-enabled")
		if c.has("reset-policy") {
			e.Policy = nil
		}
		var err error
		if c.has("policy-document") {
			e.Policy, err = ReadEndpointPolicy(c.get("policy-document"))
		}
		for _, id := range c.options["add-route-table-ids"] {
			n.serve(e, id)
		}
		return err
	},
	"create-vpc-endpoint": func(n *Network, c command) error {
		id := fmt.Sprintf("vpce-made%d", len(n.Endpoints))
		e := Endpoint{
			ID: id, VPC: c.get("vpc-id"), Service: c.get("service-name"), Gateway: c.get("vpc-endpoint-type") == "Gateway", State: "available",
			PrivateDNS: c.has("private-dns-enabled"), Subnets: c.options["subnet-ids"], Groups: c.options["security-group-ids"],
		}
		if v := n.vpc(e.VPC); e.PrivateDNS && !(v.DNSHostnames && v.DNSSupport) {
			return fmt.Errorf("InvalidParameter: enabling private DNS requires both enableDnsSupport and enableDnsHostnames")
		}
		n.Endpoints = append(slices.Clip(n.Endpoints), e)
		for _, table := range c.options["route-table-ids"] {
			n.serve(&n.Endpoints[len(n.Endpoints)-1], table)
		}
		return nil
	},
}

// serve puts a gateway endpoint into a route table.
func (n *Network) serve(e *Endpoint, table string) {
	e.RouteTables = append(e.RouteTables, table)
	t := find(n.RouteTables, func(t *RouteTable) bool { return t.ID == table })
	t.Routes = append(t.Routes, Route{PrefixList: listS3, Via: e.ID})
}

func (n *Network) setRoute(c command, there bool) error {
	t := find(n.RouteTables, func(t *RouteTable) bool { return t.ID == c.get("route-table-id") })
	r := find(t.Routes, func(r *Route) bool { return r.To.IsValid() && r.To.String() == c.get("destination-cidr-block") })
	if (r != nil) != there {
		return fmt.Errorf("%s has a route to %s: %v", t.ID, c.get("destination-cidr-block"), r != nil)
	}
	if r == nil {
		t.Routes = append(t.Routes, Route{To: netip.MustParsePrefix(c.get("destination-cidr-block"))})
		r = &t.Routes[len(t.Routes)-1]
	}
	r.Via, r.Blackhole = c.get("nat-gateway-id"), false
	return nil
}

var permissionForm = regexp.MustCompile(`^IpProtocol=tcp,FromPort=(\d+),ToPort=(\d+),(?:UserIdGroupPairs=\[\{GroupId=([^}]+)\}\]|PrefixListIds=\[\{PrefixListId=([^}]+)\}\]|IpRanges=\[(.+)\])$`)

func groupRules(text string) ([]GroupRule, error) {
	m := permissionForm.FindStringSubmatch(text)
	if m == nil {
		return nil, fmt.Errorf("no permission: %q", text)
	}
	from, _ := strconv.ParseUint(m[1], 10, 16)
	to, _ := strconv.ParseUint(m[2], 10, 16)
	rule := GroupRule{From: uint16(from), To: uint16(to), Group: m[3], PrefixList: m[4]}
	if m[5] == "" {
		return []GroupRule{rule}, nil
	}
	var rules []GroupRule
	for _, r := range strings.Split(m[5], ",") {
		p, err := netip.ParsePrefix(strings.TrimSuffix(strings.TrimPrefix(r, "{CidrIp="), "}"))
		if err != nil {
			return nil, err
		}
		rule.Peer = p
		rules = append(rules, rule)
	}
	return rules, nil
}

// spoils are faults; a random set of them is put into the healthy network.
var spoils = map[string]func(*Network, *rapid.T){
	"dns":         func(n *Network, _ *rapid.T) { n.VPCs[0].DNSSupport = false },
	"hostnames":   func(n *Network, _ *rapid.T) { n.VPCs[0].DNSHostnames = false },
	"no endpoint": func(n *Network, _ *rapid.T) { n.Endpoints = nil },
	"private dns": func(n *Network, _ *rapid.T) {
		for i := range n.Endpoints {
			n.Endpoints[i].PrivateDNS = false
		}
	},
	"no route A":   func(n *Network, _ *rapid.T) { dropDefault(n, tableA) },
	"no route B":   func(n *Network, _ *rapid.T) { dropDefault(n, tableMain) },
	"no route NAT": func(n *Network, _ *rapid.T) { dropDefault(n, tablePub) },
	"nat": func(n *Network, t *rapid.T) {
		n.NATs[0].State = rapid.SampledFrom([]string{"failed", "deleting", "pending"}).Draw(t, "state")
	},
	"blackhole": func(n *Network, _ *rapid.T) {
		n.RouteTables[1].Routes = append(n.RouteTables[1].Routes[:1:1], Route{To: anywhere, Via: natID, Blackhole: true})
	},
	"public": func(n *Network, _ *rapid.T) {
		n.RouteTables[1].Routes = append(n.RouteTables[1].Routes[:1:1], Route{To: anywhere, Via: "igw-1"})
	},
	"endpoint group": func(n *Network, _ *rapid.T) { n.group(groupEnd).Ingress = nil },
	"env egress":     func(n *Network, _ *rapid.T) { n.group(groupEnv).Egress = nil },
	"env egress some": func(n *Network, _ *rapid.T) {
		n.group(groupEnv).Egress = []GroupRule{{443, 443, cidr("10.0.1.0/24"), "", ""}}
	},
	"database group": func(n *Network, _ *rapid.T) {
		n.group(groupDB).Ingress = []GroupRule{{5432, 5432, cidr("10.0.1.0/24"), "", ""}}
	},
	"acl": func(n *Network, t *rapid.T) {
		for range rapid.IntRange(1, 6).Draw(t, "rules") {
			from := rapid.Uint16().Draw(t, "from")
			n.ACLs[0].Rules = append(n.ACLs[0].Rules, ACLRule{
				Number: rapid.IntRange(1, 300).Filter(func(k int) bool {
					return !slices.ContainsFunc(n.ACLs[0].Rules, func(r ACLRule) bool { return r.Number == k })
				}).Draw(t, "number"),
				Egress: rapid.Bool().Draw(t, "egress"), Allow: rapid.Bool().Draw(t, "allow"),
				Peer: rapid.SampledFrom([]netip.Prefix{anywhere, cidr("10.0.0.0/16"), cidr("10.0.1.0/24"), cidr("10.0.2.128/25"), cidr("52.0.0.0/8"), cidr("10.0.20.7/32")}).Draw(t, "peer"),
				From: from, To: rapid.Uint16Min(from).Draw(t, "to"),
			})
		}
	},
	"policy": func(n *Network, t *rapid.T) {
		for i := range n.Endpoints {
			n.Endpoints[i].Policy = mustPolicy(rapid.SampledFrom([]string{
				`{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}}`,
				`{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:List*", "Resource": "*"}, {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*"}]}`,
			}).Draw(t, "policy"))
		}
	},
}

// Whatever is broken, carrying out what each fault prints, word for word, opens the way, and no command is printed twice.
func TestMendsOpenTheWay(t *testing.T) {
	names := make([]string, 0, len(spoils))
	for name := range spoils {
		names = append(names, name)
	}
	slices.Sort(names)
	steps := 0
	rapid.Check(t, func(rt *rapid.T) {
		n := healthy()
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 6, rapid.ID[string]).Draw(rt, "spoils") {
			spoils[name](n, rt)
		}
		done := map[string]bool{}
		for {
			ways := slices.Concat(n.ToService(environment, secrets()), n.ToService(environment, Needs()[0]), n.ToDatabase(environment, place))
			i := slices.IndexFunc(ways, func(w Way) bool { return w.State == Closed })
			if i < 0 {
				return
			}
			f := ways[i].Fault
			line := strings.Join(f.Mend.Command, " ")
			if done[line] {
				rt.Fatalf("%s: %s\nis printed again: %s", ways[i].Subnet, f.Seen, line)
			}
			done[line] = true
			steps++
			if err := n.carryOut(f.Mend.Command); err != nil {
				rt.Fatalf("%s\n%s: %v", f.Seen, line, err)
			}
		}
	})
	if steps < 100 {
		t.Errorf("only %d mends were carried out", steps)
	}
}

// judge agrees with asking the rules packet by packet.
func TestJudgeIsExact(t *testing.T) {
	blocks := rapid.Custom(func(t *rapid.T) netip.Prefix {
		p, _ := netip.AddrFrom4([4]byte{10, 0, 0, rapid.Byte().Draw(t, "host")}).Prefix(rapid.IntRange(26, 32).Draw(t, "bits"))
		return p
	})
	port := rapid.Uint16Range(0, 12)
	piece := rapid.Custom(func(t *rapid.T) traffic {
		a, b := port.Draw(t, "a"), port.Draw(t, "b")
		return traffic{blocks.Draw(t, "block"), min(a, b), max(a, b)}
	})
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) rule { return rule{piece.Draw(t, "piece"), rapid.Bool().Draw(t, "allow")} }), 0, 8).Draw(t, "rules")
		asked := piece.Draw(t, "asked")
		want := extent(-1)
		for a := asked.peer.Masked().Addr(); asked.peer.Contains(a); a = a.Next() {
			e := all
			for p := asked.from; p <= asked.to; p++ {
				i := slices.IndexFunc(rules, func(r rule) bool { return r.peer.Contains(a) && r.from <= p && p <= r.to })
				if i < 0 || !rules[i].allow {
					e = none
				}
			}
			if want == -1 {
				want = e
			} else {
				want = between(want, e)
			}
		}
		if got := judge(asked, rules); got != want {
			t.Fatalf("%d, want %d", got, want)
		}
	})
}
