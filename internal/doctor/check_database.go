package doctor

import (
	"strings"

	"aircon/pghook"
)

var _ = register(obstacles([]obstacle{
	{[]pghook.Cause{pghook.CauseNoDatabase}, Kind{
		ID: "AC143", Severity: Error, Arrow: ArrowDatabase, Topic: "airflow.md#postgreshook",
		Title: "the database does not exist",
		Means: "the login is good, and the server has no database by this name",
		Why:   "schema is misspelt, holds a schema's name instead of a database's, or is missing: libpq then takes the login's name",
		Mend:  "name an existing database in `schema`, or make this one",
	}, func(p *Patient, _ *pghook.Report) Mend {
		if conn, _ := p.connection(); conn.Schema.String() == "public" || strings.HasPrefix(conn.Schema.String(), "pg_") {
			return p.inSecret("write the database's name into schema, which is Airflow's word for it; a schema of PostgreSQL's is chosen by extra: {options: -c search_path=" + conn.Schema.String() + "}, and public without it")
		}
		m := p.inSecret("name an existing database in schema")
		m.Text += "; or make this one"
		m.SQL = []string{"CREATE DATABASE " + p.database() + " OWNER " + p.login() + ";"}
		return m
	}},
	{[]pghook.Cause{pghook.CauseNoConnect}, Kind{
		ID: "AC147", Severity: Error, Arrow: ArrowDatabase, Topic: "airflow.md#postgreshook",
		Title: "the role lacks the privilege to connect to the database",
		Means: "the login is good, and the database is there; its privileges keep the role out",
		Why:   "CONNECT was revoked from PUBLIC, as guides to hardening advise, and not granted to this role",
		Mend:  "`GRANT CONNECT ON DATABASE`, by the database's owner",
	}, func(p *Patient, _ *pghook.Report) Mend {
		return Mend{SQL: []string{"GRANT CONNECT ON DATABASE " + p.database() + " TO " + p.login() + ";"}}
	}},
	{[]pghook.Cause{pghook.CauseServerFull}, Kind{
		ID: "AC144", Severity: Error, Arrow: ArrowDatabase, Topic: "airflow.md#postgreshook",
		Title: "the server has no session left",
		Means: "max_connections is reached: nobody gets in but by the places that are kept for superusers",
		Why:   "more tasks at once than the server has places, sessions that nobody closes, or a server too small for its users",
		Mend:  "end idle sessions, a pool in Airflow or a pooler before the server, or a higher max_connections and a restart",
	}, func(*Patient, *pghook.Report) Mend {
		return Mend{
			Text: "end the sessions that nobody needs (the first statement lists them), limit the tasks with an Airflow pool or put PgBouncer or RDS Proxy before the server, " +
				"or raise max_connections (the second statement) and restart it",
			SQL: []string{
				"SELECT pid, usename, datname, client_addr, state, state_change FROM pg_stat_activity WHERE backend_type = 'client backend' ORDER BY state_change;",
				"ALTER SYSTEM SET max_connections = 200;",
			},
		}
	}},
	{[]pghook.Cause{pghook.CauseRoleFull}, Kind{
		ID: "AC145", Severity: Error, Arrow: ArrowDatabase, Topic: "airflow.md#postgreshook",
		Title: "the role has no session left",
		Means: "the role's CONNECTION LIMIT is reached; other roles still get in",
		Why:   "more tasks at once than the role has places, or sessions that nobody closes",
		Mend:  "`ALTER ROLE … CONNECTION LIMIT`, or an Airflow pool that lets fewer tasks in",
	}, func(p *Patient, _ *pghook.Report) Mend {
		return Mend{SQL: []string{"ALTER ROLE " + p.login() + " CONNECTION LIMIT -1;"}, Text: "or limit the tasks with an Airflow pool of as many slots; -1 means no limit"}
	}},
	{[]pghook.Cause{pghook.CauseDatabaseFull}, Kind{
		ID: "AC146", Severity: Error, Arrow: ArrowDatabase, Topic: "airflow.md#postgreshook",
		Title: "the database has no session left",
		Means: "the database's CONNECTION LIMIT is reached; other databases of the server still take sessions",
		Why:   "more tasks at once than the database has places, or sessions that nobody closes",
		Mend:  "`ALTER DATABASE … CONNECTION LIMIT`, or an Airflow pool that lets fewer tasks in",
	}, func(p *Patient, _ *pghook.Report) Mend {
		return Mend{SQL: []string{"ALTER DATABASE " + p.database() + " CONNECTION LIMIT -1;"}, Text: "or limit the tasks with an Airflow pool of as many slots; -1 means no limit"}
	}},
}))
