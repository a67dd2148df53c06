package doctor

import "strings"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC025", Severity: Info, Arrow: ArrowText, Topic: "airflow.md#postgreshook",
		Title: "the secret's text is Airflow's URI, which SQLAlchemy does not take",
		Means: "given to create_engine, it ends in NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres; PostgresHook is not affected",
		Why:   "Airflow's URI begins with the conn_type, postgres://; SQLAlchemy wants the dialect, postgresql://, with the driver, and knows no __extra__",
		Mend:  "`aircon get CONN_ID --reveal --format sqlalchemy` writes SQLAlchemy's own URL, with the driver of the environment's versions, as PostgresHook does",
	}},
	connection: checkDialect,
	fallback:   true, // whoever cannot read the connection at all has no use for another form of it
})

// checkDialect is row 25.
func checkDialect(p *Patient) []Finding {
	t := p.secretText()
	if t == nil || p.garbled() || !strings.HasPrefix(t.Text.Reveal(), "postgres://") {
		return nil
	}
	return one(Found("AC025", "the text begins with postgres://, Airflow's conn_type and no dialect of SQLAlchemy's",
		Mend{Text: "for create_engine, take SQLAlchemy's URL instead", Command: p.Env.command("get", p.ID, "--reveal", "--format", "sqlalchemy")}).At("", p.place()))
}
