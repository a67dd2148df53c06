package doctor

import (
	"fmt"
	"regexp"

	"aircon/pghook"
)

var _ = register(obstacles([]obstacle{
	{[]pghook.Cause{pghook.CauseHBA}, Kind{
		ID: "AC142", Severity: Error, Arrow: ArrowLogin, Topic: "airflow.md#postgreshook",
		Title: "pg_hba.conf lets this login not in",
		Means: "the server refuses before it asks for a password: this role, from this address, to this database, with or without TLS",
		Why:   "no line of pg_hba.conf fits, or the first that fits says reject; on Amazon RDS rds.force_ssl makes such a line",
		Mend:  "a line for it in pg_hba.conf before the one that rejects, and a reload",
	}, mendHBA},
	{[]pghook.Cause{pghook.CauseNoLogin}, Kind{
		ID: "AC141", Severity: Error, Arrow: ArrowLogin, Topic: "airflow.md#postgreshook",
		Title: "the role may not log in",
		Means: "the role exists, and has NOLOGIN: it is a group, or was locked",
		Why:   "CREATE ROLE makes roles without LOGIN, CREATE USER with it; ALTER ROLE … NOLOGIN locks one",
		Mend:  "`ALTER ROLE … LOGIN`, or the login of a member of the group",
	}, func(p *Patient, _ *pghook.Report) Mend {
		return Mend{SQL: []string{"ALTER ROLE " + p.login() + " LOGIN;"}}
	}},
}))

// seenFrom finds the address that the server saw in its refusal.
var seenFrom = regexp.MustCompile(`host "([^"]+)"`)

// mendHBA writes the line that lets the login in, with the address as the server saw it.
func mendHBA(p *Patient, r *pghook.Report) Mend {
	address := "ADDRESS/32"
	if found := seenFrom.FindStringSubmatch(r.Err.Error()); found != nil {
		address = found[1] + "/32"
	}
	line := fmt.Sprintf("hostssl %s %s %s scram-sha-256", p.database(), p.login(), address)
	return Mend{
		Text: "put this line at the top of pg_hba.conf (the first line that fits counts), with the network that the workers come from where it is another:  " + line,
		SQL:  []string{"SELECT pg_reload_conf();"},
	}
}
