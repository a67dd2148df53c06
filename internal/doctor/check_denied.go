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
	if !p.refused() || p.forgetsSuffix() || p.abroad() != nil {
		return nil
	}
	r := p.Reading
	mend := p.Env.grant(r.Decision, r.Request, p.Env.readStatement(p.name()))
	if meant := p.meantInstead(); meant != "" {
		mend = Mend{Text: "there is no such secret, and there is " + meant + ": do first what AC039 says"}
	} else if r.Decision.Effect == policy.ImplicitDeny && r.Decision.Kind == policy.Identity {
		mend = p.mendGrant(mend)
	} else if len(mend.Command) == 0 {
		mend.Text += "; aircon policy explain " + p.ID + " --environment " + p.Env.Name + "  prints the policy as it would be"
	}
	return one(Found("AC104", "AccessDeniedException: "+r.Decision.Denial(r.Request, p.name()), mend).At("", p.Env.Role.ARN))
}
