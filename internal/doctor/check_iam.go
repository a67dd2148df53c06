package doctor

import (
	"github.com/jackc/pgx/v5"

	"aircon/internal/network"
	"aircon/policy"
)

var _ = register(check{
	kinds: []Kind{
		{
			ID: "AC130", Severity: Error, Arrow: ArrowLogin, Topic: "network.md#what-rds-says-of-the-database",
			Title: "the connection logs in by IAM, and the database does not take that",
			Means: "the token is sent as a password, and the server ends with \"password authentication failed\" or \"PAM authentication failed\"",
			Why:   "extra has iam, and IAM database authentication is off for the instance, cluster or proxy",
			Mend:  "turn IAM database authentication on, and GRANT rds_iam to the role; or take iam out of extra",
		},
		{
			ID: "AC131", Severity: Error, Arrow: ArrowLogin, Topic: "network.md#what-rds-says-of-the-database",
			Title: "the execution role may not log in to the database by IAM",
			Means: "the token is made without a call, so nothing refuses it before the server does: \"PAM authentication failed\"",
			Why:   "extra has iam, and no policy allows rds-db:connect on the database's resource id and this login",
			Mend:  "allow rds-db:connect on arn:aws:rds-db:REGION:ACCOUNT:dbuser:RESOURCE_ID/LOGIN",
		},
	},
	connection: checkIAM,
})

func checkIAM(p *Patient) []Finding {
	conn, _ := p.connection()
	iam := extraOf(conn, "iam")
	d := p.Database
	if d == nil || !iam.IsTrue() {
		return nil
	}
	if !d.IAM {
		mend := Mend{
			Text: "turn it on, then let the role log in by it", Command: d.EnableIAM(),
			SQL: []string{"GRANT rds_iam TO " + pgx.Identifier{conn.Login.String()}.Sanitize() + ";"},
		}
		if d.Kind == network.Proxy {
			mend = Mend{Text: "let the proxy's authentication require IAM for this user's secret"}
		}
		return one(Found("AC130", "extra has iam, and IAM database authentication of "+d.Name+" is off", mend).At("", p.place()))
	}
	if p.Env.Role == nil || d.ResourceID == "" {
		return nil
	}
	resource := p.Env.databaseUser(conn.Host.String(), d.ResourceID, conn.Login.String())
	q := p.Env.Role.request("rds-db:connect", resource, nil)
	decision := policy.Evaluate(q)
	if decision.Allowed() {
		return nil
	}
	return one(Found("AC131", decision.Denial(q, ""), p.Env.allowConnect(resource)).At("", p.Env.Role.ARN))
}

// databaseUser is the resource that a login by IAM is about
// (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html).
func (e *Environment) databaseUser(host, resourceID, login string) string {
	h, _ := network.ParseHost(host)
	return "arn:" + e.Caller.Partition + ":rds-db:" + h.Region + ":" + e.Caller.Account + ":dbuser:" + resourceID + "/" + login
}

// allowConnect puts one inline policy to the execution role.
func (e *Environment) allowConnect(resource string) Mend {
	return Mend{
		Text:    "let the execution role connect as this login",
		Command: e.putRolePolicy("rds-db-connect-"+plainName(resource), oneStatement(map[string]any{"Effect": "Allow", "Action": "rds-db:connect", "Resource": resource})),
	}
}
