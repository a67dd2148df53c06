package doctor

import "aircon/pghook"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC140", Severity: Error, Arrow: ArrowLogin, Topic: "airflow.md#postgreshook",
		Title: "PostgreSQL refuses the login",
		Means: "the server says the same for four causes, so that nobody learns which roles exist: a wrong password, a role that does not exist, a password " +
			"whose time is over (VALID UNTIL), or a role without a password",
		Why:  "a password that was changed on one side only, a role that was never made here, VALID UNTIL, or a role made without PASSWORD",
		Mend: "the statement for the one that it is: `--admin-conn` with another login of the same server tells which",
	}},
	connection: checkPassword,
})

// checkPassword is SQLSTATE 28P01, narrowed by what a second login saw in pg_roles where one was allowed.
func checkPassword(p *Patient) []Finding {
	r := p.stopped(pghook.CausePassword, pghook.CauseNoRole)
	if r == nil || p.working() != nil { // AC015 says it better
		return nil
	}
	why, mend := p.narrowed(r)
	return one(Found("AC140", r.Err.Error()+": "+why, mend).At("", p.place()))
}

// fourCauses is all that the server's answer tells.
const fourCauses = "the password is wrong, the role does not exist, its VALID UNTIL is over, or it has no password: PostgreSQL does not say which"

// narrowed says which of the four it is, as far as is known, and what mends that.
func (p *Patient) narrowed(r *pghook.Report) (why string, mend Mend) {
	role := p.login()
	known := p.Probe.Role
	if r.Cause == pghook.CauseNoRole {
		known = &pghook.RoleState{Exists: pghook.No}
	}
	switch {
	case known == nil && p.Probe.RoleErr != nil:
		return fourCauses + "; " + p.Probe.RoleErr.Error(), p.password("")
	case known == nil:
		return fourCauses, p.password("; aircon doctor " + p.ID + " --admin-conn CONN_ID, with the conn_id of another login of this server, tells which of the four it is")
	case known.Exists == pghook.No:
		return "the role " + role + " does not exist", Mend{
			SQL: []string{"CREATE ROLE " + role + " LOGIN;"}, Text: "then give it the password of the secret:  \\password " + role + "  in psql",
		}
	case known.Expired == pghook.Yes:
		return "the password's time is over: VALID UNTIL " + known.ValidUntil, Mend{SQL: []string{"ALTER ROLE " + role + " VALID UNTIL 'infinity';"}}
	case known.HasPassword == pghook.No:
		return "the role has no password", Mend{Text: "give it the password of the secret:  \\password " + role + "  in psql"}
	case known.HasPassword == pghook.Unknown:
		return "the role exists and its time is not over: the password is wrong, or the role has none (only a superuser can see that)", p.password("")
	}
	return "the password is wrong: the role exists, has one, and its time is not over", p.password("")
}

// password is the mend for a password that differs on both sides.
func (p *Patient) password(more string) Mend {
	if p.Env.declares(p.ID) {
		return p.mendSecret(Mend{}).saying("put the password that the server has where the spec takes it from, then apply; or give the server the spec's:  \\password " +
			p.login() + "  in psql" + more)
	}
	return Mend{Text: "put the password that the server has into the secret " + p.name() + "; or give the server the secret's:  \\password " + p.login() + "  in psql" + more}
}
