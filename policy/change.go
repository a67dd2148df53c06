package policy

import (
	"fmt"
	"strings"
)

// Edit is what a Change does.
type Edit uint8

// The edits.
const (
	AddStatement     Edit = iota // put a statement at the end of a policy, or into a new one
	ModifyStatement              // let a statement name one thing more, or each of several
	RemoveStatements             // take statements out of a policy
	DetachPolicy                 // take the whole policy away: nothing would be left of it, or AWS manages it and nobody can edit it
	ProvideContext               // ask with another value of a condition key
)

// String returns the edit as a word, such as add.
func (e Edit) String() string {
	return [...]string{"add", "modify", "remove", "detach", "context"}[e]
}

// Change is something that, when it is carried out, changes what becomes of a request. Apply carries it out on the request's policies.
type Change struct {
	Edit   Edit
	Kind   Kind   // of the policy; NoKind for ProvideContext
	Policy string // the policy's name; "" means a new policy, which for a boundary takes the place of the one that AWS manages
	Level  int    // of an organisation's policies: which level must have it, from 0 at the root

	Statements []StatementRef // those that are removed or modified
	Statement  string         // JSON of the statement that is added, or of what the last modified one becomes
	Document   string         // the whole policy afterwards, as indented JSON; "" for DetachPolicy and ProvideContext

	Key    Key  // ProvideContext: the condition key as the request must have it
	Absent bool // ProvideContext: the request must not have the key, of which only the name counts

	// Near is, where a statement is added, the allowing one of that kind that misses the request by one element.
	Near *Near

	at slot
}

// StatementRef names a statement of a policy.
type StatementRef struct {
	Policy       string
	Statement    int // index, from 0
	Sid          string
	Line, Column int
}

// String returns the statement as people find it: by its Sid or its number, counted from 1, and its line.
func (s StatementRef) String() string {
	if s.Sid != "" {
		return fmt.Sprintf("statement %s (line %d)", s.Sid, s.Line)
	}
	return fmt.Sprintf("statement %d (line %d)", s.Statement+1, s.Line)
}

// Near is a statement that would allow the request but for one element.
type Near struct {
	StatementRef
	Miss Miss
}

// String returns the change as a sentence in the imperative.
func (c Change) String() string {
	switch c.Edit {
	case ProvideContext:
		return c.provision()
	case DetachPolicy:
		return "take away " + c.where()
	case RemoveStatements:
		return fmt.Sprintf("remove %s from %s", c.named(), c.where())
	case ModifyStatement:
		return fmt.Sprintf("change %s of %s", c.named(), c.where())
	}
	return "add a statement to " + c.where()
}

// named lists the statements.
func (c Change) named() string {
	all := make([]string, len(c.Statements))
	for i, s := range c.Statements {
		all[i] = s.String()
	}
	return strings.Join(all, " and ")
}

func (c Change) provision() string {
	switch {
	case c.Absent:
		return "ask without the context key " + c.Key.Name
	case c.Key.Multiple && len(c.Key.List) != 1:
		return fmt.Sprintf("give the context key %s the values [%s]", c.Key.Name, strings.Join(c.Key.List, ", "))
	case c.Key.Multiple:
		return fmt.Sprintf("give the context key %s the value %s", c.Key.Name, c.Key.List[0])
	}
	return fmt.Sprintf("give the context key %s the value %s", c.Key.Name, c.Key.Value)
}

// where names the policy to change.
func (c Change) where() string {
	where := "the " + c.Kind.String() + " " + c.Policy
	if c.Policy == "" {
		where = "a new " + c.Kind.String()
	}
	if c.Kind == Organisation || c.Kind == ResourceControl {
		where += fmt.Sprintf(", at level %d from the root", c.Level+1)
	}
	return where
}

// Apply returns the request with the change carried out. It fails where the request is not the one that the change was made for.
func (c Change) Apply(r *Request) (*Request, error) {
	changed := copyRequest(r)
	switch {
	case c.Edit == ProvideContext:
		changed.Context = changed.Context.with(c.Key, !c.Absent)
		return changed, nil
	case c.Policy != "" && (changed.at(c.at) == nil || changed.at(c.at).Name != c.Policy):
		return nil, fmt.Errorf("the request has no %s %s to change", c.Kind, c.Policy)
	case c.Edit == DetachPolicy:
		changed.detach(c.at)
		return changed, nil
	}
	d, err := Parse([]byte(c.Document))
	if err != nil {
		return nil, fmt.Errorf("the changed %s: %w", c.Kind, err)
	}
	changed.set(c.at, Policy{c.Policy, d})
	return changed, nil
}

// with returns a copy of the context in which the key has this value, or is missing.
func (c Context) with(k Key, present bool) Context {
	var all Context
	for _, other := range c {
		if !strings.EqualFold(other.Name, k.Name) {
			all = append(all, other)
		}
	}
	if present {
		all = append(all, k)
	}
	return all
}
