// Package network says whether there is a way from an environment's subnets to the AWS services and databases that its tasks need, hop by hop,
// and, where there is none, which hop is the first that is missing and what mends it. It is pure: it decides over a small model, Network, that
// others fill from what EC2 and RDS describe.
//
// Which function to use when:
//
//   - Network.ToService judges the way from one subnet to an AWS service: by an interface or gateway endpoint, or over a NAT gateway.
//   - Network.ToDatabase judges the way from one subnet to a database.
//   - Needs lists the services that an environment of MWAA needs.
//   - ParseHost reads what an RDS host name says of itself: instance, cluster, reader, proxy, region.
//   - ReadEndpointPolicy reads the policy of an endpoint.
//
// Each subnet is judged by itself: an environment has two, and what works in one availability zone only is a fault of its own.
//
// What decides (VPC User Guide, https://docs.aws.amazon.com/vpc/latest/userguide/): a route table is the subnet's own or the VPC's main one, and
// its longest prefix wins (RouteTables.html); security groups are stateful and only allow (vpc-security-groups.html); network ACLs are stateless,
// ordered by number, and see only what crosses a subnet's boundary (vpc-network-acls.html); a service's own name leads to an interface endpoint
// where private DNS is on, which needs both of the VPC's DNS attributes (PrivateLink guide, manage-dns-names.html), and then nothing else is tried.
//
// What leads out of the model (a transit gateway, a peering, a virtual private gateway, a firewall) makes a way Unknown, never Closed. IPv6 is
// left out: what is looked at are the IPv4 addresses.
package network
