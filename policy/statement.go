package policy

import "strings"

// newStatement is a statement that is written for one request.
type newStatement struct {
	Effect    string
	Principal any `json:",omitempty"`
	Action    string
	Resource  string `json:",omitempty"`
}

// statements are changes that add a statement about the request, from the narrowest to the widest: what a policy cannot name (an action
// without a service, a resource that is no ARN) is a * in the later ones.
func statements(r *Request, at slot, effect string) (all []Change) {
	for _, s := range []newStatement{
		{Action: r.Action, Resource: escaped(withoutSuffix(r.Resource))},
		{Action: r.Action, Resource: "*"},
		{Action: "*", Resource: "*"},
	} {
		s.Effect = effect
		switch at.kind {
		case Resource:
			s.Principal = r.principalElement()
			if r.TrustPolicy {
				s.Resource = ""
			}
		case ResourceControl, Endpoint:
			s.Principal = "*"
		}
		c := Change{Edit: AddStatement, Kind: at.kind, Level: at.level, Statement: marshal(s), at: at}
		if p := r.at(at); p == nil {
			c.Document = newDocument(c.Statement)
		} else {
			c.Document = p.Document.withStatement(c.Statement)
			if !p.managedByAWS() {
				c.Policy = p.Name
			}
		}
		all = append(all, c)
	}
	return all
}

// modifications let the allowing statement that misses the request by one element name it, where the statement gives nothing else by that:
// one that names the secret without the six characters behind its name, one about this action alone, one about this resource alone.
func modifications(r *Request, at slot) (all []Change) {
	q := newQuery(r, nil)
	for i, p := range r.list(at) {
		if p.managedByAWS() {
			continue
		}
		for j := range p.Document.statements {
			s := &p.Document.statements[j]
			misses := q.misses(s)
			if s.Deny || len(misses) != 1 {
				continue
			}
			if text := p.Document.widened(r, j, misses[0]); text != "" {
				all = append(all, Change{
					Edit: ModifyStatement, Kind: at.kind, Policy: p.Name, Level: at.level, Statements: []StatementRef{p.ref(j)},
					Statement: text, Document: p.Document.replaced(j, text), at: slot{at.kind, at.level, i},
				})
			}
		}
	}
	return all
}

// widened returns the statement's JSON with the element that misses the request mended, or "" where that would give more than the request.
func (d *Document) widened(r *Request, statement int, m Miss) string {
	s := &d.statements[statement]
	name := withoutSuffix(r.Resource)
	bare := strings.TrimSuffix(name, suffix)
	switch {
	case m.Element == "Resource" && bare != name && contains(s.Resources, bare):
		return d.swapped(statement, "Resource", bare, name)
	case m.Element == "Resource" && len(s.Actions) == 1 && strings.EqualFold(s.Actions[0].Text, r.Action):
		return d.extended(statement, "Resource", escaped(name))
	case m.Element == "Action" && len(s.Resources) == 1 && (s.Resources[0].Text == name || s.Resources[0].Text == r.Resource):
		return d.extended(statement, "Action", r.Action)
	}
	return ""
}

// exempting returns the JSON of a statement with the request among what it does not mean, or "" where it has no list of such.
func (d *Document) exempting(r *Request, statement int) string {
	switch s := &d.statements[statement]; {
	case len(s.NotActions) > 0 && strings.Contains(r.Action, ":"): // else IAM would not take it
		return d.extended(statement, "NotAction", r.Action)
	case len(s.NotResources) > 0 && strings.HasPrefix(r.Resource, "arn:"):
		return d.extended(statement, "NotResource", escaped(withoutSuffix(r.Resource)))
	}
	return ""
}

func contains(list []Element, text string) bool {
	for _, e := range list {
		if e.Text == text {
			return true
		}
	}
	return false
}

// escaped keeps what looks like a variable in a resource from being one
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
func escaped(resource string) string { return strings.ReplaceAll(resource, "${", "${$}{") }

// principalElement names the request's principal as a policy does: a session by its role.
func (r *Request) principalElement() any {
	p := r.Principal
	switch {
	case p == nil || p.ARN == "":
		return "*"
	case p.Kind == Service:
		return map[string]string{"Service": p.ARN}
	case p.Kind == RoleSession:
		return map[string]string{"AWS": p.Issuer}
	}
	return map[string]string{"AWS": p.ARN}
}

// withoutSuffix replaces the six random characters of a secret's ARN by wildcards: they change when a secret is made anew.
func withoutSuffix(arn string) string {
	parsed, ok := ParseARN(arn)
	name, secret := strings.CutPrefix(parsed.Resource, "secret:")
	if !ok || !secret || parsed.Service != "secretsmanager" {
		return arn
	}
	base, ok := suffixless(name)
	if !ok {
		return arn
	}
	return strings.TrimSuffix(arn, name) + base + suffix
}

// suffixless cuts the hyphen and the six characters that Secrets Manager puts behind a name.
func suffixless(name string) (string, bool) {
	cut := len(name) - len(suffix)
	if cut <= 0 || name[cut] != '-' {
		return name, false
	}
	return name[:cut], true
}
