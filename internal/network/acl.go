package network

import (
	"fmt"
	"net/netip"
	"strings"
)

// The ports at which answers come back. A task runs on Linux, whose net.ipv4.ip_local_port_range begins at 32768 and ends at 60999; a NAT gateway
// uses 1024 to 65535 (VPC User Guide, nacl-ephemeral-ports.html).
var (
	taskPorts = ports{32768, 60999}
	natPorts  = ports{1024, 65535}
)

type ports struct{ from, to uint16 }

func one(port uint16) ports { return ports{port, port} }

func (p ports) String() string {
	if p.from == p.to {
		return fmt.Sprintf("TCP %d", p.from)
	}
	return fmt.Sprintf("TCP %d-%d", p.from, p.to)
}

// leg is one crossing of a subnet's boundary: packets that go out of it, or come in.
type leg struct {
	subnet *Subnet
	egress bool
	peers  []netip.Prefix
	ports  ports
}

func (l leg) String() string {
	if l.egress {
		return fmt.Sprintf("%s out to %s", l.ports, joined(l.peers))
	}
	return fmt.Sprintf("%s in from %s", l.ports, joined(l.peers))
}

// crossing are the legs between two subnets, there and back. Inside of one subnet no network ACL looks.
func crossing(a, b *Subnet, port uint16) []leg {
	if a.ID == b.ID {
		return nil
	}
	return []leg{
		{a, true, block(b.CIDR), one(port)},
		{b, false, block(a.CIDR), one(port)},
		{b, true, block(a.CIDR), taskPorts},
		{a, false, block(b.CIDR), taskPorts},
	}
}

// outside are the legs between a subnet and addresses outside of the model.
func outside(a *Subnet, peers []netip.Prefix, port uint16) []leg {
	return []leg{{a, true, peers, one(port)}, {a, false, peers, taskPorts}}
}

// cross: the network ACLs let the packets of each leg through.
func (w *walk) cross(legs []leg) bool {
	for _, l := range legs {
		acl := w.n.acl(l.subnet)
		if acl == nil {
			w.unseen(PartACLs, "the network ACL of "+l.subnet.ID)
			continue
		}
		switch acl.passes(l.egress, l.peers, l.ports.from, l.ports.to) {
		case all:
			w.pass(acl.ID, "of %s lets %s", l.subnet.ID, l)
		case some:
			w.doubt("%s of %s lets %s for a part of the addresses only", acl.ID, l.subnet.ID, l)
		default:
			return w.stop(NoACL, acl.ID, w.openACL(acl, l), "%s, the network ACL of %s, does not let %s", acl.ID, l.subnet.ID, l)
		}
	}
	return true
}

func block(p netip.Prefix) []netip.Prefix { return []netip.Prefix{p} }

// joined names blocks of addresses.
func joined(blocks []netip.Prefix) string {
	if len(blocks) == len(internet) {
		return "the internet"
	}
	texts := make([]string, len(blocks))
	for i, b := range blocks {
		texts[i] = b.String()
	}
	if len(texts) > 4 {
		texts = append(texts[:3], fmt.Sprintf("%d more", len(blocks)-3))
	}
	return strings.Join(texts, ", ")
}
