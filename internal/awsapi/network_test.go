package awsapi

import (
	"io/fs"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"aircon/internal/awsanswers"
	"aircon/internal/network"
)

const (
	privateA = "subnet-0a1b2c3d4e5f60001"
	privateB = "subnet-0a1b2c3d4e5f60002"
	groupEnv = "sg-0a1b2c3d4e5f600e1"
)

var environment = network.From{Subnets: []string{privateA, privateB}, Groups: []string{groupEnv}}

// answered is a client of recorded answers, some of them edited.
func answered(t *testing.T, edits ...func(operation, answer string) string) (*Client, *awsanswers.Answers) {
	t.Helper()
	answers := awsanswers.Dir("testdata/answers")
	answers.Edit = func(operation, answer string) string {
		for _, edit := range edits {
			answer = edit(operation, answer)
		}
		return answer
	}
	server := httptest.NewServer(answers)
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "example")
	c, err := Open(t.Context(), Options{Region: "eu-west-1", Endpoint: server.URL, MaxAttempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	return c, answers
}

// replace edits one operation's answers.
func replace(operation, old, with string) func(string, string) string {
	return func(asked, answer string) string {
		if asked == operation {
			return strings.ReplaceAll(answer, old, with)
		}
		return answer
	}
}

func seeNetwork(t *testing.T, c *Client) *network.Network {
	t.Helper()
	n, err := c.Network(t.Context(), environment.Subnets)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNetworkIsReadWhole(t *testing.T) {
	c, answers := answered(t)
	n := seeNetwork(t, c)
	if len(n.Unseen) != 0 {
		t.Fatalf("unseen: %v", n.Unseen)
	}
	for part, got := range map[string]int{
		"VPCs 1": len(n.VPCs), "subnets 5": len(n.Subnets), "tables 3": len(n.RouteTables), "NATs 1": len(n.NATs), "endpoints 2": len(n.Endpoints),
		"groups 3": len(n.Groups), "ACLs 1": len(n.ACLs), "lists 1": len(n.PrefixLists), "zones 4": len(n.Zones),
	} {
		if !strings.HasSuffix(part, " "+string(rune('0'+got))) {
			t.Errorf("%s: %d", part, got)
		}
	}
	for _, w := range slices.Concat(n.ToService(environment, network.SecretsManager), n.ToService(environment, network.Needs()[0]), n.ToService(environment, network.STS)) {
		if w.State != network.Open {
			t.Errorf("%s to %s is %s: %s %+v", w.Subnet, w.To, w.State, w.Doubt, w.Fault)
		}
	}
	for _, form := range answers.Asked() {
		if operation := form.Get("Action"); operation != "GetCallerIdentity" && !strings.HasPrefix(operation, "ListHostedZones") && operation != "DescribeVpcAttribute" && operation != "GetManagedPrefixListEntries" && !bounded(form) {
			t.Errorf("%s is not bounded to the environment's VPC: %v", operation, form)
		}
	}
}

// bounded reports whether a call has the filter of its subnets or VPC.
func bounded(form url.Values) bool {
	name, value := form.Get("Filter.1.Name"), form.Get("Filter.1.Value.1")
	return name == "vpc-id" && value == "vpc-0f00ba12345678901" || name == "subnet-id" && value == privateA && form.Get("Filter.1.Value.2") == privateB
}

// Each edit of an answer is a fault of the field; the way says so.
func TestAnswersWithFaults(t *testing.T) {
	noDefault := replace("DescribeRouteTables", "<natGatewayId>nat-0a1b2c3d4e5f60001</natGatewayId>\n                    <state>active", "<natGatewayId>nat-0a1b2c3d4e5f60001</natGatewayId>\n                    <state>blackhole")
	for _, test := range []struct {
		name  string
		edits []func(string, string) string
		kind  network.Kind
		says  string
	}{
		{"private DNS off", []func(string, string) string{noDefault, replace("DescribeVpcEndpoints", "<privateDnsEnabled>true", "<privateDnsEnabled>false")}, network.NoName, "vpce-0a5ec00000000005e has private DNS off"},
		{"another service's endpoint", []func(string, string) string{noDefault, replace("DescribeVpcEndpoints", "eu-west-1.secretsmanager<", "eu-west-1.ssm<")}, network.NoRoute, "no endpoint for Secrets Manager"},
		{"hostnames", []func(string, string) string{noDefault, func(o, a string) string {
			if strings.Contains(a, "enableDnsHostnames") {
				return strings.Replace(a, "<value>true", "<value>false", 1)
			}
			return a
		}}, network.NoDNS, "enableDnsHostnames"},
		{"group", []func(string, string) string{replace("DescribeSecurityGroups", "<fromPort>443</fromPort>", "<fromPort>444</fromPort>")}, network.NoGroup, "TCP 443"},
		{"ACL", []func(string, string) string{replace("DescribeNetworkAcls", "<ruleAction>allow", "<ruleAction>deny")}, network.NoACL, "acl-0a1b2c3d4e5f60001"},
		{"ACL by protocol and port", []func(string, string) string{replace("DescribeNetworkAcls", "<protocol>-1</protocol>\n                    <ruleAction>allow", "<protocol>6</protocol>\n                    <portRange><from>1024</from><to>65535</to></portRange>\n                    <ruleAction>allow")}, network.NoACL, "TCP 443 out"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, _ := answered(t, test.edits...)
			w := seeNetwork(t, c).ToService(environment, network.SecretsManager)[0]
			if w.State != network.Closed || w.Fault.Kind != test.kind || !strings.Contains(w.Fault.Seen, test.says) {
				t.Errorf("%s: %+v %s", w.State, w.Fault, w.Doubt)
			}
		})
	}
}

// What EC2 tells of IPv6 is read: a subnet's block, routes, rules of groups and ACLs. A way for IPv6 alone is none to AWS's services.
func TestAnswersOfIPv6(t *testing.T) {
	c, _ := answered(t,
		replace("DescribeSubnets", "<ipv6CidrBlockAssociationSet/>", "<ipv6CidrBlockAssociationSet><item><ipv6CidrBlock>2001:db8:1::/64</ipv6CidrBlock><ipv6CidrBlockState><state>associated</state></ipv6CidrBlockState></item></ipv6CidrBlockAssociationSet>"),
		replace("DescribeRouteTables", "<destinationCidrBlock>0.0.0.0/0</destinationCidrBlock>\n                    <natGatewayId>nat-0a1b2c3d4e5f60001</natGatewayId>",
			"<destinationIpv6CidrBlock>::/0</destinationIpv6CidrBlock>\n                    <egressOnlyInternetGatewayId>eigw-0a1b2c3d4e5f60006</egressOnlyInternetGatewayId>"),
		replace("DescribeVpcEndpoints", "eu-west-1.secretsmanager<", "eu-west-1.ssm<"),
		replace("DescribeNetworkAcls", "<entrySet>", "<entrySet><item><ruleNumber>90</ruleNumber><protocol>6</protocol><ruleAction>deny</ruleAction><egress>true</egress><ipv6CidrBlock>::/0</ipv6CidrBlock><portRange><from>443</from><to>443</to></portRange></item>"),
		replace("DescribeSecurityGroups", "<ipv6Ranges/>", "<ipv6Ranges><item><cidrIpv6>::/0</cidrIpv6></item></ipv6Ranges>"),
	)
	n := seeNetwork(t, c)
	if len(n.Unseen) > 0 || n.Subnet(privateA).IPv6.String() != "2001:db8:1::/64" {
		t.Fatalf("%v %+v", n.Unseen, n.Subnet(privateA))
	}
	sixes := 0
	for _, g := range n.Groups {
		for _, r := range slices.Concat(g.Ingress, g.Egress) {
			if r.Peer.IsValid() && r.Peer.Addr().Is6() {
				sixes++
			}
		}
	}
	w := n.ToService(environment, network.SecretsManager)[0]
	if sixes == 0 || w.State != network.Closed || !strings.Contains(w.Fault.Seen, "for IPv6 alone, over an egress-only internet gateway eigw-0a1b2c3d4e5f60006") {
		t.Errorf("%d rules; %s: %+v %s", sixes, w.State, w.Fault, w.Doubt)
	}
}

// A host of a private hosted zone that the environment's VPC is not associated with; one of its own, and one that another account shares, lead on.
func TestAnswersOfZones(t *testing.T) {
	c, _ := answered(t)
	n := seeNetwork(t, c)
	for host, closed := range map[string]bool{"db.corp.internal": true, "db.data.internal": false, "db.shared.internal": false, "db.example.com": false} {
		w := n.ToDatabase(environment, network.Place{Host: host, Port: 5432})[0]
		if is := w.State == network.Closed && w.Fault.Kind == network.NoZone; is != closed {
			t.Errorf("%s: %s %+v", host, w.State, w.Fault)
		}
	}
}

// Lacking a permission costs what needs it: the part is unseen, and names the permission. Without the subnets there is nothing to see.
func TestNetworkWithoutPermissions(t *testing.T) {
	c, answers := answered(t)
	answers.Files = without{answers.Files, "DescribeNetworkAcls.xml"}
	n := seeNetwork(t, c)
	if why := n.Unseen[network.PartACLs]; len(n.Unseen) != 1 || !strings.Contains(why, "ec2:DescribeNetworkAcls") {
		t.Errorf("%v", n.Unseen)
	}
	if w := n.ToService(environment, network.SecretsManager)[0]; w.State != network.Unknown || !strings.Contains(w.Doubt, "ec2:DescribeNetworkAcls") {
		t.Errorf("%s: %s", w.State, w.Doubt)
	}
	answers.Files = without{answers.Files.(without).FS, "ListHostedZonesByVPC.xml"}
	if why := seeNetwork(t, c).Unseen[network.PartZones]; !strings.Contains(why, "route53:ListHostedZonesByVPC") {
		t.Errorf("%q", why)
	}
	answers.Files = nil
	if _, err := c.Network(t.Context(), environment.Subnets); err == nil || !strings.Contains(err.Error(), "EC2: DescribeSubnets: UnauthorizedOperation") {
		t.Errorf("%v", err)
	}
}

// A VPC that another account shares has endpoints that are not seen, so that nothing is said of their lack.
func TestSharedVPC(t *testing.T) {
	gone := replace("DescribeRouteTables", "<natGatewayId>nat-0a1b2c3d4e5f60001</natGatewayId>\n                    <state>active", "<natGatewayId>nat-0a1b2c3d4e5f60001</natGatewayId>\n                    <state>blackhole")
	other := replace("DescribeVpcEndpoints", "eu-west-1.secretsmanager<", "eu-west-1.ssm<")
	c, _ := answered(t, gone, other, replace("DescribeSubnets", "<ownerId>123456789012", "<ownerId>999999999999"))
	w := seeNetwork(t, c).ToService(environment, network.SecretsManager)[0]
	if w.State != network.Unknown || !strings.Contains(w.Doubt, "shared by account 999999999999") {
		t.Errorf("%s: %s %+v", w.State, w.Doubt, w.Fault)
	}
	c, _ = answered(t, gone, other)
	if w := seeNetwork(t, c).ToService(environment, network.SecretsManager)[0]; w.State != network.Closed {
		t.Errorf("an own VPC: %s", w.State)
	}
}

func TestDatabases(t *testing.T) {
	const d1, d2, group = "subnet-0a1b2c3d4e5f600d1", "subnet-0a1b2c3d4e5f600d2", "sg-0a1b2c3d4e5f600db"
	place := func(host string, subnets ...string) network.Place {
		return network.Place{Host: host, Port: 5432, VPC: "vpc-0f00ba12345678901", Subnets: subnets, Groups: []string{group}}
	}
	cluster := network.Database{
		Cluster: "dw", Writer: "dw.cluster-c1abcdefghij.eu-west-1.rds.amazonaws.com", IAM: true, ResourceID: "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ", CA: "rds-ca-rsa2048-g1",
		Master: "postgres", MasterSecret: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!cluster-5e1f-AbCdEf", ParameterGroup: "dw-aurora16", ForceSSL: network.On,
	}
	of := func(d network.Database, kind network.Role, name, reads string, p network.Place) network.Database {
		d.Kind, d.Name, d.Reads, d.Place = kind, name, reads, p
		return d
	}
	proxy := network.Database{
		ResourceID: "prx-0123456789abcdef0", Name: "pool", Kind: network.Proxy,
		Proxy: &network.ProxyServer{
			RequireTLS: true, Auth: []network.ProxyAuth{{Secret: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:proxy/etl-AbCdEf", IAM: "DISABLED"}},
			Unhealthy: []string{"warehouse is UNAVAILABLE: AUTH_FAILURE Proxy does not have any registered credentials"},
		},
	}
	const domain = "c1abcdefghij.eu-west-1.rds.amazonaws.com"
	for host, want := range map[string]network.Database{
		"warehouse." + domain: {
			Place: place("warehouse."+domain, d1, d2), Name: "warehouse", Kind: network.Instance, CA: "rds-ca-rsa2048-g1", ResourceID: "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
			Master: "postgres", ParameterGroup: "warehouse-pg16", ForceSSL: network.Off,
		},
		"dw.cluster-" + domain:           of(cluster, network.Writer, "dw", "", place("dw.cluster-"+domain, d1, d2)),
		"dw.cluster-ro-" + domain:        of(cluster, network.Reader, "dw", "it is the reader endpoint of the cluster dw", place("dw.cluster-ro-"+domain, d1, d2)),
		"etl.cluster-custom-" + domain:   of(cluster, network.Custom, "etl", "it is a custom endpoint of type READER, which may lead to a reader", place("etl.cluster-custom-"+domain, d1, d2)),
		"dw-2." + domain:                 of(cluster, network.Instance, "dw-2", "it is a reader of the cluster dw now", place("dw-2."+domain, d2)),
		"pool.proxy-" + domain:           of(proxy, network.Proxy, "pool", "", place("pool.proxy-"+domain, d1, d2)),
		"reads.endpoint.proxy-" + domain: of(proxy, network.Proxy, "pool", "it is the read-only endpoint reads of a proxy", place("reads.endpoint.proxy-"+domain, d1)),
	} {
		t.Run(host, func(t *testing.T) {
			c, _ := answered(t)
			got, err := c.Database(t.Context(), host)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&want, got, cmpopts.EquateEmpty(), cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
				t.Error(diff)
			}
		})
	}
	c, answers := answered(t)
	for _, host := range []string{"db.example.internal", "10.0.0.1", "world.global-c1.global.rds.amazonaws.com"} {
		if d, err := c.Database(t.Context(), host); d != nil || err != nil || len(answers.Asked()) > 0 {
			t.Errorf("%s: %v, %v", host, d, err)
		}
	}
	answers.Files = without{answers.Files, "DescribeDBParameters.xml"}
	if d, err := c.Database(t.Context(), "warehouse."+domain); err != nil || d.ForceSSL != "" || !strings.Contains(d.Unseen["DescribeDBParameters"], "rds:DescribeDBParameters") {
		t.Errorf("%+v, %v", d, err)
	}
	answers.Files = nil
	if _, err := c.Database(t.Context(), "warehouse."+domain); err == nil || !strings.Contains(err.Error(), "RDS: DescribeDBInstances: AccessDenied") {
		t.Errorf("%v", err)
	}
}

// without hides one file.
type without struct {
	fs.FS
	name string
}

func (w without) Open(name string) (fs.File, error) {
	if name == w.name {
		return nil, fs.ErrNotExist
	}
	return w.FS.Open(name)
}
