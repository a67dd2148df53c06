package doctor

import (
	"github.com/jackc/pgx/v5"

	"aircon/pghook"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC044", Severity: Error, Arrow: ArrowLogin, Topic: "airflow.md#postgreshook",
		Title: "PostgreSQL refuses",
		Means: "everything up to the server works; what is left is the server's own decision",
		Why:   "wrong password or login, a role that may not log in, a database that does not exist, no privilege, no free session, or a server that is only read",
		Mend:  "PostgreSQL's SQLSTATE in words, and the statement that mends it",
	}},
	connection: checkRefused,
})

// checkRefused is row 44: PostgreSQL's side, in words.
func checkRefused(p *Patient) []Finding {
	if r := p.failed(pghook.PhaseLogin, pghook.PhaseDatabase, pghook.PhaseQuery); r != nil {
		if p.Probe.tlsAtFault() && p.Probe.best() != nil {
			return nil // AC043 says it better
		}
		f := Found("AC044", r.Err.Error(), p.mendSecret(Mend{Text: "mend it on the server, or in the secret"}))
		if r.Words != "" {
			f.Seen += ": " + r.Words
		}
		f.Arrow = map[pghook.Phase]Arrow{
			pghook.PhaseLogin: ArrowLogin, pghook.PhaseDatabase: ArrowDatabase, pghook.PhaseQuery: ArrowQuery,
		}[r.Failed]
		f.Mend = refusedMend(p, r, f.Mend)
		return one(f.At("", p.place()))
	}
	if p.Probe != nil && p.Probe.Refused == nil && p.Probe.Report.OK() && p.Probe.Report.ReadOnly == pghook.Yes {
		f := Found("AC044", "the session is read-only: "+pghook.Explain("25006"), Mend{Text: "use the writer's endpoint where tasks write"})
		f.Severity, f.Arrow = Warning, ArrowQuery
		return one(f.At("", p.place()))
	}
	return nil
}

// refusedMend says for the codes that have one mend what it is.
func refusedMend(p *Patient, r *pghook.Report, otherwise Mend) Mend {
	conn, _ := p.connection()
	login, database := pgx.Identifier{conn.Login.String()}.Sanitize(), pgx.Identifier{conn.Schema.String()}.Sanitize()
	switch r.SQLState {
	case "28P01":
		if p.Env.declares(p.ID) {
			otherwise.Text = "put the password that the server has where the spec takes it from, then apply; or, on the server:  ALTER ROLE " + login + " PASSWORD …"
		}
	case "42501":
		return Mend{Text: "as the database's owner:  GRANT CONNECT ON DATABASE " + database + " TO " + login + ";"}
	case "53300":
		return Mend{Text: "close sessions, raise max_connections or the role's CONNECTION LIMIT, or put a pooler before the server"}
	case "3D000":
		return Mend{Text: "name an existing database in schema, or  CREATE DATABASE " + database + ";"}
	}
	return otherwise
}
