package doctor

import (
	"strings"

	"aircon/lookup"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC027", Severity: Warning, Arrow: ArrowPattern, Topic: "airflow.md#the-search-path",
		Title: "several sources have the connection, and only the first is read",
		Means: "an edit in any other source has no effect: Airflow takes the first match and asks no further",
		Why:   "the connection was moved and its former copy left behind, or somebody edits what the user interface shows",
		Mend:  "one copy: delete the ones that are never read, or edit the one that wins",
	}},
	connection: checkShadowed,
})

// checkShadowed is row 27.
func checkShadowed(p *Patient) []Finding {
	all := Sources(p.Trace)
	if len(all) < 2 || !all[0].Wins {
		return nil
	}
	var rest []string
	for _, s := range all[1:] {
		rest = append(rest, s.in())
	}
	mend := Mend{Text: "make changes in " + all[0].in() + ", and take the connection out of " + strings.Join(rest, " and ")}
	switch last := all[len(all)-1]; last.Class {
	case metastoreClass:
		mend.Command = []string{"airflow", "connections", "delete", p.ID}
	case environmentClass:
		mend.Text += ": the startup script or the workers' environment sets it"
	default:
		mend.Command = []string{"aws", "secretsmanager", "delete-secret", "--secret-id", last.Name}
	}
	return one(Found("AC027", all[0].in()+" wins; never read: "+strings.Join(rest, ", "), mend).At("", p.place()))
}

// in names a source for people.
func (s Source) in() string {
	switch s.Class {
	case metastoreClass:
		return "the metastore"
	case environmentClass:
		return "the environment variable " + s.Name
	}
	return "the secret " + s.Name
}

var _ = register(check{
	kinds: []Kind{{
		ID: "AC026", Severity: Info, Arrow: ArrowSecret, Topic: "airflow.md#the-search-path",
		Title: "Airflow's user interface does not show the connection",
		Means: "the interface and `airflow connections list` show the metastore only; tasks find the connection all the same",
		Why:   "the connection is in Secrets Manager or in an environment variable",
		Mend:  "nothing to mend: `aircon ls` shows every source",
	}, {
		ID: "AC031", Severity: Info, Arrow: ArrowSecret, Topic: "airflow.md#the-search-path",
		Title: "only the metastore has the connection",
		Means: "it is lost with the environment's database, and no other environment has it; Airflow itself has no way from there to Secrets Manager",
		Why:   "it was made in the user interface or by `airflow connections add`",
		Mend:  "`aircon migrate` writes it to Secrets Manager, and proves that it is the same",
	}},
	connection: checkMetastore,
})

// checkMetastore is rows 26 and 31, where the metastore can be asked.
func checkMetastore(p *Patient) []Finding {
	all := Sources(p.Trace)
	if p.Env.Metastore == nil || p.Trace.Outcome != lookup.Found || len(all) == 0 {
		return nil
	}
	shown := false
	for _, s := range all {
		shown = shown || s.Class == metastoreClass
	}
	switch {
	case !shown:
		return one(Found("AC026", all[0].in()+" has it, and the metastore does not", Mend{
			Text: "nothing is broken: tasks find it; aircon shows every source", Command: p.Env.command("ls"),
		}).At("", p.place()))
	case len(all) == 1:
		return one(Found("AC031", "the metastore has it, and no other source", p.migrate()).At("", p.ID))
	}
	return nil
}

// migrate takes the connection to Secrets Manager, which is asked first: then the metastore's copy can go. Its Fernet keys are in Airflow's own
// variable. Where the REST API told of it, the password has to come from the database all the same.
func (p *Patient) migrate() Mend {
	flags := p.Env.metastoreFlags
	if len(flags) == 0 || flags[0] != "--metastore" {
		flags = []string{"--metastore", "env:AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"}
	}
	words := append([]string{"migrate", p.ID}, flags...)
	if p.Env.File != "" {
		words = append(words, "--declare")
	}
	return Mend{
		Text:    "write it to Secrets Manager, which is asked first, with AIRFLOW__CORE__FERNET_KEY as the environment's Airflow has it; --clean-up deletes the metastore's copy",
		Command: p.Env.command(words...),
	}
}
