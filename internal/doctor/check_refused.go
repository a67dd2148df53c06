package doctor

import "aircon/pghook"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC044", Severity: Error, Arrow: ArrowLogin, Topic: "airflow.md#postgreshook",
		Title: "PostgreSQL refuses",
		Means: "everything up to the server works; what is left is the server's own decision",
		Why:   "an answer of PostgreSQL's that has no finding of its own (AC140 to AC151 have), such as a setting in options that the server does not take",
		Mend:  "PostgreSQL's SQLSTATE in words tells what to change",
	}},
	connection: checkRefused,
})

// checkRefused is row 44 where no other finding knows the answer: PostgreSQL's SQLSTATE in words.
func checkRefused(p *Patient) []Finding {
	r := p.failed(pghook.PhaseLogin, pghook.PhaseDatabase, pghook.PhaseQuery)
	if r == nil || r.Cause != "" || p.modeMends() {
		return nil
	}
	f := Found("AC044", answerOf(r), p.mendSecret(Mend{Text: "mend it on the server, or in the secret"}))
	f.Arrow = map[pghook.Phase]Arrow{
		pghook.PhaseLogin: ArrowLogin, pghook.PhaseDatabase: ArrowDatabase, pghook.PhaseQuery: ArrowQuery,
	}[r.Failed]
	return one(f.At("", p.place()))
}
