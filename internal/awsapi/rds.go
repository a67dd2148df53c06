package awsapi

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"aircon/internal/network"
)

const rdsService = "RDS"

// Database reads what RDS says of the database behind a host name, in the name's own region; nil where the name is not RDS's, or a global
// database's. It needs rds:DescribeDBInstances and, by what the name leads to, rds:DescribeDBClusters, rds:DescribeDBClusterEndpoints,
// rds:DescribeDBProxies, rds:DescribeDBProxyEndpoints, rds:DescribeDBProxyTargets; without rds:DescribeDBParameters and
// rds:DescribeDBClusterParameters the parameters are Unseen.
func (c *Client) Database(ctx context.Context, host string) (*network.Database, error) {
	h, ok := network.ParseHost(host)
	if !ok || h.Role == network.Global {
		return nil, nil
	}
	d := &network.Database{Place: network.Place{Host: host}, Name: h.ID, Kind: h.Role, Unseen: map[string]string{}}
	r := databases{rds.NewFromConfig(c.cfg, func(o *rds.Options) { o.Region = h.Region })}
	switch h.Role {
	case network.Instance:
		return d, r.instance(ctx, d)
	case network.Proxy:
		return d, r.proxy(ctx, d, h.Further)
	case network.Custom:
		return d, r.custom(ctx, d)
	default:
		d.Cluster = h.ID
		return d, r.cluster(ctx, d)
	}
}

// databases asks RDS in one region.
type databases struct{ *rds.Client }

// instance reads one instance, and the cluster that it belongs to.
func (r databases) instance(ctx context.Context, d *network.Database) error {
	out, err := do(ctx, rdsService, r.DescribeDBInstances, "DescribeDBInstances", &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &d.Name})
	if err != nil {
		return err
	}
	if len(out.DBInstances) == 0 {
		return nothing("DescribeDBInstances", d.Name)
	}
	i := out.DBInstances[0]
	stands(d, i)
	d.CA, d.IAM, d.ResourceID = aws.ToString(i.CACertificateIdentifier), aws.ToBool(i.IAMDatabaseAuthenticationEnabled), aws.ToString(i.DbiResourceId)
	d.Master, d.MasterSecret = aws.ToString(i.MasterUsername), secretOf(i.MasterUserSecret)
	if source := aws.ToString(i.ReadReplicaSourceDBInstanceIdentifier) + aws.ToString(i.ReadReplicaSourceDBClusterIdentifier); source != "" {
		d.Reads = "it is a read replica of " + source
	}
	if d.Cluster = aws.ToString(i.DBClusterIdentifier); d.Cluster != "" {
		return r.cluster(ctx, d)
	}
	if len(i.DBParameterGroups) > 0 {
		d.ParameterGroup = aws.ToString(i.DBParameterGroups[0].DBParameterGroupName)
		r.parameters(ctx, d)
	}
	return nil
}

// stands adds where an instance stands: its zone's subnets, and those of its standby's.
func stands(d *network.Database, i types.DBInstance) {
	if i.Endpoint != nil {
		d.Port = port(i.Endpoint.Port)
	}
	d.Public = aws.ToBool(i.PubliclyAccessible)
	for _, g := range i.VpcSecurityGroups {
		if id := aws.ToString(g.VpcSecurityGroupId); !slices.Contains(d.Groups, id) {
			d.Groups = append(d.Groups, id)
		}
	}
	if i.DBSubnetGroup == nil {
		return
	}
	d.VPC = aws.ToString(i.DBSubnetGroup.VpcId)
	for _, s := range i.DBSubnetGroup.Subnets {
		zone, id := "", aws.ToString(s.SubnetIdentifier)
		if s.SubnetAvailabilityZone != nil {
			zone = aws.ToString(s.SubnetAvailabilityZone.Name)
		}
		if (zone == aws.ToString(i.AvailabilityZone) || zone == aws.ToString(i.SecondaryAvailabilityZone)) && !slices.Contains(d.Subnets, id) {
			d.Subnets = append(d.Subnets, id)
		}
	}
}

func port(p *int32) uint16 { return uint16(aws.ToInt32(p)) } //nolint:gosec // a port

func secretOf(s *types.MasterUserSecret) string {
	if s == nil {
		return ""
	}
	return aws.ToString(s.SecretArn)
}

// cluster reads a cluster: of an instance's name what the cluster decides, of its own names all.
func (r databases) cluster(ctx context.Context, d *network.Database) error {
	out, err := do(ctx, rdsService, r.DescribeDBClusters, "DescribeDBClusters", &rds.DescribeDBClustersInput{DBClusterIdentifier: &d.Cluster})
	if err != nil {
		return err
	}
	if len(out.DBClusters) == 0 {
		return nothing("DescribeDBClusters", d.Cluster)
	}
	c := out.DBClusters[0]
	d.IAM, d.Master, d.MasterSecret = aws.ToBool(c.IAMDatabaseAuthenticationEnabled), aws.ToString(c.MasterUsername), secretOf(c.MasterUserSecret)
	d.ResourceID, d.ParameterGroup = aws.ToString(c.DbClusterResourceId), aws.ToString(c.DBClusterParameterGroup)
	d.Writer = aws.ToString(c.Endpoint)
	for _, m := range c.DBClusterMembers {
		if d.Kind == network.Instance && aws.ToString(m.DBInstanceIdentifier) == d.Name && !aws.ToBool(m.IsClusterWriter) {
			d.Reads = "it is a reader of the cluster " + d.Cluster + " now"
		}
	}
	if d.Kind == network.Reader {
		d.Reads = "it is the reader endpoint of the cluster " + d.Cluster
	}
	r.parameters(ctx, d)
	if d.Kind == network.Instance {
		return nil
	}
	d.Port = port(c.Port)
	return r.members(ctx, d)
}

// members adds where a cluster's instances stand.
func (r databases) members(ctx context.Context, d *network.Database) error {
	by := []types.Filter{{Name: aws.String("db-cluster-id"), Values: []string{d.Cluster}}}
	for p := rds.NewDescribeDBInstancesPaginator(r, &rds.DescribeDBInstancesInput{Filters: by}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			return explain(rdsService, "DescribeDBInstances", err)
		}
		for _, i := range out.DBInstances {
			port := d.Port
			stands(d, i)
			d.Port, d.CA = port, aws.ToString(i.CACertificateIdentifier)
		}
	}
	return nil
}

// custom reads a cluster's custom endpoint.
func (r databases) custom(ctx context.Context, d *network.Database) error {
	out, err := do(ctx, rdsService, r.DescribeDBClusterEndpoints, "DescribeDBClusterEndpoints", &rds.DescribeDBClusterEndpointsInput{DBClusterEndpointIdentifier: &d.Name})
	if err != nil {
		return err
	}
	if len(out.DBClusterEndpoints) == 0 {
		return nothing("DescribeDBClusterEndpoints", d.Name)
	}
	e := out.DBClusterEndpoints[0]
	d.Cluster = aws.ToString(e.DBClusterIdentifier)
	if kind := aws.ToString(e.CustomEndpointType); kind != "" {
		d.Reads = "it is a custom endpoint of type " + kind + ", which may lead to a reader"
	}
	return r.cluster(ctx, d)
}

// parameters looks for rds.force_ssl; the answer comes in pages of a hundred, of which those after it are not asked for.
func (r databases) parameters(ctx context.Context, d *network.Database) {
	read, operation := r.instanceParameters, "DescribeDBParameters"
	if d.Cluster != "" {
		read, operation = r.clusterParameters, "DescribeDBClusterParameters"
	}
	var marker *string
	for {
		page, next, err := read(ctx, d.ParameterGroup, marker)
		if err != nil {
			d.Unseen[operation] = explain(rdsService, operation, err).Error()
			return
		}
		for _, p := range page {
			if aws.ToString(p.ParameterName) == "rds.force_ssl" {
				d.ForceSSL = setting(aws.ToString(p.ParameterValue))
				return
			}
		}
		if marker = next; aws.ToString(marker) == "" {
			return
		}
	}
}

// setting reads a boolean parameter; "" has no value that RDS tells.
func setting(value string) network.Setting {
	switch strings.ToLower(value) {
	case "1", "on", "true":
		return network.On
	case "0", "off", "false":
		return network.Off
	}
	return ""
}

func (r databases) instanceParameters(ctx context.Context, group string, marker *string) ([]types.Parameter, *string, error) {
	out, err := r.DescribeDBParameters(ctx, &rds.DescribeDBParametersInput{DBParameterGroupName: &group, Marker: marker})
	if err != nil {
		return nil, nil, err
	}
	return out.Parameters, out.Marker, nil
}

func (r databases) clusterParameters(ctx context.Context, group string, marker *string) ([]types.Parameter, *string, error) {
	out, err := r.DescribeDBClusterParameters(ctx, &rds.DescribeDBClusterParametersInput{DBClusterParameterGroupName: &group, Marker: marker})
	if err != nil {
		return nil, nil, err
	}
	return out.Parameters, out.Marker, nil
}

func nothing(operation, id string) error {
	return &Error{Service: rdsService, Operation: operation, Code: "NotFound", Message: "there is no " + id}
}
