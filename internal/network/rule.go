package network

import (
	"net/netip"
	"slices"
)

// traffic is a set of packets: TCP between a range of ports and a block of addresses.
type traffic struct {
	peer     netip.Prefix
	from, to uint16
}

// anywhere is every IPv4 address.
var anywhere = netip.PrefixFrom(netip.IPv4Unspecified(), 0)

// internet stands for the public addresses: all of IPv4 but those blocks of 16 million in which private or reserved ones lie.
var internet = prefixes(
	"1.0.0.0/8", "2.0.0.0/7", "4.0.0.0/6", "8.0.0.0/7", "11.0.0.0/8", "12.0.0.0/6", "16.0.0.0/4", "32.0.0.0/3", "64.0.0.0/3", "96.0.0.0/6",
	"101.0.0.0/8", "102.0.0.0/7", "104.0.0.0/5", "112.0.0.0/5", "120.0.0.0/6", "124.0.0.0/7", "126.0.0.0/8", "128.0.0.0/3", "160.0.0.0/5",
	"168.0.0.0/8", "170.0.0.0/7", "173.0.0.0/8", "174.0.0.0/7", "176.0.0.0/4", "193.0.0.0/8", "194.0.0.0/7", "196.0.0.0/6", "200.0.0.0/5", "208.0.0.0/4",
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// extent says how much of the peers a list of rules lets through.
type extent int

const (
	none extent = iota
	some        // part of the addresses: where the peer's own is not known, it may be among them
	all
)

// rule is one line of a network ACL or a security group.
type rule struct {
	traffic
	allow bool
}

// judge says for how much of the traffic's addresses the first rule that fits allows all of its ports. What no rule fits is refused. Addresses
// and ports that a rule fits in part are split, so the answer is exact.
func judge(t traffic, rules []rule) extent {
	for i, r := range rules {
		if !r.peer.Overlaps(t.peer) || r.to < t.from || r.from > t.to {
			continue
		}
		if r.peer.Bits() > t.peer.Bits() {
			low, high := halves(t)
			return between(judge(low, rules[i:]), judge(high, rules[i:]))
		}
		e := none
		if r.allow {
			e = all
		}
		if r.from > t.from {
			e = min(e, judge(traffic{t.peer, t.from, r.from - 1}, rules[i+1:]))
		}
		if r.to < t.to {
			e = min(e, judge(traffic{t.peer, r.to + 1, t.to}, rules[i+1:]))
		}
		return e
	}
	return none
}

// between is the extent over two blocks of addresses together.
func between(a, b extent) extent {
	if a == b {
		return a
	}
	return some
}

// halves splits a block of addresses.
func halves(t traffic) (low, high traffic) {
	bits := t.peer.Bits() + 1
	low, high = t, t
	low.peer = netip.PrefixFrom(t.peer.Masked().Addr(), bits)
	upper := low.peer.Addr().AsSlice()
	upper[(bits-1)/8] |= 1 << (7 - (bits-1)%8)
	addr, _ := netip.AddrFromSlice(upper) // of as many bytes as it had
	high.peer = netip.PrefixFrom(addr, bits)
	return low, high
}

// over is the extent over several blocks of addresses together.
func over(blocks []netip.Prefix, judge func(netip.Prefix) extent) extent {
	e := none
	for i, b := range blocks {
		if next := judge(b); i == 0 {
			e = next
		} else {
			e = between(e, next)
		}
	}
	return e
}

// peer is who is at the other end: addresses, and the security groups that they have.
type peer struct {
	addresses []netip.Prefix
	groups    []string
	list      string // prefix list that holds the addresses; "": none does
}

// allowed says for how much of a peer's addresses rules of security groups let one port through.
func (n *Network) allowed(rules []GroupRule, p peer, port uint16) extent {
	var list []rule
	unread := false
	for _, r := range rules {
		if port < r.From || port > r.To {
			continue
		}
		switch {
		case r.Group != "":
			if slices.Contains(p.groups, r.Group) {
				return all
			}
		case r.PrefixList != "":
			entries, seen := n.list(r.PrefixList)
			unread = unread || !seen
			for _, e := range entries {
				list = append(list, rule{traffic{e, port, port}, true})
			}
		default:
			list = append(list, rule{traffic{r.Peer, port, port}, true})
		}
	}
	e := over(p.addresses, func(b netip.Prefix) extent { return judge(traffic{b, port, port}, list) })
	if e == none && unread {
		return some
	}
	return e
}

// ingress and egress are the rules of several security groups together: what one allows passes.
func ingress(groups []SecurityGroup) []GroupRule {
	var rules []GroupRule
	for _, g := range groups {
		rules = append(rules, g.Ingress...)
	}
	return rules
}

func egress(groups []SecurityGroup) []GroupRule {
	var rules []GroupRule
	for _, g := range groups {
		rules = append(rules, g.Egress...)
	}
	return rules
}

// passes says for how much of the peers' addresses a network ACL lets a range of ports through.
func (a *ACL) passes(egress bool, peers []netip.Prefix, from, to uint16) extent {
	var list []rule
	for _, r := range a.ordered(egress) {
		list = append(list, rule{traffic{r.Peer, r.From, r.To}, r.Allow})
	}
	return over(peers, func(b netip.Prefix) extent { return judge(traffic{b, from, to}, list) })
}
