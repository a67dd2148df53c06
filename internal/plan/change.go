package plan

import (
	"context"
	"encoding/json"
)

// Plan is what must change for a spec to hold. As JSON it has the shape of its tags; that shape is stable, members are only added:
//
//	{"format_version": 1, "environment": "analytics", "account": "123456789012", "region": "eu-west-1",
//	 "changes": [{"action": "create", "kind": "secret", "name": "airflow/connections/db", "id": "db", "fields": [{"name": "host", "new": "…"}]}],
//	 "refusals": […], "warnings": […], "summary": {"create": 1, "update": 0, "delete": 0}}
type Plan struct {
	FormatVersion int       `json:"format_version"` // 1
	Environment   string    `json:"environment"`
	Account       string    `json:"account"`
	Region        string    `json:"region"`
	Changes       []Change  `json:"changes"`  // in the order in which Apply makes them; never null
	Refusals      []Refusal `json:"refusals"` // what must be answered before Apply does anything; never null
	Warnings      []Warning `json:"warnings"` // never null
	Policies      []string  `json:"-"`        // the documents of the least policy: see PrintPolicy

	settling  bool // whether the environment is at work already, so that Apply waits for it
	takesBack bool // whether it is Destroy's
}

// Change is one step.
type Change struct {
	Action Action  `json:"action"`
	Kind   Kind    `json:"kind"`
	Name   string  `json:"name"`         // the secret's, the policy's, the environment's
	ID     string  `json:"id,omitempty"` // the conn_id or the variable's key
	Fields []Field `json:"fields,omitempty"`
	Why    string  `json:"why,omitempty"`

	do func(ctx context.Context, r *run) error
}

// Field is one thing that changes. What is stored in a secret is never shown as it was; as it will be only where the spec
// holds it in the clear.
type Field struct {
	Name   string `json:"name"`
	Old    string `json:"old,omitempty"`
	New    string `json:"new,omitempty"`
	Secret bool   `json:"secret,omitempty"` // Old and New are empty because they are secret
}

// Action is what happens to something.
type Action string

// The actions.
const (
	Create  Action = "create"
	Update  Action = "update"
	Restore Action = "restore" // a secret that is pending deletion
	Attach  Action = "attach"
	Detach  Action = "detach"
	Delete  Action = "delete" // of a secret: after the recovery window
)

// Mark returns + ~ or -, as a plan marks it.
func (a Action) Mark() string {
	switch a {
	case Create, Attach, Restore:
		return "+"
	case Delete, Detach:
		return "-"
	}
	return "~"
}

// Kind is what sort of thing changes.
type Kind string

// The kinds.
const (
	KindPolicy     Kind = "policy"
	KindAttachment Kind = "attachment"
	KindSecret     Kind = "secret"
	KindOptions    Kind = "options"
)

// Refusal is a change that aircon does not make unasked.
type Refusal struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name"`
	What string `json:"what"`
	Mend string `json:"mend"` // what to type or write
}

// Warning is something that the plan does not change, but the reader should know. ID is the finding's, such as AC052, or "".
type Warning struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
	What string `json:"what"`
	Mend string `json:"mend,omitempty"`
}

// Summary counts changes by their mark.
type Summary struct {
	Create int `json:"create"`
	Update int `json:"update"`
	Delete int `json:"delete"`
}

// Summary counts the changes.
func (p *Plan) Summary() Summary {
	var s Summary
	for _, c := range p.Changes {
		switch c.Action.Mark() {
		case "+":
			s.Create++
		case "-":
			s.Delete++
		default:
			s.Update++
		}
	}
	return s
}

// Empty reports whether nothing would change and nothing is refused.
func (p *Plan) Empty() bool { return len(p.Changes) == 0 && len(p.Refusals) == 0 }

// MarshalJSON adds the summary.
func (p *Plan) MarshalJSON() ([]byte, error) {
	type plain Plan
	return json.Marshal(struct {
		*plain
		Summary Summary `json:"summary"`
	}{(*plain)(p), p.Summary()})
}

func (p *Plan) add(c Change) { p.Changes = append(p.Changes, c) }

func (p *Plan) refuse(kind Kind, name, what, mend string) {
	p.Refusals = append(p.Refusals, Refusal{kind, name, what, mend})
}

func (p *Plan) warn(id, name, what, mend string) {
	p.Warnings = append(p.Warnings, Warning{id, name, what, mend})
}
