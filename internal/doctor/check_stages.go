package doctor

import (
	"time"

	"aircon/pghook"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC015", Severity: Error, Arrow: ArrowLogin, Topic: "airflow.md#the-secrets-text",
		Title: "the secret's versions and the server do not agree on the password",
		Means: "whoever reads AWSCURRENT is refused, and another version's password is the server's; or the reverse, for a process that read the secret before a rotation",
		Why:   "a rotation changed the secret and not the server, or the server and not the label; or a process that lives long keeps what it once read",
		Mend:  "the label AWSCURRENT on the version that works; for processes, reading the connection in the task instead of at the top of the DAG file",
	}},
	connection: checkRotated,
})

// checkRotated is row 15: which version's login works.
func checkRotated(p *Patient) []Finding {
	if s := p.working(); s != nil {
		current := p.Reading.Secret.Stages[stageCurrent]
		seen := "AWSCURRENT (version " + current + ") is refused, and " + s.Label + " (version " + s.VersionID + ") works: "
		if s.Label == stagePending {
			seen += "a rotation gave the server the new password and stopped before it moved the label"
		} else {
			seen += "the secret was changed, and the server was not"
		}
		return one(Found("AC015", seen, p.moveStage(stageCurrent, s.VersionID, current)).At("", p.place()))
	}
	if p.Reading == nil || p.Reading.Secret == nil || !p.Reading.Secret.Rotates || p.Probe == nil || p.Probe.Refused != nil || !p.Probe.Report.OK() {
		return nil
	}
	secret := p.Reading.Secret
	if previous := secret.Stages[stagePrevious]; previous == "" || previous == secret.Stages[stageCurrent] || secret.Changed.IsZero() {
		return nil
	}
	f := Found("AC015", "AWSCURRENT works; it was changed at "+secret.Changed.UTC().Format(time.RFC3339)+
		": a process that has read the secret before then and keeps it is refused with SQLSTATE 28P01",
		Mend{Text: "restart such a process; in DAGs, read the connection inside the task, not at the top of the file or in a pool that outlives it"})
	f.Severity = Info
	return one(f.At("", p.place()))
}

var _ = register(check{
	kinds: []Kind{{
		ID: "AC041", Severity: Error, Arrow: ArrowSecret, Topic: "airflow.md#the-secrets-text",
		Title: "a staging label is not where it belongs",
		Means: "without AWSCURRENT GetSecretValue answers ResourceNotFoundException, and Airflow says that the conn_id isn't defined; with AWSPENDING on another version " +
			"Secrets Manager takes a rotation for being under way and begins no new one",
		Why:  "a rotation was interrupted, or a version was stored under another label than AWSCURRENT",
		Mend: "the label moved to the version that holds the server's password, or taken from the one that nobody waits for",
	}},
	connection: checkLabels,
})

// checkLabels is row 41.
func checkLabels(p *Patient) []Finding {
	if p.Reading == nil || p.Reading.Secret == nil || p.Reading.Secret.Stages == nil || !p.Reading.Secret.Deleted.IsZero() {
		return nil
	}
	stages := p.Reading.Secret.Stages
	current, pending := stages[stageCurrent], stages[stagePending]
	switch {
	case current == "":
		return one(p.withoutCurrent(stages).At("", p.place()))
	case p.Reading.Secret.pending() && p.working() == nil && p.stopped(pghook.CausePassword) == nil:
		f := Found("AC041", "AWSPENDING is on version "+pending+", and AWSCURRENT on "+current+": a rotation is under way, or was interrupted",
			p.moveStage(stagePending, "", pending).saying("where no rotation is under way at this moment, take the label away: AWSCURRENT is what the server has"))
		f.Severity = Warning
		return one(f.At("", p.place()))
	}
	return nil
}

// withoutCurrent says which version can be made the current one.
func (p *Patient) withoutCurrent(stages map[string]string) Finding {
	for _, label := range []string{stagePending, stagePrevious} {
		if id := stages[label]; id != "" {
			return Found("AC041", "no version is labelled AWSCURRENT; "+label+" is on version "+id, p.moveStage(stageCurrent, id, ""))
		}
	}
	return Found("AC041", "no version is labelled AWSCURRENT: the secret has no text", p.mendSecret(Mend{
		Text: "store its text:  aws secretsmanager put-secret-value --secret-id " + p.name() + " --secret-string file://FILE",
	}))
}
