package doctor

import "time"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC030", Severity: Error, Arrow: ArrowSecret, Topic: "airflow.md#the-search-path",
		Title: "the secret is scheduled for deletion",
		Means: "it still exists, but GetSecretValue refuses it, and Airflow treats that as not found",
		Why:   "somebody deleted the secret, and its recovery window (7 to 30 days) is not over",
		Mend:  "`aircon apply` restores it, and without a spec `aws secretsmanager restore-secret`",
	}},
	connection: checkDeleted,
})

// checkDeleted is row 30: within its recovery window a secret exists and cannot be read.
func checkDeleted(p *Patient) []Finding {
	if p.Reading == nil || p.Reading.Secret == nil || p.Reading.Secret.Deleted.IsZero() {
		return nil
	}
	return one(Found("AC030", "deletion of "+p.name()+" was asked for at "+p.Reading.Secret.Deleted.UTC().Format(time.RFC3339),
		p.mendSecret(Mend{Command: []string{"aws", "secretsmanager", "restore-secret", "--secret-id", p.name()}})).At("", p.place()))
}
