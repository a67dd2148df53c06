package doctor

// keyCheck is row 9: a secret under a customer key that the role may not use.
var keyCheck = check{id: "AC009", connection: func(p *Patient) []Finding {
	r := p.Reading
	if r == nil || r.KeyAsked == nil {
		return nil
	}
	if r.Key.State != "Enabled" {
		return one(Found("AC009", "the key "+r.Key.ARN+" is "+r.Key.State+", so that nobody can decrypt with it",
			Mend{Text: "enable the key, or store the secret under another one"}).At("", r.Key.ARN))
	}
	if r.KeyJudge.Allowed() {
		return nil
	}
	return one(Found("AC009", r.KeyJudge.Denial(r.KeyAsked, ""), p.mendSecret(Mend{
		Text: "allow kms:Decrypt on " + r.Key.ARN + " with kms:ViaService, in the role's policy and in the key policy",
	})).At("", r.Key.ARN))
}}
