package doctor

import (
	"fmt"
	"strings"

	"aircon/policy"
)

// suffixCheck is row 5: the policy would allow the secret, had its ARN no random suffix.
var suffixCheck = check{id: "AC005", connection: func(p *Patient) []Finding {
	if !p.forgetsSuffix() {
		return nil
	}
	bare := p.Env.secretARN(p.name())
	return one(Found("AC005", fmt.Sprintf("the policy allows %s, and the secret's ARN is %s", bare, p.place()),
		p.mendSecret(Mend{Text: "write the resource as " + bare + "-??????"})).At("", p.Env.Role.ARN))
}}

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
