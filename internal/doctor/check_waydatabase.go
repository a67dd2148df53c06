package doctor

import "aircon/internal/network"

// The kinds of closed ways to a database, by what is missing.
var databaseWays = map[network.Kind]string{network.NoGroup: "AC123", network.NoACL: "AC124", network.NoRoute: "AC125", network.NoZone: "AC128"}

var _ = register(check{
	kinds: []Kind{
		{
			ID: "AC123", Severity: Error, Arrow: ArrowNetwork, Topic: "network.md#the-way-to-the-database",
			Title: "a security group keeps the environment from the database",
			Means: "tasks wait until connect_timeout, or for minutes, and end in \"Connection timed out\"; from elsewhere the same connection may work",
			Why:   "the database's security group has no inbound rule for the environment's security group and port, or the environment's has no outbound rule",
			Mend:  "the command that adds the rule is printed",
		},
		{
			ID: "AC124", Severity: Error, Arrow: ArrowNetwork, Topic: "network.md#the-way-to-the-database",
			Title: "a network ACL keeps the environment from the database",
			Means: "tasks wait and end in \"Connection timed out\", often from one availability zone only",
			Why:   "a network ACL is stateless: it must let the port go there, and the ephemeral ports come back, on both sides",
			Mend:  "the command that adds the rule, in front of the one that refuses, is printed",
		},
		{
			ID: "AC125", Severity: Error, Arrow: ArrowNetwork, Topic: "network.md#the-way-to-the-database",
			Title: "no route leads from the environment to the database",
			Means: "tasks wait and end in \"Connection timed out\" or \"No route to host\"",
			Why:   "the database is in another VPC without peering or transit gateway, or a route leads to something that is gone",
			Mend:  "connect the two VPCs, or run the environment in the database's",
		},
		{
			ID: "AC128", Severity: Error, Arrow: ArrowNetwork, Topic: "network.md#names-in-private-hosted-zones",
			Title: "the database's name is in a private hosted zone that the environment's VPC does not see",
			Means: "tasks end in \"could not translate host name\", though the name resolves on a machine in another VPC, or over a VPN",
			Why:   "Route 53 answers for a private hosted zone only in the VPCs that are associated with it",
			Mend:  "associate the environment's VPC with the zone; the command is printed",
		},
	},
	connection: checkDatabaseWays,
})

func checkDatabaseWays(p *Patient) []Finding {
	var found []Finding
	for _, s := range shutWays(p.Ways) {
		if id, known := databaseWays[s.fault.Kind]; known {
			found = append(found, s.finding(id))
		}
	}
	return found
}
