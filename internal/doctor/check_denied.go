package doctor

import "aircon/policy"

// deniedCheck is row 1 where the hidden reason is AccessDenied, but for the slip that AC005 names.
var deniedCheck = check{id: "AC104", connection: func(p *Patient) []Finding {
	if !p.refused() || p.forgetsSuffix() {
		return nil
	}
	r := p.Reading
	mend := p.mendSecret(Mend{Text: "allow secretsmanager:GetSecretValue on " + p.Env.secretARN(p.name()) + "-??????"})
	if r.Decision.Effect == policy.ExplicitDeny {
		mend = Mend{Text: "change " + statement(r.Decision) + ", which denies it; no allow elsewhere can outweigh a deny"}
	} else if r.Decision.Kind != policy.Identity {
		mend = Mend{Text: "let the " + r.Decision.Kind.String() + " allow it too: it bounds what the role's own policies allow"}
	}
	return one(Found("AC104", "AccessDeniedException: "+r.Decision.Denial(r.Request, p.name()), mend).At("", p.Env.Role.ARN))
}}
