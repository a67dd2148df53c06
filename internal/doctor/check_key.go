package doctor

var _ = register(check{
	kinds: []Kind{{
		ID: "AC009", Severity: Error, Arrow: ArrowKey, Topic: "real-aws.md",
		Title: "the execution role may not decrypt the secret",
		Means: "a secret under a customer managed key needs kms:Decrypt from the role's policies and from the key policy; without it GetSecretValue is denied",
		Why:   "the secret was put under a customer managed key, and the role or the key policy was not told; or the key is disabled or being deleted",
		Mend:  "`kms:Decrypt` on the key for the execution role, with `kms:ViaService`; the key policy must allow it too",
	}},
	connection: checkKey,
})

// checkKey is row 9: a secret under a customer key that the role may not use.
func checkKey(p *Patient) []Finding {
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
}
