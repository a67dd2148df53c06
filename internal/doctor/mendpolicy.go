package doctor

import (
	"bytes"
	"encoding/json"
	"strings"

	"aircon/policy"
)

// grant is the mend that lets the execution role do what it asked for: a statement more among its own policies where that is what lacks first,
// and else the first change that another policy needs; then all others, as one refusal hides the next.
func (e *Environment) grant(d policy.Decision, q *policy.Request, statement map[string]any) Mend {
	changes := policy.Changes(q)
	if len(changes) == 0 {
		return Mend{Text: "nothing that a policy could say would allow it"}
	}
	all := e.changes(changes, q)
	if d.Effect == policy.ExplicitDeny {
		all[0].Text += ", as no allow elsewhere can outweigh a deny"
	}
	if d.Effect == policy.ImplicitDeny && d.Kind == policy.Identity {
		name := "aircon-" + plainName(strings.TrimSuffix(q.Resource, suffix))
		all[0] = Mend{Text: "let the execution role do it, by an inline policy of its own", Command: e.putRolePolicy(name, oneStatement(statement))}
	}
	all[0].Then = all[1:]
	return all[0]
}

// changes are the mends that carry out all changes of what decides a request, those of one policy together. What is written over a policy
// that has lost a deny lacks it too.
func (e *Environment) changes(changes []policy.Change, q *policy.Request) []Mend {
	var all []Mend
	lifted := map[string]bool{}
	for i, c := range changes {
		next := e.change(c, q)
		lifted[c.Policy] = lifted[c.Policy] || next.LiftsDeny
		next.LiftsDeny = lifted[c.Policy]
		if i > 0 && samePolicy(c, changes[i-1]) {
			last := &all[len(all)-1]
			next.Text = last.Text + ", and " + next.Text
			*last = next
			continue
		}
		all = append(all, next)
	}
	return all
}

// samePolicy reports whether two changes edit one policy, which the second has with both.
func samePolicy(a, b policy.Change) bool {
	return a.Policy != "" && a.Policy == b.Policy && a.Kind == b.Kind && a.Level == b.Level
}

// change is the mend that carries out one change of what decides a request.
func (e *Environment) change(c policy.Change, q *policy.Request) Mend {
	text := c.String()
	if c.Kind == policy.Resource && e.foreign(q.Resource) {
		text += "; with credentials of account " + accountOf(q.Resource)
	}
	lifts := c.Edit == policy.RemoveStatements || c.Edit == policy.DetachPolicy
	return Mend{Text: text, Command: e.carryOut(c, q.Resource), LiftsDeny: lifts}
}

// carryOut is the AWS CLI's command for a change of a policy, and nil where the policy is not one that is written in this account.
func (e *Environment) carryOut(c policy.Change, resource string) []string {
	arn, text := strings.HasPrefix(c.Policy, "arn:"), compact(c.Document)
	switch gone := c.Edit == policy.DetachPolicy; {
	case c.Edit == policy.ProvideContext:
		return nil
	case c.Kind == policy.Identity && gone && arn:
		return []string{"aws", "iam", "detach-role-policy", "--role-name", e.roleName(), "--policy-arn", c.Policy}
	case c.Kind == policy.Identity && gone:
		return []string{"aws", "iam", "delete-role-policy", "--role-name", e.roleName(), "--policy-name", c.Policy}
	case c.Kind == policy.Identity && c.Policy == "":
		return e.putRolePolicy("aircon-"+plainName(strings.TrimSuffix(resource, suffix)), text)
	case c.Kind == policy.Identity && !arn:
		return e.putRolePolicy(c.Policy, text)
	case (c.Kind == policy.Identity || c.Kind == policy.Boundary) && arn && !gone:
		return []string{"aws", "iam", "create-policy-version", "--policy-arn", c.Policy, "--policy-document", text, "--set-as-default"}
	case c.Kind == policy.Resource && strings.Contains(resource, ":kms:") && !gone:
		return []string{"aws", "kms", "put-key-policy", "--key-id", resource, "--policy-name", "default", "--policy", text}
	case c.Kind == policy.Resource && strings.Contains(resource, ":secretsmanager:") && gone:
		return []string{"aws", "secretsmanager", "delete-resource-policy", "--secret-id", resource}
	case c.Kind == policy.Resource && strings.Contains(resource, ":secretsmanager:"):
		return []string{"aws", "secretsmanager", "put-resource-policy", "--secret-id", resource, "--resource-policy", text}
	}
	return nil
}

func (e *Environment) putRolePolicy(name, document string) []string {
	return []string{"aws", "iam", "put-role-policy", "--role-name", e.roleName(), "--policy-name", name, "--policy-document", document}
}

// roleName is the execution role's, without its path.
func (e *Environment) roleName() string { return e.Role.ARN[strings.LastIndexByte(e.Role.ARN, '/')+1:] }

// readStatement lets a secret be read, whatever its ARN's last six characters are.
func (e *Environment) readStatement(name string) map[string]any {
	arn := e.secretARN(name)
	if !wholeARN(arn) || arn != name {
		arn += "-??????"
	}
	return map[string]any{"Effect": "Allow", "Action": readAction, "Resource": arn}
}

// oneStatement is a policy of one statement.
func oneStatement(statement map[string]any) string {
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{statement}})
	if err != nil {
		panic(err) // texts always marshal
	}
	return string(text)
}

// compact takes the white space out of a document.
func compact(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) != nil {
		return text
	}
	return b.String()
}

// plainName makes the end of an ARN a name for a policy: letters, digits and hyphens, at most 100 (IAM takes 128).
func plainName(arn string) string {
	end := arn[strings.LastIndexByte(arn, ':')+1:]
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '-'
	}, end)
	return name[max(0, len(name)-100):]
}
