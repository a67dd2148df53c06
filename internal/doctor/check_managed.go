package doctor

import (
	"strings"

	"github.com/jackc/pgx/v5"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC019", Severity: Warning, Arrow: ArrowLogin, Topic: "network.md#what-rds-says-of-the-database",
		Title: "RDS changes this password by itself",
		Means: "the connection works until RDS rotates the master password, after 7 days as a rule or at an upgrade, and then ends in \"password authentication failed\"",
		Why:   "the master user's password is managed by RDS in a secret of its own (rds!…), and the connection logs in as that user with a copy, or reads that secret",
		Mend:  "give Airflow a role of its own in the database, with a secret of its own",
	}},
	connection: checkManaged,
})

// checkManaged is row 19.
func checkManaged(p *Patient) []Finding {
	if p.Reading == nil || p.Reading.Secret == nil {
		return nil
	}
	conn, _ := p.connection()
	secret, database := p.Reading.Secret, p.Database
	mend := p.inSecret(`make a role of its own for Airflow, grant it what its DAGs need, and write  login: airflow`)
	mend.SQL = []string{"CREATE ROLE airflow LOGIN;", "GRANT CONNECT ON DATABASE " + pgx.Identifier{conn.Schema.String()}.Sanitize() + " TO airflow;"}
	switch {
	case secret.Owner == "rds" || strings.HasPrefix(secret.Name, "rds!"):
		return one(Found("AC019", "the secret "+secret.Name+" belongs to RDS, which rotates it", mend).At("", p.place()))
	case database != nil && database.MasterSecret != "" && conn.Login.String() == database.Master:
		return one(Found("AC019", conn.Login.String()+" is the master user of "+database.Name+", whose password RDS keeps in "+database.MasterSecret+" and changes by itself; this secret holds a copy",
			mend).At("", p.place()))
	}
	return nil
}
