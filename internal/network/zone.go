package network

import (
	"slices"
	"strings"
)

// Zone is a hosted zone of Route 53 in the account.
type Zone struct {
	ID, Name string // the name without the dot behind it
	Private  bool
	VPCs     []string // of a private one: those of the environment's VPCs that are associated with it
}

// holds reports whether a host's name lies in the zone.
func (z *Zone) holds(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == z.Name || strings.HasSuffix(host, "."+z.Name)
}

// ZoneOf reports whether a host's name lies in a private hosted zone that was seen, so that its way is judged even where nobody here can
// resolve it.
func (n *Network) ZoneOf(host string) bool {
	return n != nil && slices.ContainsFunc(n.Zones, func(z Zone) bool { return z.Private && z.holds(host) })
}

// zone: the VPC's resolver answers for the host as far as the account's hosted zones tell. A name that lies in private zones alone is known
// only where one of them is associated with the VPC, which of several that are has the longest name; a public zone answers everywhere
// (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html).
func (w *walk) zone(host string) bool {
	if w.n.Unseen[PartZones] != "" {
		return true // most names are none of Route 53's, so that nothing is doubted for it
	}
	var away *Zone
	for i := range w.n.Zones {
		z := &w.n.Zones[i]
		switch {
		case !z.holds(host):
		case !z.Private:
			return true
		case slices.Contains(z.VPCs, w.from.VPC):
			return w.pass(z.ID, "is a private hosted zone of %s for %s", w.from.VPC, z.Name)
		case away == nil || len(z.Name) > len(away.Name):
			away = z
		}
	}
	if away == nil {
		return true
	}
	return w.stop(NoZone, away.ID, w.associated(away), "%s lies in the private hosted zone %s (%s), with which %s is not associated", host, away.Name, away.ID, w.from.VPC)
}

func (w *walk) associated(z *Zone) Mend {
	return Mend{
		Text: "associate the VPC with the zone, which takes a minute or so",
		Command: []string{
			"aws", "route53", "associate-vpc-with-hosted-zone", "--hosted-zone-id", z.ID,
			"--vpc", "VPCRegion=" + w.n.Region + ",VPCId=" + w.from.VPC,
		},
	}
}
