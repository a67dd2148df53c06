package awsapi

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"aircon/internal/network"
)

// proxyPort is where a proxy for PostgreSQL listens
// (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-connecting.html).
const proxyPort = 5432

// proxy reads a proxy, by its own name or by that of one of its further endpoints.
func (r databases) proxy(ctx context.Context, d *network.Database, further bool) error {
	d.Port, d.Proxy = proxyPort, &network.ProxyServer{}
	if further {
		if err := r.proxyEndpoint(ctx, d); err != nil {
			return err
		}
	}
	out, err := do(ctx, rdsService, r.DescribeDBProxies, "DescribeDBProxies", &rds.DescribeDBProxiesInput{DBProxyName: &d.Name})
	if err != nil {
		return err
	}
	if len(out.DBProxies) == 0 {
		return nothing("DescribeDBProxies", d.Name)
	}
	p := out.DBProxies[0]
	if !further {
		d.VPC, d.Subnets, d.Groups = aws.ToString(p.VpcId), p.VpcSubnetIds, p.VpcSecurityGroupIds
	}
	d.Proxy.RequireTLS, d.Proxy.IAMToDatabase = aws.ToBool(p.RequireTLS), strings.EqualFold(aws.ToString(p.DefaultAuthScheme), "IAM_AUTH")
	d.ResourceID = lastPart(aws.ToString(p.DBProxyArn))
	for _, a := range p.Auth {
		d.Proxy.Auth = append(d.Proxy.Auth, network.ProxyAuth{Secret: aws.ToString(a.SecretArn), IAM: string(a.IAMAuth)})
		d.IAM = d.IAM || a.IAMAuth == types.IAMAuthModeRequired || a.IAMAuth == types.IAMAuthModeEnabled
	}
	r.targets(ctx, d)
	return nil
}

// lastPart is what stands behind an ARN's last colon: arn:aws:rds:REGION:ACCOUNT:db-proxy:prx-….
func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }

// proxyEndpoint reads one of a proxy's further endpoints, which has subnets, security groups and a role of its own.
func (r databases) proxyEndpoint(ctx context.Context, d *network.Database) error {
	out, err := do(ctx, rdsService, r.DescribeDBProxyEndpoints, "DescribeDBProxyEndpoints", &rds.DescribeDBProxyEndpointsInput{DBProxyEndpointName: &d.Name})
	if err != nil {
		return err
	}
	if len(out.DBProxyEndpoints) == 0 {
		return nothing("DescribeDBProxyEndpoints", d.Name)
	}
	e := out.DBProxyEndpoints[0]
	if e.TargetRole == types.DBProxyEndpointTargetRoleReadOnly {
		d.Reads = "it is the read-only endpoint " + d.Name + " of a proxy"
	}
	d.VPC, d.Subnets, d.Groups, d.Name = aws.ToString(e.VpcId), e.VpcSubnetIds, e.VpcSecurityGroupIds, aws.ToString(e.DBProxyName)
	return nil
}

// targets reads which databases the proxy cannot use, and why.
func (r databases) targets(ctx context.Context, d *network.Database) {
	const operation = "DescribeDBProxyTargets"
	for p := rds.NewDescribeDBProxyTargetsPaginator(r, &rds.DescribeDBProxyTargetsInput{DBProxyName: &d.Name}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			d.Unseen[operation] = explain(rdsService, operation, err).Error()
			return
		}
		for _, t := range out.Targets {
			if h := t.TargetHealth; h != nil && h.State != types.TargetStateAvailable {
				d.Proxy.Unhealthy = append(d.Proxy.Unhealthy, aws.ToString(t.RdsResourceId)+" is "+string(h.State)+": "+string(h.Reason)+" "+aws.ToString(h.Description))
			}
		}
	}
}
