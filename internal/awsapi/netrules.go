package awsapi

import (
	"context"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"aircon/internal/network"
)

func (v *view) readRoutes(ctx context.Context) (network.Part, error) {
	const part = network.PartRouteTables
	for p := ec2.NewDescribeRouteTablesPaginator(v.ec2, &ec2.DescribeRouteTablesInput{Filters: v.filter()}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			return part, explain(ec2Service, string(part), err)
		}
		for _, t := range out.RouteTables {
			table := network.RouteTable{ID: aws.ToString(t.RouteTableId), VPC: aws.ToString(t.VpcId)}
			for _, a := range t.Associations {
				table.Main = table.Main || aws.ToBool(a.Main)
				if id := aws.ToString(a.SubnetId); id != "" {
					table.Subnets = append(table.Subnets, id)
				}
			}
			for _, r := range t.Routes {
				route := network.Route{PrefixList: aws.ToString(r.DestinationPrefixListId), Via: via(r), Blackhole: r.State == types.RouteStateBlackhole}
				if route.PrefixList == "" {
					to := r.DestinationCidrBlock
					if to == nil {
						to = r.DestinationIpv6CidrBlock
					}
					if route.To, err = prefix(string(part), to); err != nil {
						return part, err
					}
				}
				table.Routes = append(table.Routes, route)
			}
			v.n.RouteTables = append(v.n.RouteTables, table)
		}
	}
	return part, nil
}

// via is what a route leads to. A NAT instance is named by its network interface as well; a gateway is local, igw-…, vgw-… or vpce-….
func via(r types.Route) string {
	for _, id := range []*string{
		r.GatewayId, r.NatGatewayId, r.TransitGatewayId, r.VpcPeeringConnectionId, r.NetworkInterfaceId, r.InstanceId, r.LocalGatewayId, r.CarrierGatewayId,
		r.EgressOnlyInternetGatewayId, r.CoreNetworkArn, r.OdbNetworkArn,
	} {
		if id != nil {
			return *id
		}
	}
	return "something unnamed"
}

func (v *view) readGroups(ctx context.Context) (network.Part, error) {
	const part = network.PartGroups
	for p := ec2.NewDescribeSecurityGroupsPaginator(v.ec2, &ec2.DescribeSecurityGroupsInput{Filters: v.filter()}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			return part, explain(ec2Service, string(part), err)
		}
		for _, g := range out.SecurityGroups {
			group := network.SecurityGroup{ID: aws.ToString(g.GroupId), VPC: aws.ToString(g.VpcId)}
			if group.Ingress, err = groupRules(g.IpPermissions); err != nil {
				return part, err
			}
			if group.Egress, err = groupRules(g.IpPermissionsEgress); err != nil {
				return part, err
			}
			v.n.Groups = append(v.n.Groups, group)
		}
	}
	return part, nil
}

// groupRules takes what is about TCP apart into one rule for each peer.
func groupRules(permissions []types.IpPermission) ([]network.GroupRule, error) {
	var rules []network.GroupRule
	for _, p := range permissions {
		from, to, tcp := ports(aws.ToString(p.IpProtocol), p.FromPort, p.ToPort)
		if !tcp {
			continue
		}
		for _, r := range p.IpRanges {
			peer, err := prefix("DescribeSecurityGroups", r.CidrIp)
			if err != nil {
				return nil, err
			}
			rules = append(rules, network.GroupRule{From: from, To: to, Peer: peer})
		}
		for _, r := range p.Ipv6Ranges {
			peer, err := prefix("DescribeSecurityGroups", r.CidrIpv6)
			if err != nil {
				return nil, err
			}
			rules = append(rules, network.GroupRule{From: from, To: to, Peer: peer})
		}
		for _, g := range p.UserIdGroupPairs {
			rules = append(rules, network.GroupRule{From: from, To: to, Group: aws.ToString(g.GroupId)})
		}
		for _, l := range p.PrefixListIds {
			rules = append(rules, network.GroupRule{From: from, To: to, PrefixList: aws.ToString(l.PrefixListId)})
		}
	}
	return rules, nil
}

// ports are those of a rule; tcp is false where it is about another protocol. Protocol -1 is all of them on all ports.
func ports(protocol string, from, to *int32) (low, high uint16, tcp bool) {
	switch {
	case protocol == "-1":
		return 0, math.MaxUint16, true
	case protocol != "tcp" && protocol != "6":
		return 0, 0, false
	case from == nil || to == nil || *from < 0:
		return 0, math.MaxUint16, true
	}
	return uint16(*from), uint16(min(*to, math.MaxUint16)), true //nolint:gosec // a port
}

func (v *view) readACLs(ctx context.Context) (network.Part, error) {
	const part = network.PartACLs
	for p := ec2.NewDescribeNetworkAclsPaginator(v.ec2, &ec2.DescribeNetworkAclsInput{Filters: v.filter()}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			return part, explain(ec2Service, string(part), err)
		}
		for _, a := range out.NetworkAcls {
			acl := network.ACL{ID: aws.ToString(a.NetworkAclId), VPC: aws.ToString(a.VpcId)}
			for _, s := range a.Associations {
				acl.Subnets = append(acl.Subnets, aws.ToString(s.SubnetId))
			}
			if acl.Rules, err = aclRules(a.Entries); err != nil {
				return part, err
			}
			v.n.ACLs = append(v.n.ACLs, acl)
		}
	}
	return part, nil
}

func aclRules(entries []types.NetworkAclEntry) ([]network.ACLRule, error) {
	var rules []network.ACLRule
	for _, e := range entries {
		var from, to *int32
		if e.PortRange != nil {
			from, to = e.PortRange.From, e.PortRange.To
		}
		low, high, tcp := ports(aws.ToString(e.Protocol), from, to)
		if !tcp {
			continue
		}
		block := e.CidrBlock
		if block == nil {
			block = e.Ipv6CidrBlock
		}
		peer, err := prefix("DescribeNetworkAcls", block)
		if err != nil {
			return nil, err
		}
		rules = append(rules, network.ACLRule{
			Number: int(aws.ToInt32(e.RuleNumber)), Egress: aws.ToBool(e.Egress), Allow: e.RuleAction == types.RuleActionAllow, Peer: peer, From: low, To: high,
		})
	}
	return rules, nil
}
