package doctor

import (
	"strings"

	"aircon/lookup"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC033", Severity: Error, Arrow: ArrowPattern, Topic: "airflow.md",
		Title: "an id with -- is refused where teams are on",
		Means: "-- stands between a team's name and an id: with [core] multi_team on, the backend of Airflow 3.3 does not even ask for such an id",
		Why:   "the id was chosen before teams came; MWAA forces multi_team off, so that it matters in a self-managed Airflow only",
		Mend:  "give the connection an id without --, or turn multi_team off",
	}},
	connection: checkTeamID,
})

// checkTeamID is row 33.
func checkTeamID(p *Patient) []Finding {
	if p.Entry == nil || p.Entry.Reason != lookup.TeamSeparator {
		return nil
	}
	return one(Found("AC033", "the backend refuses "+p.ID+" without asking, as multi_team is on",
		Mend{Text: "rename it to " + strings.ReplaceAll(p.ID, "--", "_") + ", in the DAGs too"}))
}

// checkSlashID is row 50's first half (AC050): on a worker, where the backend has nothing for the id.
func checkSlashID(p *Patient) []Finding {
	if p.Env.Runtime.Airflow.Major < 3 || !strings.ContainsAny(p.ID, "/?#") || p.Trace.Outcome == lookup.Found {
		return nil
	}
	f := Found("AC050", "the backend has nothing for "+p.ID+", and the Execution API, which a task asks next, never finds an id with / ? or #",
		Mend{Text: "rename it to " + plainID(p.ID) + ", in the DAGs too"})
	f.Severity, f.Arrow = Error, ArrowPattern
	return one(f)
}

// plainID is an id that every part of Airflow takes, as near to another as can be.
func plainID(id string) string {
	return strings.NewReplacer("/", "_", "?", "_", "#", "_", "--", "_").Replace(id)
}
