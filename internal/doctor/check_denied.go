package doctor

import "aircon/policy"

var _ = register(check{
	kinds: []Kind{{
		ID: "AC104", Severity: Error, Arrow: ArrowPermission, Topic: "real-aws.md",
		Title: "the execution role may not read the secret",
		Means: "AccessDenied, which Airflow swallows; AWS decides it before it looks whether the secret exists",
		Why:   "no statement of the role's policies allows it, or its boundary, the secret's policy or an explicit deny stands against it",
		Mend:  "`aircon apply` attaches the least policy; where an explicit deny decides, `seen` names its statement",
	}},
	connection: checkDenied,
})

// checkDenied is row 1 where the hidden reason is AccessDenied, but for the slip that AC005 names.
func checkDenied(p *Patient) []Finding {
	if !p.refused() || p.forgetsSuffix() {
		return nil
	}
	r := p.Reading
	mend := p.mendSecret(Mend{Text: "allow secretsmanager:GetSecretValue on " + p.Env.secretARN(p.name()) + "-??????"})
	if r.Decision.Effect == policy.ExplicitDeny || r.Decision.Kind != policy.Identity {
		mend = Mend{Text: deniedMend(p, r)}
	}
	return one(Found("AC104", "AccessDeniedException: "+r.Decision.Denial(r.Request, p.name()), mend).At("", p.Env.Role.ARN))
}

// deniedMend says what would do away with a refusal that no allow in the role's own policies can.
func deniedMend(p *Patient, r *Reading) string {
	text := "let the " + r.Decision.Kind.String() + " allow it too"
	if changes := policy.Changes(r.Request); len(changes) > 0 {
		text = changes[0].String()
	}
	if r.Decision.Effect == policy.ExplicitDeny {
		text += ", as no allow elsewhere can outweigh a deny"
	}
	return text + "; aircon policy explain " + p.ID + " --environment " + p.Env.Name + "  prints the policy as it would be"
}
