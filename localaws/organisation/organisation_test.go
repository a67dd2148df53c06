package organisation

import (
	"slices"
	"strings"
	"testing"

	"aircon/policy"
)

const example = `{
  "Id": "o-exampleorgid", "MasterAccountId": "999999999999",
  "Policies": {
    "p-regions": {"Type": "SERVICE_CONTROL_POLICY", "Content": {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}}},
    "p-perimeter": {"Type": "RESOURCE_CONTROL_POLICY", "Content": {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-exampleorgid"}}}}}
  },
  "Root": {
    "Id": "r-ab12", "Policies": ["p-FullAWSAccess", "p-perimeter"], "Accounts": {"999999999999": []},
    "OrganizationalUnits": [{"Id": "ou-ab12-11111111", "Policies": ["p-FullAWSAccess", "p-regions"], "Accounts": {"111122223333": []}}]
  }
}`

func TestMembers(t *testing.T) {
	o, err := Parse([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	member := o.Of("111122223333")
	if !slices.Equal(member.Paths, []string{"o-exampleorgid/r-ab12/ou-ab12-11111111/"}) || member.ID != "o-exampleorgid" {
		t.Errorf("its place is %s, %q", member.ID, member.Paths)
	}
	var levels []string
	for _, level := range member.ServiceControl {
		var names []string
		for _, p := range level {
			names = append(names, p.Name[strings.LastIndexByte(p.Name, '/')+1:])
		}
		levels = append(levels, strings.Join(names, "+"))
	}
	if got := strings.Join(levels, " > "); got != "p-FullAWSAccess > p-FullAWSAccess+p-regions > p-FullAWSAccess" {
		t.Errorf("its service control policies are %s", got)
	}
	if len(member.ResourceControl) != 3 || member.ResourceControl[0][1].Name != "arn:aws:organizations::999999999999:policy/o-exampleorgid/resource_control_policy/p-perimeter" {
		t.Errorf("its resource control policies are %v", member.ResourceControl)
	}
	if m := o.Of("999999999999"); m.ServiceControl != nil || m.ResourceControl != nil || m.ID != "o-exampleorgid" {
		t.Errorf("the management account is bound: %+v", m)
	}
	if o.Of("444455556666") != nil || (*Organisation)(nil).Of("111122223333") != nil {
		t.Error("an account that is in no organisation has one")
	}
}

func TestOneOfTheseDenies(t *testing.T) {
	o, err := Parse([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	everything := policy.Policy{Name: "all", Document: mustParse(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)}
	for region, want := range map[string]string{"eu-west-1": "", "us-east-1": "with an explicit deny in a service control policy: arn:aws:organizations::999999999999:policy/o-exampleorgid/service_control_policy/p-regions"} {
		r := &policy.Request{
			Principal: &policy.Principal{Kind: policy.User, ARN: "arn:aws:iam::111122223333:user/etl", Account: "111122223333"}, Action: "secretsmanager:ListSecrets", Resource: "*",
			Context: policy.Context{policy.One("aws:RequestedRegion", region)}, Identity: []policy.Policy{everything}, Organisation: o.Of("111122223333").ServiceControl,
		}
		d := policy.Evaluate(r)
		if d.Allowed() != (want == "") || want != "" && !strings.HasSuffix(d.Denial(r, ""), want) {
			t.Errorf("in %s: %+v", region, d)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct{ name, old, with, want string }{
		{"no JSON", `{`, `[`, "not an organisation in JSON"},
		{"a member that is none", `"Root"`, `"Rood"`, `unknown field "Rood"`},
		{"no id", `"Id": "o-exampleorgid"`, `"Id": "exampleorgid"`, `Id "exampleorgid" is none`},
		{"a root without an id", `"Id": "r-ab12", `, ``, "has no Id"},
		{"a type that is none", "RESOURCE_CONTROL_POLICY", "TAG_POLICY", `policy p-perimeter: the Type "TAG_POLICY" is neither`},
		{"a policy with a fault", `"Effect": "Deny", "NotAction"`, `"Effect": "Never", "NotAction"`, "policy p-regions: its Content at 1:51: Effect must be Allow or Deny"},
		{"a principal in a service control policy", `"NotAction": "iam:*"`, `"Principal": "*", "NotAction": "iam:*"`, "should not specify a principal"},
		{"an allow in a resource control policy", `"Effect": "Deny", "Principal"`, `"Effect": "Allow", "Principal"`, "takes statements with the Effect Deny only"},
		{"a policy that is not there", `["p-FullAWSAccess", "p-regions"]`, `["p-region"]`, "unit ou-ab12-11111111: there is no policy p-region"},
		{"nothing allowed", `["p-FullAWSAccess", "p-regions"]`, `["p-regions"]`, "allow nothing, so nobody may do anything: attach p-FullAWSAccess too"},
		{"an account that is none", `"111122223333"`, `"1111"`, `account "1111" is not one of AWS's`},
		{"an account twice", `"111122223333"`, `"999999999999"`, "stands in another unit too"},
		{"a management account elsewhere", `"MasterAccountId": "999999999999"`, `"MasterAccountId": "888888888888"`, "is not among the accounts"},
	} {
		_, err := Parse([]byte(strings.Replace(example, c.old, c.with, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
}
