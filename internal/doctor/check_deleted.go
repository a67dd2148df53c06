package doctor

import "time"

// deletedCheck is row 30: within its recovery window a secret exists and cannot be read.
var deletedCheck = check{id: "AC030", connection: func(p *Patient) []Finding {
	if p.Reading == nil || p.Reading.Secret == nil || p.Reading.Secret.Deleted.IsZero() {
		return nil
	}
	return one(Found("AC030", "deletion of "+p.name()+" was asked for at "+p.Reading.Secret.Deleted.UTC().Format(time.RFC3339),
		p.mendSecret(Mend{Command: []string{"aws", "secretsmanager", "restore-secret", "--secret-id", p.name()}})).At("", p.place()))
}}
