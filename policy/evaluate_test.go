package policy

import "testing"

// TestEvaluate walks the flow chart of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html, one kind of policy after the other.
func TestEvaluate(t *testing.T) {
	const (
		all   = "allow secretsmanager:* on *"
		none  = "allow s3:* on *"
		deny  = "deny secretsmanager:* on *"
		key   = "allow secretsmanager:* on * to " + account
		mwaa  = "arn:aws:iam::111122223333:role/service/mwaa"
		task  = "arn:aws:sts::111122223333:assumed-role/mwaa/task"
		etl   = "arn:aws:iam::111122223333:user/etl"
		outer = "arn:aws:iam::444455556666:user/etl"
	)
	type policies struct{ identity, boundary, session, resource, organisation string }
	for _, c := range []struct {
		name     string
		who      *Principal
		required bool
		p        policies
		want     string
	}{
		{"nothing allows", role, false, policies{}, "no identity-based policy"},
		{"the role's policy allows", role, false, policies{identity: all}, "allowed: identity-based policy identity0[0]"},
		{"it allows something else", role, false, policies{identity: none}, "no identity-based policy"},
		{"a deny wins over an allow", role, false, policies{identity: all + ";" + deny}, "explicitDeny: identity-based policy identity0[1]"},

		{"the boundary allows too", role, false, policies{identity: all, boundary: all}, "allowed: identity-based policy identity0[0]"},
		{"the boundary allows nothing of it", role, false, policies{identity: all, boundary: none}, "no permissions boundary"},
		{"a boundary alone allows nothing", role, false, policies{boundary: all}, "no identity-based policy"},
		{"a deny in the boundary wins over a resource policy that names the session", role, false, policies{identity: all, boundary: deny, resource: all + " to " + task}, "explicitDeny: permissions boundary boundary[0]"},

		{"the session policy allows too", role, false, policies{identity: all, session: all}, "allowed: identity-based policy identity0[0]"},
		{"the session policy leaves it out", role, false, policies{identity: all, session: none}, "no session policy"},
		{"a deny in the session policy", role, false, policies{identity: all, session: deny}, "explicitDeny: session policy session0[0]"},

		{"a resource policy that names the user is enough", user, false, policies{resource: all + " to " + etl}, "allowed: resource-based policy resource[0]"},
		{"and the boundary does not limit it", user, false, policies{boundary: none, resource: all + " to " + etl}, "allowed: resource-based policy resource[0]"},
		{"a resource policy that names the role is enough", role, false, policies{resource: all + " to " + mwaa}, "allowed: resource-based policy resource[0]"},
		{"but the boundary limits it", role, false, policies{boundary: none, resource: all + " to " + mwaa}, "no permissions boundary"},
		{"and the session policy limits it", role, false, policies{session: none, resource: all + " to " + mwaa}, "no session policy"},
		{"named as the session, neither limits it", role, false, policies{boundary: none, session: none, resource: all + " to " + task}, "allowed: resource-based policy resource[0]"},
		{"named as everybody, neither limits it", role, false, policies{boundary: none, session: none, resource: all + " to *"}, "allowed: resource-based policy resource[0]"},
		{"the closest of several names counts", role, false, policies{boundary: none, resource: all + " to " + mwaa + ";" + all + " to " + task}, "allowed: resource-based policy resource[1]"},
		{"the account alone grants nothing", role, false, policies{resource: key}, "no identity-based policy"},
		{"a deny for the account meets the role", role, false, policies{identity: all, resource: "deny secretsmanager:* on * to " + account}, "explicitDeny: resource-based policy resource[0]"},
		{"a resource policy for another principal", user, false, policies{resource: all + " to " + outer}, "no identity-based policy"},
		{"the session's unique id", role, false, policies{resource: all + " to AROAEXAMPLEROLEID"}, "allowed: resource-based policy resource[0]"},

		{"another role's unique id that begins alike", role, false, policies{resource: all + " to AROAEXAMPLEROLEI"}, "no identity-based policy"},

		{"another account needs both: neither", stranger, false, policies{}, "no identity-based policy"},
		{"another account needs both: its own only", stranger, false, policies{identity: all}, "no resource-based policy"},
		{"another account needs both: the resource's only", stranger, false, policies{resource: all + " to " + outer}, "no identity-based policy"},
		{"another account needs both: both", stranger, false, policies{identity: all, resource: all + " to " + outer}, "allowed: identity-based policy identity0[0]"},
		{"another account needs both: the account is named", stranger, false, policies{identity: all, resource: all + " to " + other}, "allowed: identity-based policy identity0[0]"},
		{"another account's role is not enough by its name", guest, false, policies{resource: all + " to " + guest.Issuer}, "no identity-based policy"},
		{"nor is its session", guest, false, policies{resource: all + " to " + guest.ARN}, "no identity-based policy"},
		{"another account's boundary limits", stranger, false, policies{identity: all, boundary: none, resource: all + " to " + outer}, "no permissions boundary"},

		{"a key's policy must allow", role, true, policies{identity: all}, "no resource-based policy"},
		{"a key's policy that names the account hands over", role, true, policies{identity: all, resource: key}, "allowed: identity-based policy identity0[0]"},
		{"and then identity policies must allow", role, true, policies{resource: key}, "no identity-based policy"},
		{"a key's policy that names the role is enough", role, true, policies{resource: all + " to " + mwaa}, "allowed: resource-based policy resource[0]"},
		{"even the root needs the key's policy", root, true, policies{}, "no resource-based policy"},
		{"which names it when it names the account", root, true, policies{resource: key}, "allowed: resource-based policy resource[0]"},

		{"the account's root may", root, false, policies{}, "allowed: no [-1]"},
		{"but for a deny in the resource's policy", root, false, policies{resource: "deny secretsmanager:* on * to *"}, "explicitDeny: resource-based policy resource[0]"},
		{"and for the organisation", root, false, policies{organisation: none}, "no service control policy"},
		{"the organisation allows", role, false, policies{identity: all, organisation: "allow * on *"}, "allowed: identity-based policy identity0[0]"},
		{"the organisation denies", role, false, policies{identity: all, organisation: "allow * on *;" + deny}, "explicitDeny: service control policy organisation0[1]"},

		{"a service needs the resource's policy", service, false, policies{identity: all}, "no resource-based policy"},
		{"which names it", service, false, policies{resource: all + " to airflow-env.amazonaws.com"}, "allowed: resource-based policy resource[0]"},
		{"which names another service", service, false, policies{resource: all + " to lambda.amazonaws.com"}, "no resource-based policy"},
		{"the organisation does not bind a service", service, false, policies{organisation: deny, resource: all + " to airflow-env.amazonaws.com"}, "allowed: resource-based policy resource[0]"},
		{"nobody, by everybody's permission", nil, false, policies{resource: all + " to *"}, "allowed: resource-based policy resource[0]"},
		{"nobody else", nil, false, policies{resource: key}, "no resource-based policy"},

		{"NotPrincipal denies who is not listed", role, false, policies{identity: all, resource: "deny secretsmanager:* on * to not " + etl}, "explicitDeny: resource-based policy resource[0]"},
		{"it needs role and account to spare a session", role, false, policies{identity: all, resource: "deny secretsmanager:* on * to not " + task}, "explicitDeny: resource-based policy resource[0]"},
		{"with all three it is spared", role, false, policies{identity: all, resource: "deny secretsmanager:* on * to not " + task + "," + mwaa + "," + account}, "allowed: identity-based policy identity0[0]"},
		{"without the role it is not", role, false, policies{identity: all, resource: "deny secretsmanager:* on * to not " + task + "," + account}, "explicitDeny: resource-based policy resource[0]"},
		{"without the account it is not", role, false, policies{identity: all, resource: "deny secretsmanager:* on * to not " + task + "," + mwaa}, "explicitDeny: resource-based policy resource[0]"},
		{"NotPrincipal with everybody denies nobody", role, false, policies{identity: all, resource: "deny secretsmanager:* on * to not *"}, "allowed: identity-based policy identity0[0]"},
		{"NotPrincipal with Allow excepts the role's sessions", role, false, policies{resource: all + " to not " + mwaa}, "no identity-based policy"},
		{"and allows everybody else", user, false, policies{resource: all + " to not " + mwaa}, "allowed: resource-based policy resource[0]"},

		{"NotAction leaves out", role, false, policies{identity: "allow not secretsmanager:Get*,kms:* on *"}, "no identity-based policy"},
		{"NotAction takes in", role, false, policies{identity: "allow not secretsmanager:Put* on *"}, "allowed: identity-based policy identity0[0]"},
		{"NotResource leaves out", role, false, policies{identity: "allow secretsmanager:* on not " + secret}, "no identity-based policy"},
		{"NotResource takes in", role, false, policies{identity: "allow secretsmanager:* on not arn:aws:s3:::*"}, "allowed: identity-based policy identity0[0]"},
		{"actions have no case", role, false, policies{identity: "allow SECRETSMANAGER:getsecretvalue on *"}, "allowed: identity-based policy identity0[0]"},
		{"resources have", role, false, policies{identity: "allow secretsmanager:* on arn:aws:secretsmanager:eu-west-1:111122223333:secret:Airflow/*"}, "no identity-based policy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Request{Principal: c.who, Action: get, Resource: secret, Owner: account, ResourcePolicyRequired: c.required}
			if c.p.identity != "" {
				r.Identity = named("identity", documents(t, c.p.identity))
			}
			if c.p.boundary != "" {
				r.Boundary = one("boundary", documents(t, c.p.boundary))
			}
			if c.p.session != "" {
				r.Session = named("session", documents(t, c.p.session))
			}
			if c.p.resource != "" {
				r.ResourcePolicy = one("resource", documents(t, c.p.resource))
			}
			if c.p.organisation != "" {
				r.Organisation = [][]Policy{named("organisation", documents(t, c.p.organisation))}
			}
			if got := reason(Evaluate(r)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestEachLevelOfAnOrganisationMustAllow(t *testing.T) {
	all, none := documents(t, "allow * on *"), documents(t, "allow s3:* on *")
	r := &Request{Principal: role, Action: get, Resource: secret, Identity: named("identity", all)}
	for _, c := range []struct {
		name   string
		levels [][]Policy
		want   string
	}{
		{"both allow", [][]Policy{named("root", none, all), named("unit", all)}, "allowed: identity-based policy identity0[0]"},
		{"the lower does not", [][]Policy{named("root", all), named("unit", none)}, "no service control policy"},
		{"the upper does not", [][]Policy{named("root", none), named("unit", all)}, "no service control policy"},
	} {
		r.Organisation = c.levels
		if got := reason(Evaluate(r)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestEndpointAndResourceControlLimit(t *testing.T) {
	all, none := documents(t, "allow * on * to *"), documents(t, "allow s3:* on * to *")
	deny := documents(t, "allow * on * to *;deny secretsmanager:* on * to "+account)
	for _, c := range []struct {
		name              string
		endpoint, control *Document
		want              string
	}{
		{"both allow", all, all, "allowed: identity-based policy identity0[0]"},
		{"the endpoint does not", none, all, "no VPC endpoint policy"},
		{"the control does not", all, none, "no resource control policy"},
		{"the endpoint denies", deny, all, "explicitDeny: VPC endpoint policy endpoint[1]"},
		{"the control denies", all, deny, "explicitDeny: resource control policy control0[1]"},
	} {
		r := &Request{
			Principal: role, Action: get, Resource: secret, Identity: named("identity", documents(t, "allow * on *")),
			Endpoint: one("endpoint", c.endpoint), ResourceControl: [][]Policy{named("control", c.control)},
		}
		if got := reason(Evaluate(r)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestDenial has the examples of https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html and what
// Secrets Manager, whose requests name a secret as they like, answers.
func TestDenial(t *testing.T) {
	for _, c := range []struct {
		name, resource, sent string
		trust                bool
		d                    Decision
		want                 string
	}{
		{"as sent", secret, "airflow/connections/db", false, lacking(Identity), " on resource: airflow/connections/db because no identity-based policy allows the secretsmanager:GetSecretValue action"},
		{"by ARN", secret, "", false, lacking(Resource), " on resource: " + secret + " because no resource-based policy allows the secretsmanager:GetSecretValue action"},
		{"no resource", "*", "", false, lacking(Identity), " because no identity-based policy allows the secretsmanager:GetSecretValue action"},
		{"all resources", "*", "*", false, lacking(Boundary), " on resource: * because no permissions boundary allows the secretsmanager:GetSecretValue action"},
		{"session", "*", "", false, lacking(Session), " because no session policy allows the secretsmanager:GetSecretValue action"},
		{"organisation", "*", "", false, lacking(Organisation), " because no service control policy allows the secretsmanager:GetSecretValue action"},
		{"endpoint", "*", "", false, lacking(Endpoint), " because no VPC endpoint policy allows the secretsmanager:GetSecretValue action"},
		{"explicit", "*", "", false, Decision{Effect: ExplicitDeny, Kind: Identity}, " with an explicit deny in an identity-based policy"},
		{"explicit, boundary", "*", "", false, Decision{Effect: ExplicitDeny, Kind: Boundary}, " with an explicit deny in a permissions boundary"},
		{"explicit, resource", "*", "", false, Decision{Effect: ExplicitDeny, Kind: Resource}, " with an explicit deny in a resource-based policy"},
		{"explicit, trust", "*", "", true, Decision{Effect: ExplicitDeny, Kind: Resource}, " with an explicit deny in the role trust policy"},
		{"trust", "*", "arn:aws:iam::111122223333:role/x", true, lacking(Resource), " on resource: arn:aws:iam::111122223333:role/x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Request{Principal: user, Action: get, Resource: c.resource, TrustPolicy: c.trust}
			want := "User: arn:aws:iam::111122223333:user/etl is not authorized to perform: secretsmanager:GetSecretValue" + c.want
			if got := c.d.Denial(r, c.sent); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
