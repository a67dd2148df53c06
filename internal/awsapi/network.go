package awsapi

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"golang.org/x/sync/errgroup"

	"aircon/internal/network"
)

const ec2Service = "EC2"

// Network reads the VPCs of some subnets. It needs ec2:DescribeSubnets, and for the rest, each part of which is Unseen without,
// ec2:DescribeVpcAttribute, ec2:DescribeRouteTables, ec2:DescribeNatGateways, ec2:DescribeVpcEndpoints, ec2:DescribeSecurityGroups,
// ec2:DescribeNetworkAcls, ec2:GetManagedPrefixListEntries, route53:ListHostedZones and route53:ListHostedZonesByVPC. The error means that the subnets could not be read.
func (c *Client) Network(ctx context.Context, subnets []string) (*network.Network, error) {
	own, owner, err := c.subnets(ctx, filter("subnet-id", subnets...))
	if err != nil {
		return nil, err
	}
	vpcs := map[string]bool{}
	for _, s := range own {
		vpcs[s.VPC] = true
	}
	v := &view{Client: c, owner: owner, vpcs: slices.Sorted(maps.Keys(vpcs)), n: network.Network{Region: c.cfg.Region, Unseen: map[network.Part]string{}}}
	if len(v.vpcs) == 0 {
		return &v.n, nil
	}
	v.look(ctx, v.readSubnets, v.readOwner, v.readAttributes, v.readRoutes, v.readNATs, v.readEndpoints, v.readGroups, v.readACLs, v.readZones)
	v.look(ctx, v.readPrefixLists)
	return &v.n, ctx.Err()
}

// view is one look at some VPCs. Each reading fills a part of its own.
type view struct {
	*Client
	owner string // account that owns the VPCs; "": EC2 does not tell
	vpcs  []string
	mu    sync.Mutex // guards n.Unseen
	n     network.Network
}

// look does readings at once; what fails is unseen.
func (v *view) look(ctx context.Context, readings ...func(context.Context) (network.Part, error)) {
	var g errgroup.Group
	for _, read := range readings {
		g.Go(func() error {
			if part, err := read(ctx); err != nil {
				v.mu.Lock()
				defer v.mu.Unlock()
				v.n.Unseen[part] = err.Error()
			}
			return nil
		})
	}
	_ = g.Wait() // the readings' errors are in Unseen
}

func filter(name string, values ...string) []types.Filter {
	return []types.Filter{{Name: &name, Values: values}}
}

func (v *view) filter() []types.Filter { return filter("vpc-id", v.vpcs...) }

// subnets reads some subnets, and which account owns the last of them.
func (c *Client) subnets(ctx context.Context, by []types.Filter) (found []network.Subnet, owner string, err error) {
	for p := ec2.NewDescribeSubnetsPaginator(c.ec2, &ec2.DescribeSubnetsInput{Filters: by}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			return nil, "", explain(ec2Service, "DescribeSubnets", err)
		}
		for _, s := range out.Subnets {
			cidr, err := prefix("DescribeSubnets", s.CidrBlock)
			if err != nil {
				return nil, "", err
			}
			owner = aws.ToString(s.OwnerId)
			subnet := network.Subnet{ID: aws.ToString(s.SubnetId), VPC: aws.ToString(s.VpcId), Zone: aws.ToString(s.AvailabilityZone), CIDR: cidr}
			for _, six := range s.Ipv6CidrBlockAssociationSet {
				if six.Ipv6CidrBlockState != nil && six.Ipv6CidrBlockState.State == types.SubnetCidrBlockStateCodeAssociated {
					if subnet.IPv6, err = prefix("DescribeSubnets", six.Ipv6CidrBlock); err != nil {
						return nil, "", err
					}
				}
			}
			found = append(found, subnet)
		}
	}
	return found, owner, nil
}

func (v *view) readSubnets(ctx context.Context) (_ network.Part, err error) {
	v.n.Subnets, _, err = v.subnets(ctx, v.filter())
	return network.PartSubnets, err
}

// readOwner says of a VPC that another account shares that its endpoints are unseen: EC2 describes them to their owner only
// (https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing-permissions.html). It needs no permission (sts:GetCallerIdentity).
func (v *view) readOwner(ctx context.Context) (network.Part, error) {
	const part = network.PartEndpoints
	_, account, err := v.identity(ctx)
	if err == nil && v.owner != "" && v.owner != account {
		err = fmt.Errorf("the VPC is shared by account %s, which alone sees its endpoints", v.owner)
	}
	return part, err
}

func (v *view) readAttributes(ctx context.Context) (network.Part, error) {
	const part = network.PartVPCs
	for _, id := range v.vpcs {
		vpc := network.VPC{ID: id}
		for _, a := range []types.VpcAttributeName{types.VpcAttributeNameEnableDnsSupport, types.VpcAttributeNameEnableDnsHostnames} {
			out, err := do(ctx, ec2Service, v.ec2.DescribeVpcAttribute, "DescribeVpcAttribute", &ec2.DescribeVpcAttributeInput{VpcId: &id, Attribute: a})
			if err != nil {
				return part, err
			}
			vpc.DNSSupport = vpc.DNSSupport || on(out.EnableDnsSupport)
			vpc.DNSHostnames = vpc.DNSHostnames || on(out.EnableDnsHostnames)
		}
		v.n.VPCs = append(v.n.VPCs, vpc)
	}
	return part, nil
}

func on(v *types.AttributeBooleanValue) bool { return v != nil && aws.ToBool(v.Value) }

func (v *view) readNATs(ctx context.Context) (network.Part, error) {
	const part = network.PartNATs
	for p := ec2.NewDescribeNatGatewaysPaginator(v.ec2, &ec2.DescribeNatGatewaysInput{Filter: v.filter()}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			return part, explain(ec2Service, string(part), err)
		}
		for _, g := range out.NatGateways {
			nat := network.NAT{ID: aws.ToString(g.NatGatewayId), Subnet: aws.ToString(g.SubnetId), State: string(g.State), Public: g.ConnectivityType != types.ConnectivityTypePrivate}
			for _, a := range g.NatGatewayAddresses {
				if public, err := netip.ParseAddr(aws.ToString(a.PublicIp)); err == nil {
					nat.Addresses = append(nat.Addresses, public)
				}
			}
			v.n.NATs = append(v.n.NATs, nat)
		}
	}
	return part, nil
}

func (v *view) readEndpoints(ctx context.Context) (network.Part, error) {
	const part = network.PartEndpoints
	for p := ec2.NewDescribeVpcEndpointsPaginator(v.ec2, &ec2.DescribeVpcEndpointsInput{Filters: v.filter()}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			return part, explain(ec2Service, string(part), err)
		}
		for _, e := range out.VpcEndpoints {
			if e.VpcEndpointType != types.VpcEndpointTypeInterface && e.VpcEndpointType != types.VpcEndpointTypeGateway {
				continue
			}
			endpoint := network.Endpoint{
				ID: aws.ToString(e.VpcEndpointId), VPC: aws.ToString(e.VpcId), Service: aws.ToString(e.ServiceName), State: string(e.State),
				Gateway: e.VpcEndpointType == types.VpcEndpointTypeGateway, PrivateDNS: aws.ToBool(e.PrivateDnsEnabled), Subnets: e.SubnetIds, RouteTables: e.RouteTableIds,
			}
			for _, g := range e.Groups {
				endpoint.Groups = append(endpoint.Groups, aws.ToString(g.GroupId))
			}
			if endpoint.Policy, err = network.ReadEndpointPolicy(aws.ToString(e.PolicyDocument)); err != nil {
				return part, notAWS(string(part), "the policy of "+endpoint.ID+": "+err.Error())
			}
			v.n.Endpoints = append(v.n.Endpoints, endpoint)
		}
	}
	return part, nil
}

// readPrefixLists reads the lists that routes and security groups name.
func (v *view) readPrefixLists(ctx context.Context) (network.Part, error) {
	const part = network.PartPrefixLists
	for _, id := range v.listed() {
		list := network.PrefixList{ID: id}
		for p := ec2.NewGetManagedPrefixListEntriesPaginator(v.ec2, &ec2.GetManagedPrefixListEntriesInput{PrefixListId: &id}); p.HasMorePages(); {
			out, err := p.NextPage(ctx)
			if err != nil {
				return part, explain(ec2Service, string(part), err)
			}
			for _, e := range out.Entries {
				entry, err := prefix(string(part), e.Cidr)
				if err != nil {
					return part, err
				}
				list.Entries = append(list.Entries, entry)
			}
		}
		v.n.PrefixLists = append(v.n.PrefixLists, list)
	}
	return part, nil
}

func (v *view) listed() []string {
	ids := map[string]bool{}
	for _, t := range v.n.RouteTables {
		for _, r := range t.Routes {
			ids[r.PrefixList] = true
		}
	}
	for _, g := range v.n.Groups {
		for _, r := range slices.Concat(g.Ingress, g.Egress) {
			ids[r.PrefixList] = true
		}
	}
	delete(ids, "")
	return slices.Sorted(maps.Keys(ids))
}

// prefix reads a block of addresses from an answer.
func prefix(operation string, text *string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(aws.ToString(text))
	if err != nil {
		return netip.Prefix{}, notAWS(operation, "the answer has no block of addresses: "+err.Error())
	}
	return p, nil
}

func notAWS(operation, message string) error {
	return &Error{Service: ec2Service, Operation: operation, Code: "NotAWS", Message: message, Next: notAWSHint}
}
