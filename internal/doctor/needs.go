package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"aircon/lookup"
	"aircon/policy"
)

// scope is what a permission is given on.
type scope string

// The scopes, which are the ids of their statements, too.
const (
	onEnvironment scope = "Environment"
	onRole        scope = "ExecutionRole"
	onPolicies    scope = "ItsPolicies"
	onSecrets     scope = "Secrets"
	onKeys        scope = "Keys"
	throughKeys   scope = "Texts"   // of secrets under customer keys
	onAirflowRole scope = "Workers" // through Airflow's REST API, as a role of Airflow
	onAnything    scope = "Lists"   // actions that IAM gives on no single resource
)

// needs are all the permissions that doctor uses, by what they are given on. sts:GetCallerIdentity needs none. Which actions take a resource is
// from the Service Authorization Reference (https://docs.aws.amazon.com/service-authorization/latest/reference/).
var needs = []struct {
	on      scope
	actions []string
}{
	{onEnvironment, []string{"airflow:GetEnvironment"}},
	{onAirflowRole, []string{"airflow:InvokeRestApi"}},
	{onRole, []string{"iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:SimulatePrincipalPolicy"}},
	{onPolicies, []string{"iam:GetPolicy", "iam:GetPolicyVersion"}},
	{onSecrets, []string{"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"}},
	{onKeys, []string{"kms:DescribeKey", "kms:GetKeyPolicy"}},
	{throughKeys, []string{"kms:Decrypt"}},
	{onAnything, []string{
		"secretsmanager:ListSecrets", "secretsmanager:BatchGetSecretValue",
		"ec2:DescribeSubnets", "ec2:DescribeVpcAttribute", "ec2:DescribeRouteTables", "ec2:DescribeNatGateways", "ec2:DescribeVpcEndpoints",
		"ec2:DescribeSecurityGroups", "ec2:DescribeNetworkAcls", "ec2:GetManagedPrefixListEntries",
		"route53:ListHostedZones", "route53:ListHostedZonesByVPC",
		"rds:DescribeDBInstances", "rds:DescribeDBClusters", "rds:DescribeDBClusterEndpoints", "rds:DescribeDBParameters",
		"rds:DescribeDBClusterParameters", "rds:DescribeDBProxies", "rds:DescribeDBProxyEndpoints", "rds:DescribeDBProxyTargets",
	}},
}

// leastStatement is one of the policy's, in the order in which people write them.
type leastStatement struct {
	Sid       scope
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string]string `json:",omitempty"`
}

// Least returns the least policy that Examine needs for an environment, as indented JSON: of its own ARNs, the execution role's, those of the
// secrets that it asks for, and of the customer keys that encrypt them. What cannot be read is widened, as whoever asks may not have the
// policy yet: it needs no permission then, but for a name that no environment has.
func (d *Doctor) Least(ctx context.Context, t Target, ids []string) (string, error) {
	e := &Environment{Target: t}
	var err error
	if e.Caller, err = d.AWS.Caller(ctx); err != nil {
		return "", err
	}
	if e.MWAA, err = d.AWS.Environment(ctx, t.Name); err != nil && !denied(err) {
		return "", err
	}
	if e.MWAA == nil {
		e.MWAA = new(MWAA)
	} else if err := e.runtime(); err != nil {
		return "", err
	} else if err := e.openSearch(ctx, d.AWS); err != nil {
		return "", err
	}
	listed, err := d.AWS.Secrets(ctx)
	if err != nil && !denied(err) {
		return "", err
	}
	e.Names = Existing(listed)
	if len(ids) == 0 {
		ids = e.ids()
	}
	return d.least(ctx, e, ids, listed)
}

func (d *Doctor) least(ctx context.Context, e *Environment, ids []string, listed []Secret) (string, error) {
	names, keys := e.secrets(ids), []string{}
	if listed == nil { // some may be under a key
		keys = append(keys, e.arn("kms", "key/*"))
	}
	for _, s := range listed {
		if !slices.Contains(names, s.Name) || !customerKey(s.KMSKey) {
			continue
		}
		if key, err := d.AWS.Key(ctx, s.KMSKey); err == nil && !key.AWSManaged {
			keys = append(keys, key.ARN)
		} else if denied(err) {
			keys = append(keys, e.arn("kms", "key/*"))
		} else if err != nil {
			return "", err
		}
	}
	for _, name := range names {
		if e.foreign(name) { // its key is that account's, and not in the list
			keys = append(keys, "arn:"+e.Caller.Partition+":kms:"+e.Caller.Region+":"+accountOf(name)+":key/*")
		}
	}
	keys = unique(keys)
	resources := map[scope][]string{
		onEnvironment: {e.arn("airflow", "environment/"+e.Name)},
		onRole:        {e.roleOrAny()},
		onPolicies:    {"arn:" + e.Caller.Partition + ":iam::" + e.Caller.Account + ":policy/*", "arn:" + e.Caller.Partition + ":iam::aws:policy/*"},
		onSecrets:     e.secretResources(names),
		onKeys:        keys, throughKeys: keys,
		onAnything: {"*"},
	}
	if d.Inside != nil {
		resources[onAirflowRole] = []string{e.arn("airflow", "role/"+e.Name+"/User")} // the least role that may trigger a DAG
	}
	var statements []leastStatement
	for _, n := range needs {
		if len(resources[n.on]) == 0 {
			continue
		}
		s := leastStatement{Sid: n.on, Effect: "Allow", Action: n.actions, Resource: resources[n.on]}
		if n.on == throughKeys {
			s.Condition = map[string]map[string]string{"StringEquals": {"kms:ViaService": viaService(e.arn("secretsmanager", ""))}}
		}
		statements = append(statements, s)
	}
	text, err := json.MarshalIndent(struct {
		Version   string
		Statement []leastStatement
	}{"2012-10-17", statements}, "", "  ")
	return string(text), err
}

// arn is that of something in the environment's account and region.
func (e *Environment) arn(service, resource string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", e.Caller.Partition, service, e.Caller.Region, e.Caller.Account, resource)
}

func (e *Environment) roleOrAny() string {
	if arn := e.roleARN(); arn != "" {
		return arn
	}
	return "arn:" + e.Caller.Partition + ":iam::" + e.Caller.Account + ":role/*"
}

// secrets are the names of those that lookups of the ids ask for.
func (e *Environment) secrets(ids []string) []string {
	var names []string
	for _, id := range ids {
		if e.Settings.Backend != nil {
			names = append(names, e.Settings.Backend.Names(lookup.Connection, id, "").Asked...)
		} else if e.Spec != nil {
			names = append(names, e.Spec.ConnectionsPrefix().Name(id))
		}
	}
	return unique(names)
}

// secretResources names each secret with its six random characters as wildcards or, where a managed policy would not hold them all,
// their prefix.
func (e *Environment) secretResources(names []string) []string {
	if len(names) == 0 { // which they are nobody could tell
		return []string{e.arn("secretsmanager", "secret:*")}
	}
	var all []string
	size := 0
	for _, name := range names {
		all = append(all, e.secretARN(name)+"-??????")
		size += len(all[len(all)-1]) + 3 // quotes and a comma
	}
	if size < policy.MaxManagedSize/2 {
		return all
	}
	prefix := names[0]
	for !strings.HasPrefix(names[len(names)-1], prefix) { // they are sorted, so that what the ends share all of them do
		prefix = prefix[:len(prefix)-1]
	}
	return []string{e.secretARN(prefix) + "*"}
}
