package explain

import (
	"encoding/json"

	"aircon/policy"
)

// Answer is a decision with its reasons, as --output json prints it.
type Answer struct {
	Principal string `json:"principal"` // ARN of a session for a role; "" for an anonymous one
	Action    string `json:"action"`
	Resource  string `json:"resource"`
	Allowed   bool   `json:"allowed"`
	// Decision is allowed, explicitDeny or implicitDeny, as SimulatePrincipalPolicy says it.
	Decision string `json:"decision"`
	// Kind is the kind of policy that decided; for an implicitDeny the kind that lacks an allow. "no" for an account's root.
	Kind      string     `json:"kind"`
	Policy    string     `json:"policy,omitempty"`
	Statement *Statement `json:"statement,omitempty"` // that decided; nil where none did
	Denial    string     `json:"denial,omitempty"`    // AWS's text for the refusal
	Policies  []Part     `json:"policies"`            // all that took part, in the order of evaluation
	Changes   []Change   `json:"changes"`             // what would change the answer, once all of them are carried out
	Unknown   []string   `json:"unknown,omitempty"`   // what could not be looked at
}

// Statement names a statement of a policy.
type Statement struct {
	Number int    `json:"number"` // from 1
	Sid    string `json:"sid,omitempty"`
	Line   int    `json:"line,omitempty"` // of the policy's text
}

// Part is what a policy said.
type Part struct {
	Kind       string `json:"kind"`
	Policy     string `json:"policy"`
	Says       string `json:"says"` // allows, denies or nothing
	Statements []Said `json:"statements"`
}

// Said is what a statement of a policy said.
type Said struct {
	Statement
	Effect string   `json:"effect"` // Allow or Deny
	Misses []string `json:"misses"` // why it is not about the request; none where it is
}

// Change is something that changes the answer.
type Change struct {
	Text       string          `json:"text"` // as a sentence
	Edit       string          `json:"edit"` // add, modify, remove, detach or context
	Kind       string          `json:"kind,omitempty"`
	Policy     string          `json:"policy,omitempty"`     // "" for a new one
	Statements []Statement     `json:"statements,omitempty"` // that are removed, or the one that is modified
	Statement  json.RawMessage `json:"statement,omitempty"`  // to add, or that the modified one becomes
	Document   json.RawMessage `json:"document,omitempty"`   // the whole policy afterwards
	Near       string          `json:"near,omitempty"`       // the statement that would allow it but for one element
	Key        string          `json:"context_key,omitempty"`
	Values     []string        `json:"context_values,omitempty"` // none: the request must not have the key
}

// Of answers a request. Sent is the resource as the caller writes it, which the text of a refusal quotes; "" means the request's own.
func Of(r *policy.Request, sent string) Answer {
	e := policy.Explain(r)
	d := e.Decision
	a := Answer{
		Action: r.Action, Resource: r.Resource, Allowed: d.Allowed(), Decision: d.Effect.String(), Kind: d.Kind.String(), Policy: d.Policy,
		Policies: []Part{}, Changes: []Change{},
	}
	if r.Principal != nil {
		a.Principal = r.Principal.ARN
	}
	if !d.Allowed() {
		a.Denial = d.Denial(r, sent)
	}
	for _, p := range e.Parts {
		a.Policies = append(a.Policies, partOf(p))
		if a.Statement == nil && d.Statement >= 0 && p.Kind == d.Kind && p.Policy == d.Policy && d.Statement < len(p.Statements) {
			a.Statement = &Statement{d.Statement + 1, d.Sid, p.Statements[d.Statement].Line}
		}
	}
	for _, c := range policy.Changes(r) {
		a.Changes = append(a.Changes, changeOf(c))
	}
	return a
}

func partOf(p policy.Part) Part {
	part := Part{Kind: p.Kind.String(), Policy: p.Policy, Says: "nothing", Statements: []Said{}}
	for _, s := range p.Statements {
		said := Said{Statement: Statement{s.Index + 1, s.Sid, s.Line}, Effect: "Allow", Misses: []string{}}
		if s.Deny {
			said.Effect = "Deny"
		}
		for _, m := range s.Misses {
			said.Misses = append(said.Misses, m.String())
		}
		part.Statements = append(part.Statements, said)
		switch {
		case !s.Applies():
		case s.Deny:
			part.Says = "denies"
		case part.Says == "nothing":
			part.Says = "allows"
		}
	}
	return part
}

func changeOf(c policy.Change) Change {
	out := Change{Text: c.String(), Edit: c.Edit.String(), Policy: c.Policy, Statement: raw(c.Statement), Document: raw(c.Document)}
	if c.Edit == policy.ProvideContext {
		out.Key, out.Values = c.Key.Name, c.Key.List
		if !c.Absent && !c.Key.Multiple {
			out.Values = []string{c.Key.Value}
		}
		return out
	}
	out.Kind = c.Kind.String()
	for _, s := range c.Statements {
		out.Statements = append(out.Statements, Statement{s.Statement + 1, s.Sid, s.Line})
	}
	if c.Near != nil {
		out.Near = c.Near.String() + " of " + c.Near.Policy + ": " + c.Near.Miss.String()
	}
	return out
}

func raw(text string) json.RawMessage {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}
