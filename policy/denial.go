package policy

import "strings"

// Denial returns AWS's text for a refusal. Sent is the resource as the caller wrote it, which the text quotes; "" means r.Resource,
// which then is left out when it is *. The words are those of
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html; for a role that does not trust the caller STS
// gives no reason.
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
	case d.Effect == ImplicitDeny && kind != Trust:
		b.WriteString(" because no " + kind.String() + " allows the " + r.Action + " action")
	}
	return b.String()
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
