package network

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"aircon/policy"
)

// aws is a mend by one command of EC2, in the network's region.
func (w *walk) aws(text, operation string, args ...string) Mend {
	return Mend{Text: text, Command: append([]string{"aws", "ec2", operation, "--region", w.n.Region}, args...)}
}

// permission is one --ip-permissions of the AWS CLI, in its shorthand.
func permission(p peer, port uint16) string {
	text := fmt.Sprintf("IpProtocol=tcp,FromPort=%d,ToPort=%d,", port, port)
	switch {
	case len(p.groups) > 0:
		return text + "UserIdGroupPairs=[{GroupId=" + p.groups[0] + "}]"
	case p.list != "":
		return text + "PrefixListIds=[{PrefixListId=" + p.list + "}]"
	}
	var ranges []string
	for _, b := range shortest(p.addresses) {
		ranges = append(ranges, "{CidrIp="+b.String()+"}")
	}
	return text + "IpRanges=[" + strings.Join(ranges, ",") + "]"
}

// shortest writes the internet as 0.0.0.0/0.
func shortest(blocks []netip.Prefix) []netip.Prefix {
	if slices.Equal(blocks, internet) {
		return block(anywhere)
	}
	return blocks
}

func (w *walk) openEgress(p peer, port uint16) Mend {
	return w.aws("let the environment's security group send", "authorize-security-group-egress", "--group-id", w.all.Groups[0], "--ip-permissions", permission(p, port))
}

func (w *walk) openIngress(group string, from peer, port uint16) Mend {
	return w.aws("let the environment in", "authorize-security-group-ingress", "--group-id", group, "--ip-permissions", permission(from, port))
}

// openACL is a rule in front of the first that refuses a piece of the leg, or, where no number is free there, the end of that rule.
func (w *walk) openACL(a *ACL, l leg) Mend {
	peers := shortest(l.peers)
	deny, number := a.room(l)
	direction := "--ingress"
	if l.egress {
		direction = "--egress"
	}
	if number == 0 {
		return w.aws("take away the rule that refuses it", "delete-network-acl-entry", "--network-acl-id", a.ID, direction, "--rule-number", strconv.Itoa(deny))
	}
	p := l.ports
	if p == taskPorts {
		p = natPorts // what AWS recommends, whoever calls
	}
	return w.aws("put a rule in front of the one that refuses it", "create-network-acl-entry", "--network-acl-id", a.ID, direction, "--rule-number", strconv.Itoa(number),
		"--protocol", "tcp", "--port-range", fmt.Sprintf("From=%d,To=%d", p.from, p.to), "--cidr-block", w.refused(a, l, peers).String(), "--rule-action", "allow")
}

// refused is the first block of a leg's that a network ACL does not let through whole.
func (w *walk) refused(a *ACL, l leg, peers []netip.Prefix) netip.Prefix {
	for _, b := range peers {
		if a.passes(l.egress, block(b), l.ports.from, l.ports.to) != all {
			return b
		}
	}
	return peers[0]
}

// lastRule is the number of the rule that refuses what no other rule fits; it cannot be taken away.
const lastRule = 32767

// room finds the number of the first rule that refuses a piece of a leg, and a free number before it; 0: none is free.
func (a *ACL) room(l leg) (deny, number int) {
	before := 0
	deny = lastRule
	for _, r := range a.ordered(l.egress) {
		if !r.Allow && r.To >= l.ports.from && r.From <= l.ports.to && slices.ContainsFunc(l.peers, r.Peer.Overlaps) {
			deny = r.Number
			break
		}
		before = r.Number
	}
	switch {
	case deny == lastRule && before+100 < deny:
		return deny, before + 100
	case before+1 < deny:
		return deny, deny - 1
	}
	return deny, 0
}

// routeTo is a default route to a NAT gateway that is there already.
func (w *walk) routeTo(t *RouteTable, g *NAT) Mend {
	operation := "create-route"
	if find(t.Routes, func(r *Route) bool { return r.To == anywhere }) != nil {
		operation = "replace-route"
	}
	return w.aws("lead the subnet's default route to the NAT gateway that other subnets use", operation,
		"--route-table-id", t.ID, "--destination-cidr-block", anywhere.String(), "--nat-gateway-id", g.ID)
}

// newEndpoint makes an endpoint in the environment's subnets, one in each availability zone.
func (w *walk) newEndpoint(s Service, t *RouteTable) Mend {
	name := "com.amazonaws." + w.n.Region + "." + s.Service
	if s.Gateway {
		return w.aws("make a gateway endpoint, which costs nothing", "create-vpc-endpoint", "--vpc-id", w.from.VPC, "--vpc-endpoint-type", "Gateway", "--service-name", name, "--route-table-ids", t.ID)
	}
	args := append([]string{"--vpc-id", w.from.VPC, "--vpc-endpoint-type", "Interface", "--service-name", name, "--private-dns-enabled", "--security-group-ids", w.all.Groups[0], "--subnet-ids"}, w.zones()...)
	return w.aws("make an interface endpoint", "create-vpc-endpoint", args...)
}

// zones are the environment's subnets, one in each availability zone: an endpoint takes no more.
func (w *walk) zones() []string {
	var ids, zones []string
	for _, id := range w.all.Subnets {
		if s := w.n.subnet(id); s != nil && s.VPC == w.from.VPC && !slices.Contains(zones, s.Zone) {
			ids, zones = append(ids, id), append(zones, s.Zone)
		}
	}
	return ids
}

// openPolicy is the endpoint's policy without the statement that denies, or with one more that allows.
func (w *walk) openPolicy(e *Endpoint, d policy.Decision, q *policy.Request) Mend {
	text, err := amended(e.Policy.Text, d, q)
	if err != nil { // it was parsed before, so it is JSON
		return Mend{Text: "let the policy of " + e.ID + " allow " + q.Action + ": " + err.Error()}
	}
	if text == "" {
		return w.aws("the policy does nothing but refuse: have the one that allows everything", "modify-vpc-endpoint", "--vpc-endpoint-id", e.ID, "--reset-policy")
	}
	words := "add a statement for the execution role to the endpoint's policy"
	if d.Effect == policy.ExplicitDeny {
		words = "take the statement that denies it out of the endpoint's policy"
	}
	return w.aws(words, "modify-vpc-endpoint", "--vpc-endpoint-id", e.ID, "--policy-document", text)
}

// amended is a policy's text without the statement that denied, or with one more; "" where no statement is left.
func amended(text string, d policy.Decision, q *policy.Request) (string, error) {
	var document map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return "", err
	}
	var statements []json.RawMessage
	if one := bytes.TrimSpace(document["Statement"]); bytes.HasPrefix(one, []byte("{")) {
		statements = []json.RawMessage{one}
	} else if err := json.Unmarshal(one, &statements); err != nil {
		return "", err
	}
	if d.Effect == policy.ExplicitDeny {
		statements = slices.Delete(statements, d.Statement, d.Statement+1)
	} else {
		statement, err := json.Marshal(map[string]any{
			"Effect": "Allow", "Principal": map[string]string{"AWS": q.Principal.Issuer}, "Action": q.Action, "Resource": scope(q.Resource),
		})
		if err != nil {
			return "", err
		}
		statements = append(statements, statement)
	}
	if len(statements) == 0 {
		return "", nil
	}
	whole, err := json.Marshal(statements)
	if err != nil {
		return "", err
	}
	document["Statement"] = whole
	out, err := json.Marshal(document)
	return string(out), err
}

// scope is every secret of a secret's region and account: which of them the role may read its own policies say.
func scope(arn string) string {
	if head, _, is := strings.Cut(arn, ":secret:"); is {
		return head + ":secret:*"
	}
	return arn
}
