package policy

import "strings"

// Denial returns AWS's text for a refusal. Sent is the resource as the caller wrote it, which the text quotes; "" means r.Resource,
// which then is left out when it is *. The words are those of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html; for a role that does not trust the caller STS
// gives no reason. Since January 2026 an explicit deny names the policy where it has an ARN, within an account or organisation
// (https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns): inline policies and those of resources
// and endpoints go unnamed.
func (d Decision) Denial(r *Request, sent string) string {
	var b strings.Builder
	b.WriteString("User: ")
	if r.Principal != nil && r.Principal.ARN != "" {
		b.WriteString(r.Principal.ARN)
	} else {
		b.WriteString("anonymous")
	}
	b.WriteString(" is not authorized to perform: " + r.Action)
	if sent == "" && r.Resource != "*" {
		sent = r.Resource
	}
	if sent != "" {
		b.WriteString(" on resource: " + sent)
	}
	kind := d.Kind
	if kind == Resource && r.TrustPolicy {
		kind = Trust
	}
	switch {
	case d.Effect == ExplicitDeny:
		b.WriteString(" with an explicit deny in " + article(kind) + kind.String())
		if arn := d.Policy; namedInDenials[kind] && strings.HasPrefix(arn, "arn:") && r.amongFriends() {
			b.WriteString(": " + arn)
		}
	case d.Effect == ImplicitDeny && kind != Trust:
		b.WriteString(" because no " + kind.String() + " allows the " + r.Action + " action")
	}
	return b.String()
}

// namedInDenials are the kinds of policy whose ARN an explicit deny shows.
var namedInDenials = [kinds]bool{Identity: true, Boundary: true, Session: true, Organisation: true, ResourceControl: true}

// amongFriends reports whether principal and resource are of one account or one organisation.
func (r *Request) amongFriends() bool {
	if r.Principal == nil || r.Owner == "" || r.Owner == r.Principal.Account {
		return r.Principal != nil
	}
	mine, ok := r.Context.Get("aws:PrincipalOrgID")
	theirs, _ := r.Context.Get("aws:ResourceOrgID")
	return ok && mine.Value == theirs.Value
}

func article(k Kind) string {
	switch k {
	case Identity:
		return "an "
	case Trust:
		return "the "
	}
	return "a "
}
