package doctor

import (
	"encoding/json"
	"slices"
	"strings"

	"aircon/internal/network"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC018", Severity: Warning, Arrow: ArrowLogin, Topic: "network.md#what-rds-says-of-the-database",
		Title: "the login does not suit RDS Proxy",
		Means: "the proxy answers \"RDS proxy has no credentials for the role\", from the start or after a rotation",
		Why:   "a proxy knows only the users whose secrets it was given; alternating users log in by a second name that no such secret has; a proxy may want IAM tokens",
		Mend:  "give the proxy the connection's secret, rotate a single user, or connect to the database without the proxy",
	}},
	connection: checkProxy,
})

// checkProxy is row 18.
func checkProxy(p *Patient) []Finding {
	conn, _ := p.connection()
	host := conn.Host.String()
	if h, ok := network.ParseHost(host); !ok || h.Role != network.Proxy || p.Reading == nil || p.Reading.Secret == nil {
		return nil
	}
	var found []Finding
	say := func(seen string, mend Mend) { found = append(found, Found("AC018", seen, mend).At("", p.place())) }
	if p.Reading.Secret.Rotates && p.alternates() {
		say("the secret is rotated with alternating users (it has a masterarn), and "+host+" is RDS Proxy, which does not support that",
			Mend{Text: "take masterarn out of the secret and rotate by the function for a single user", Command: []string{"aws", "secretsmanager", "cancel-rotate-secret", "--secret-id", p.name()}})
	}
	if p.Database == nil || p.Database.Proxy == nil {
		return found
	}
	if mend, lacks := p.unknownToProxy(); lacks {
		say("the proxy "+p.Database.Name+" has credentials from "+secretsOf(p.Database.Proxy)+", and none from this connection's secret", mend)
	}
	for _, target := range p.Database.Proxy.Unhealthy {
		say("the proxy "+p.Database.Name+" cannot use its database: "+target, Mend{
			Text: "see what its log says", Command: []string{"aws", "rds", "describe-db-proxy-targets", "--db-proxy-name", p.Database.Name},
		})
	}
	return found
}

// alternates reports whether the secret is one for the rotation of alternating users: it names the secret of a user who may make others
// (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets_strategies.html).
func (p *Patient) alternates() bool {
	t := p.secretText()
	if t == nil || !t.isObject() {
		return false
	}
	var members map[string]json.RawMessage
	return json.Unmarshal([]byte(t.Text.Reveal()), &members) == nil && members["masterarn"] != nil
}

// unknownToProxy reports whether the proxy has no credentials from the connection's secret, and how to give it them.
func (p *Patient) unknownToProxy() (Mend, bool) {
	proxy, arn := p.Database.Proxy, p.Reading.Secret.ARN
	if proxy.IAMToDatabase || arn == "" || slices.ContainsFunc(proxy.Auth, func(a network.ProxyAuth) bool { return a.Secret == arn }) {
		return Mend{}, false
	}
	type auth struct{ AuthScheme, SecretArn, IAMAuth string }
	var all []auth
	for _, a := range proxy.Auth {
		all = append(all, auth{"SECRETS", a.Secret, a.IAM})
	}
	text, err := json.Marshal(append(all, auth{"SECRETS", arn, "DISABLED"}))
	if err != nil {
		return Mend{Text: err.Error()}, true
	}
	return Mend{
		Text:    "give the proxy this secret as well, which must then have username and password, and let the proxy's role read it",
		Command: []string{"aws", "rds", "modify-db-proxy", "--db-proxy-name", p.Database.Name, "--auth", string(text)},
	}, true
}

func secretsOf(proxy *network.ProxyServer) string {
	var arns []string
	for _, a := range proxy.Auth {
		arns = append(arns, a.Secret)
	}
	if len(arns) == 0 {
		return "no secret"
	}
	return strings.Join(arns, ", ")
}
