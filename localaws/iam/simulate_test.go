package iam

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"aircon/localaws/organisation"
	"aircon/policy"
)

const simulatedSecret = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf"

// The results are published ones: the first three and the positions of the fourth by the AWS CLI's reference (simulate-custom-policy,
// simulate-principal-policy), those with a resource's policy by scottlogic.com, "Automated permissions testing with AWS IAM Policy Simulator".
func TestSimulateCustomPolicy(t *testing.T) {
	w := newWorld(t)
	const (
		dated  = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}`
		pretty = "{\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [\n        {\n            \"Effect\": \"Allow\",\n            \"Action\": \"codecommit:ListRepositories\",\n            \"Resource\": \"*\"\n        },\n        {\n            \"Effect\": \"Allow\",\n            \"Action\": \"s3:*\",\n            \"Resource\": \"*\"\n        }\n    ]\n}"
		bucket = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},` +
			`{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::b/*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/tims"}}}]}`
		reader = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:DeleteObject"], "Resource": ["arn:aws:s3:::b/only-here/*"]}]}`
	)
	at := func(key, kind string, values ...string) members {
		return members{"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": values}
	}
	inBucket := func(more members) members {
		in := members{
			"PolicyInputList": []any{reader}, "ResourcePolicy": bucket, "CallerArn": "arn:aws:iam::111111111111:user/dummy", "ResourceArns": []any{"arn:aws:s3:::b/only-here/o"},
			"ContextEntries": []any{at("aws:principalarn", "string", "arn:aws:iam::111111111111:role/tims"), at("aws:SecureTransport", "boolean", "true")},
		}
		for k, v := range more {
			in[k] = v
		}
		return in
	}
	bound := strings.Replace(allowAll, `"*"`, `"secretsmanager:*"`, 1)
	for _, c := range []struct {
		name, action string
		in           members
		want         string // decision, resource, matched statements, missing values, boundary, details
	}{
		{"in time", "dynamodb:CreateBackup", members{"PolicyInputList": []any{dated}, "ContextEntries": []any{at("aws:CurrentTime", "date", "2019-04-25T11:00:00Z")}}, "allowed * PolicyInputList.1 IAM Policy 1:38-1:167"},
		{"too early", "dynamodb:CreateBackup", members{"PolicyInputList": []any{dated}, "ContextEntries": []any{at("aws:CurrentTime", "date", "2014-04-25T11:00:00Z")}}, "implicitDeny *"},
		{"no time given", "dynamodb:CreateBackup", members{"PolicyInputList": []any{dated}}, "implicitDeny * missing aws:CurrentTime"},
		{"lines", "codecommit:ListRepositories", members{"PolicyInputList": []any{pretty}}, "allowed * PolicyInputList.1 IAM Policy 3:19-8:10"},
		{"the second statement", "s3:GetObject", members{"PolicyInputList": []any{pretty}}, "allowed * PolicyInputList.1 IAM Policy 8:10-13:10"},
		{
			"allowed beside a resource's policy", "s3:GetObject", inBucket(nil),
			"allowed arn:aws:s3:::b/only-here/o PolicyInputList.1 IAM Policy 1:41-1:151 details map[]; allowed arn:aws:s3:::b/only-here/o PolicyInputList.1 IAM Policy 1:41-1:151",
		},
		{"allowed by nobody", "s3:PutObject", inBucket(nil), "implicitDeny arn:aws:s3:::b/only-here/o details map[]; implicitDeny arn:aws:s3:::b/only-here/o"},
		{
			"denied by a resource's policy", "s3:DeleteObject", inBucket(members{"MaxItems": 1}),
			"explicitDeny arn:aws:s3:::b/only-here/o ResourcePolicy Resource Policy 1:167-1:341 PolicyInputList.1 IAM Policy 1:41-1:151 details map[]; " +
				"explicitDeny arn:aws:s3:::b/only-here/o ResourcePolicy Resource Policy 1:167-1:341 PolicyInputList.1 IAM Policy 1:41-1:151",
		},
		{
			"of another account", "s3:GetObject", inBucket(members{"ResourceOwner": "arn:aws:iam::222222222222:root"}),
			"implicitDeny arn:aws:s3:::b/only-here/o PolicyInputList.1 IAM Policy 1:41-1:151 details map[IAM Policy:allowed Resource Policy:implicitDeny]; " +
				"implicitDeny arn:aws:s3:::b/only-here/o PolicyInputList.1 IAM Policy 1:41-1:151 details map[IAM Policy:allowed Resource Policy:implicitDeny]",
		},
		{
			"several resources", "s3:GetObject",
			members{"PolicyInputList": []any{reader}, "ResourceArns": []any{"arn:aws:s3:::b/only-here/o", "arn:aws:s3:::b/o"}},
			"implicitDeny * details map[]; allowed arn:aws:s3:::b/only-here/o PolicyInputList.1 IAM Policy 1:41-1:151; implicitDeny arn:aws:s3:::b/o",
		},
		{"within a boundary", "secretsmanager:GetSecretValue", members{"PolicyInputList": []any{allowAll}, "PermissionsBoundaryPolicyInputList": []any{bound}}, "allowed * PolicyInputList.1 IAM Policy 1:38-1:83 bounded true"},
		{"outside a boundary", "s3:GetObject", members{"PolicyInputList": []any{allowAll}, "PermissionsBoundaryPolicyInputList": []any{bound}}, "implicitDeny * PolicyInputList.1 IAM Policy 1:38-1:83 bounded false"},
		{
			"denied by a boundary", "s3:GetObject",
			members{"PolicyInputList": []any{allowAll}, "PermissionsBoundaryPolicyInputList": []any{strings.Replace(allowAll, "Allow", "Deny", 1)}},
			"explicitDeny * PolicyInputList.1 IAM Policy 1:38-1:83 PermissionsBoundaryPolicyInputList.1 Permissions Boundary Policy 1:38-1:82 bounded false",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			c.in["ActionNames"] = []any{c.action}
			if got := result(w.do("SimulateCustomPolicy", c.in)); got != c.want {
				t.Errorf("\ngot  %s\nwant %s", got, c.want)
			}
		})
	}
	w.t = t
	for _, caller := range []members{{}, {"CallerArn": "arn:aws:iam::111111111111:role/tims"}} {
		caller["PolicyInputList"], caller["ActionNames"], caller["ResourcePolicy"] = []any{reader}, []any{"s3:GetObject"}, bucket
		w.refused("SimulateCustomPolicy", caller, "InvalidInput: Invalid caller - Caller must be an IAM user in this context.")
	}
	w.refused("SimulateCustomPolicy", members{"PolicyInputList": []any{"{"}, "ActionNames": []any{"s3:GetObject"}}, "InvalidInput: Syntax errors in policy.")
}

// result writes the first result of a simulation in a line.
func result(out members) string {
	var list struct{ EvaluationResults []json.RawMessage }
	text, _ := json.Marshal(out)
	_ = json.Unmarshal(text, &list)
	var e evaluation
	_ = json.Unmarshal(list.EvaluationResults[0], &e)
	line := part(e.EvalDecision, e.EvalResourceName, e.MatchedStatements, e.MissingContextValues, e.PermissionsBoundaryDecisionDetail, e.EvalDecisionDetails)
	for _, s := range e.ResourceSpecificResults {
		line += "; " + part(s.EvalResourceDecision, s.EvalResourceName, s.MatchedStatements, s.MissingContextValues, s.PermissionsBoundaryDecisionDetail, s.EvalDecisionDetails)
	}
	return line
}

func part(decision, resource string, matched []matchedStatement, missing []string, bounded *boundaryDetail, decisions *details) string {
	line := decision + " " + resource
	for _, m := range matched {
		line += fmt.Sprintf(" %s %s %d:%d-%d:%d", m.SourcePolicyId, m.SourcePolicyType, m.StartPosition.Line, m.StartPosition.Column, m.EndPosition.Line, m.EndPosition.Column)
	}
	if len(missing) > 0 {
		line += " missing " + strings.Join(missing, " ")
	}
	if bounded != nil {
		line += fmt.Sprintf(" bounded %v", bounded.AllowedByPermissionsBoundary)
	}
	if decisions != nil {
		line += fmt.Sprintf(" details %v", map[string]string(*decisions))
	}
	return line
}

// TestSimulatePrincipalPolicy has the names that the simulator gives to policies, and whose they are.
func TestSimulatePrincipalPolicy(t *testing.T) {
	w := newWorld(t)
	w.do("CreateRole", members{"RoleName": "mwaa", "AssumeRolePolicyDocument": trustEC2})
	w.do("CreateUser", members{"UserName": "etl"})
	w.do("CreateGroup", members{"GroupName": "data"})
	w.do("AddUserToGroup", members{"UserName": "etl", "GroupName": "data"})
	w.do("CreatePolicy", members{"PolicyName": "read", "PolicyDocument": readOne})
	w.do("AttachRolePolicy", members{"RoleName": "mwaa", "PolicyArn": ownPolicy + "read"})
	w.do("PutRolePolicy", members{"RoleName": "mwaa", "PolicyName": "own", "PolicyDocument": readOne})
	w.do("PutGroupPolicy", members{"GroupName": "data", "PolicyName": "shared", "PolicyDocument": strings.Replace(readOne, "db-", "${aws:username}-", 1)})
	ask := func(arn string, more members) members {
		in := members{"PolicySourceArn": "arn:aws:iam::111111111111:" + arn, "ActionNames": []any{"secretsmanager:GetSecretValue"}, "ResourceArns": []any{simulatedSecret}}
		for k, v := range more {
			in[k] = v
		}
		return in
	}
	ids := func(out members) string {
		var all []string
		for i := range 5 {
			if id, ok := at(out, fmt.Sprint("EvaluationResults.0.MatchedStatements.", i, ".SourcePolicyId")).(string); ok {
				all = append(all, id)
			}
		}
		return strings.Join(all, " ")
	}
	if got := ids(w.do("SimulatePrincipalPolicy", ask("role/mwaa", nil))); got != "role_mwaa_own read" {
		t.Errorf("a role: %s", got)
	}
	etls := strings.Replace(simulatedSecret, "db-", "etl-", 1)
	if got := ids(w.do("SimulatePrincipalPolicy", ask("user/etl", members{"ResourceArns": []any{etls}}))); got != "group_data_shared" {
		t.Errorf("a user in a group: %s", got)
	}
	other := w.do("SimulatePrincipalPolicy", ask("group/data", members{"ResourceArns": []any{etls}}))
	if ids(other) != "" || at(other, "EvaluationResults.0.ResourceSpecificResults.0.MissingContextValues.0") != "aws:username" {
		t.Errorf("a group has no name: %v", other)
	}
	if got := ids(w.do("SimulatePrincipalPolicy", ask("group/data", members{"ResourceArns": []any{etls}, "CallerArn": "arn:aws:iam::111111111111:user/team/etl"}))); got != "group_data_shared" {
		t.Errorf("a group with a caller: %s", got)
	}
	w.do("AttachUserPolicy", members{"UserName": "etl", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})
	if got := result(w.do("SimulatePrincipalPolicy", members{"PolicySourceArn": "arn:aws:iam::111111111111:user/etl", "ActionNames": []any{"s3:GetObject"}})); got != "allowed * AdministratorAccess IAM Policy 3:17-8:6" {
		t.Errorf("an administrator: %s", got) // as many have published it
	}
	keys := w.do("GetContextKeysForPrincipalPolicy", members{"PolicySourceArn": "arn:aws:iam::111111111111:user/etl", "PolicyInputList": []any{
		strings.Replace(allowAll, `"Resource"`, `"Condition":{"StringLike":{"aws:RequestedRegion":"${aws:PrincipalTag/region, '*'}","AWS:USERNAME":"*"}},"Resource"`, 1),
	}})
	if got := fmt.Sprint(keys["ContextKeyNames"]); got != "[AWS:USERNAME aws:PrincipalTag/region aws:RequestedRegion]" {
		t.Errorf("keys %s", got)
	}

	trusting := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`
	w.refused("SimulatePrincipalPolicy", ask("role/mwaa", members{"ResourcePolicy": trusting}), "InvalidInput: Invalid caller - Caller must be an IAM user in this context.")
	w.refused("SimulatePrincipalPolicy", ask("role/none", nil), "NoSuchEntity: The role with name none cannot be found.")
	w.refused("SimulatePrincipalPolicy", ask("assumed-role/mwaa/s", nil), "InvalidInput: Invalid Entity Arn: arn:aws:iam::111111111111:assumed-role/mwaa/s does not clearly define entity type and name.")
}

// TestSimulationPages has a page of two of three actions, and then the rest.
func TestSimulationPages(t *testing.T) {
	w := newWorld(t)
	in := members{"PolicyInputList": []any{allowAll}, "ActionNames": []any{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}, "MaxItems": 2}
	first := w.do("SimulateCustomPolicy", in)
	if at(first, "EvaluationResults.1.EvalActionName") != "s3:PutObject" || at(first, "EvaluationResults.2") != nil || at(first, "IsTruncated") != true {
		t.Errorf("first page %v", first)
	}
	in["Marker"] = first["Marker"]
	if second := w.do("SimulateCustomPolicy", in); at(second, "EvaluationResults.0.EvalActionName") != "s3:DeleteObject" || at(second, "IsTruncated") != false {
		t.Errorf("second page %v", second)
	}
}

// TestExtent walks over statements however they are set: each starts where the one before it ends, and ends behind its brace.
func TestExtent(t *testing.T) {
	d, err := policy.Parse([]byte("{\"Version\":\"2012-10-17\",\"Statement\" : [ {\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}\n ,\n {\"Sid\":\"ü\",\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}"))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"{1 40} {1 87}", "{1 87} {3 58}"} {
		if start, end := extent(d, i); fmt.Sprint(start, end) != want {
			t.Errorf("statement %d: %v %v, want %s", i, start, end, want)
		}
	}
}

// TestSimulateInAnOrganisation: service control policies count, but for those with conditions, and only where an account's own principal is tried.
func TestSimulateInAnOrganisation(t *testing.T) {
	w := newWorld(t)
	w.do("CreateUser", members{"UserName": "etl"})
	w.do("AttachUserPolicy", members{"UserName": "etl", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})
	ask := members{"PolicySourceArn": "arn:aws:iam::111111111111:user/etl"}
	simulate := func(account, action string) string {
		t.Helper()
		o, err := organisation.Parse([]byte(strings.Replace(`{"Id": "o-exampleorgid", "MasterAccountId": "999999999999", "Policies": {
			"p-denied": {"Type": "SERVICE_CONTROL_POLICY", "Content": {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "kms:*", "Resource": "*"}}},
			"p-region": {"Type": "SERVICE_CONTROL_POLICY", "Content": {"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "sts:*", "Resource": "*",
				"Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}}},
			"p-few": {"Type": "SERVICE_CONTROL_POLICY", "Content": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": ["secretsmanager:*", "kms:*", "sts:*"], "Resource": "*"}}}
			}, "Root": {"Id": "r-ab12", "Policies": ["p-FullAWSAccess"], "Accounts": {"ACCOUNT": ["p-few", "p-denied", "p-region"], "999999999999": []}}}`, "ACCOUNT", account, 1)))
		if err != nil {
			t.Fatal(err)
		}
		w.accounts.Organise(func(account string) ([][]policy.Policy, bool) {
			if m := o.Of(account); m != nil {
				return m.ServiceControl, true
			}
			return nil, false
		})
		ask["ActionNames"] = []any{action}
		out := w.do("SimulatePrincipalPolicy", ask)
		allowed := at(out, "EvaluationResults.0.OrganizationsDecisionDetail.AllowedByOrganizations")
		return fmt.Sprint(at(out, "EvaluationResults.0.EvalDecision"), " ", allowed)
	}
	for _, test := range []struct{ account, action, want string }{
		{"111111111111", "secretsmanager:GetSecretValue", "allowed true"},
		{"111111111111", "kms:Decrypt", "explicitDeny false"},
		{"111111111111", "s3:GetObject", "implicitDeny false"},
		{"111111111111", "sts:AssumeRole", "allowed true"},
		{"222222222222", "kms:Decrypt", "allowed <nil>"},
	} {
		if got := simulate(test.account, test.action); got != test.want {
			t.Errorf("%s in %s: got %s, want %s", test.action, test.account, got, test.want)
		}
	}
	ask["ResourceArns"] = []any{simulatedSecret}
	if got := simulate("111111111111", "kms:Decrypt"); got != "explicitDeny false" {
		t.Errorf("on a resource: %s", got)
	}
	if out := w.do("SimulateCustomPolicy", members{"PolicyInputList": []any{allowAll}, "ActionNames": []any{"kms:Decrypt"}}); at(out, "EvaluationResults.0.EvalDecision") != "allowed" {
		t.Errorf("policies of nobody's: %v", out)
	}
}
