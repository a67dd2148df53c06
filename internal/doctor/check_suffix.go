package doctor

import (
	"fmt"
	"strings"

	"aircon/policy"
)

var _ = register(check{
	kinds: []Kind{{
		ID: "AC005", Severity: Error, Arrow: ArrowPermission, Topic: "real-aws.md",
		Title: "the policy names the secret without its random suffix",
		Means: "a secret's ARN ends in a hyphen and six random characters, so a resource without them never matches, and the answer is AccessDenied",
		Why:   "the resource was written from the secret's name; AWS adds six random characters when it makes the secret",
		Mend:  "put `-??????` behind the name; `aircon apply` writes such a policy",
	}},
	connection: checkSuffix,
})

// checkSuffix is row 5: the policy would allow the secret, had its ARN no random suffix.
func checkSuffix(p *Patient) []Finding {
	if !p.forgetsSuffix() || p.abroad() != nil {
		return nil
	}
	bare := p.Env.secretARN(p.name())
	return one(Found("AC005", fmt.Sprintf("the policy allows %s, and the secret's ARN is %s", bare, p.place()),
		p.mendGrant(p.Env.grant(p.Reading.Decision, p.Reading.Request, p.Env.readStatement(p.name())))).At("", p.Env.Role.ARN))
}

// forgetsSuffix reports whether the role is refused only for the six characters at the end of the secret's ARN.
func (p *Patient) forgetsSuffix() bool {
	r := p.Reading
	return p.refused() && r.Decision.Effect == policy.ImplicitDeny && !strings.HasPrefix(p.name(), "arn:") &&
		p.Env.Role.reads(p.Env.secretARN(p.name()))
}

// refused reports whether the execution role may not read the secret.
func (p *Patient) refused() bool {
	return p.Reading != nil && p.Reading.Request != nil && !p.Reading.Decision.Allowed()
}
