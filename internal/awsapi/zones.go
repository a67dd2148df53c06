package awsapi

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"aircon/internal/network"
)

const route53Service = "Route 53"

// readZones reads the account's hosted zones, and which of them the VPCs are associated with: route53:ListHostedZones and
// route53:ListHostedZonesByVPC.
func (v *view) readZones(ctx context.Context) (network.Part, error) {
	const part = network.PartZones
	var zones []network.Zone
	for p := route53.NewListHostedZonesPaginator(v.route53, &route53.ListHostedZonesInput{}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			return part, explain(route53Service, string(part), err)
		}
		for _, z := range out.HostedZones {
			zones = append(zones, network.Zone{
				ID: strings.TrimPrefix(aws.ToString(z.Id), "/hostedzone/"), Name: zoneName(z.Name), Private: z.Config != nil && z.Config.PrivateZone,
			})
		}
	}
	for _, vpc := range v.vpcs {
		if err := v.associations(ctx, vpc, &zones); err != nil {
			return part, err
		}
	}
	v.n.Zones = zones
	return part, nil
}

// associations notes the zones of a VPC. One of another account is added, as ListHostedZones does not tell of it.
func (v *view) associations(ctx context.Context, vpc string, zones *[]network.Zone) error {
	in := &route53.ListHostedZonesByVPCInput{VPCId: &vpc, VPCRegion: types.VPCRegion(v.cfg.Region)}
	for {
		out, err := do(ctx, route53Service, v.route53.ListHostedZonesByVPC, "ListHostedZonesByVPC", in)
		if err != nil {
			return err
		}
		for _, s := range out.HostedZoneSummaries {
			id := aws.ToString(s.HostedZoneId)
			known := false
			for i := range *zones {
				if z := &(*zones)[i]; z.ID == id {
					z.VPCs, known = append(z.VPCs, vpc), true
				}
			}
			if !known {
				*zones = append(*zones, network.Zone{ID: id, Name: zoneName(s.Name), Private: true, VPCs: []string{vpc}})
			}
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return nil
		}
	}
}

func zoneName(name *string) string {
	return strings.ToLower(strings.TrimSuffix(aws.ToString(name), "."))
}
