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
	if r == nil || r.Key == nil || r.Key.AWSManaged {
		return nil
	}
	if r.Key.State != "Enabled" && r.Key.State != "" {
		return one(Found("AC009", "the key "+r.Key.ARN+" is "+r.Key.State+", so that nobody can decrypt with it", r.Key.enable()).At("", r.Key.ARN))
	}
	if r.KeyAsked == nil || r.KeyJudge.Allowed() {
		return nil
	}
	grant := p.Env.grant(r.KeyJudge, r.KeyAsked, map[string]any{
		"Effect": "Allow", "Action": "kms:Decrypt", "Resource": r.Key.ARN,
		"Condition": map[string]any{"StringEquals": map[string]any{"kms:ViaService": viaService(r.Secret.ARN)}},
	})
	mend := p.mendSecret(grant)
	if p.Env.foreign(r.Secret.ARN) && applies(mend) { // which leaves the secret under the key that it has
		mend.Text = "write  kms_key: " + r.Key.ARN + "  under " + p.ID + " in " + p.Env.File + ", then apply"
	}
	return one(Found("AC009", r.KeyJudge.Denial(r.KeyAsked, ""), mend).At("", r.Key.ARN))
}

// enable is the mend of a key that nobody can use.
func (k *Key) enable() Mend {
	switch k.State {
	case "Disabled":
		return Mend{Text: "enable the key, or store the secret under another one", Command: []string{"aws", "kms", "enable-key", "--key-id", k.ARN}}
	case "PendingDeletion":
		return Mend{Text: "call its deletion off, then enable the key; or store the secret under another one", Command: []string{"aws", "kms", "cancel-key-deletion", "--key-id", k.ARN}}
	}
	return Mend{Text: "make the key usable, or store the secret under another one"}
}
