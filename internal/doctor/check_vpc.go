package doctor

import (
	"fmt"
	"slices"
	"strings"

	"aircon/internal/network"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC126", Severity: Error, Arrow: ArrowNetwork, Topic: "network.md#the-way-to-secrets-manager",
		Title: "no name resolves in the environment's VPC",
		Means: "tasks find neither Secrets Manager nor the database: every name ends in \"Temporary failure in name resolution\"",
		Why:   "the VPC's attribute enableDnsSupport is off, so Amazon's resolver does not answer",
		Mend:  "turn it on: aws ec2 modify-vpc-attribute --vpc-id VPC --enable-dns-support Value=true",
	}},
	environment: func(e *Environment) []Finding {
		for _, s := range shutWays(e.Around.Ways) {
			if s.vpcWide() {
				return one(s.finding("AC126"))
			}
		}
		return nil
	},
})

var _ = register(check{
	kinds: []Kind{{
		ID: "AC127", Severity: Warning, Arrow: ArrowNetwork, Topic: "network.md#what-an-environment-needs",
		Title: "the environment's subnets are not what MWAA asks for",
		Means: "MWAA wants two private subnets in two availability zones; in a public one its tasks have no public address and so no way out",
		Why:   "a subnet's default route leads to an internet gateway, or both subnets lie in the same zone, or one was deleted",
		Mend:  "make the environment anew in private subnets of two zones, as its subnets cannot be changed; or lead the subnet's default route to a NAT gateway",
	}},
	environment: checkSubnets,
})

func checkSubnets(e *Environment) []Finding {
	n := e.Around.Seen
	if n == nil || n.Unseen[network.PartSubnets] != "" {
		return nil
	}
	var found []Finding
	warn := func(where, seen, mend string) {
		found = append(found, Found("AC127", seen, Mend{Text: mend}).At("", where))
	}
	var zones []string
	for _, id := range e.Around.From.Subnets {
		s := n.Subnet(id)
		switch {
		case s == nil:
			warn(id, "there is no subnet "+id, "make the environment anew in subnets that exist: those of an environment cannot be changed")
			continue
		case n.Public(s):
			warn(id, fmt.Sprintf("%s in %s is public: the default route of its route table leads to an internet gateway", id, s.Zone),
				"lead the default route of this subnet to a NAT gateway, or make the environment anew in private subnets")
		}
		zones = append(zones, s.Zone)
	}
	slices.Sort(zones)
	if len(zones) > 1 && len(slices.Compact(zones)) == 1 {
		warn(strings.Join(e.Around.From.Subnets, ", "), "all of its subnets are in "+zones[0], "make the environment anew in subnets of two availability zones")
	}
	return found
}
