package doctor

import (
	"bytes"
	"encoding/json"
	"strings"

	"aircon/policy"
)

// grant is the mend that lets the execution role do what it asked for: a statement more among its own policies where that is all that lacks,
// and else the first change that another policy needs.
func (e *Environment) grant(d policy.Decision, q *policy.Request, statement map[string]any) Mend {
	if d.Effect == policy.ImplicitDeny && d.Kind == policy.Identity {
		name := "aircon-" + plainName(strings.TrimSuffix(q.Resource, suffix))
		return Mend{Text: "let the execution role do it, by an inline policy of its own", Command: e.putRolePolicy(name, oneStatement(statement))}
	}
	changes := policy.Changes(q)
	if len(changes) == 0 {
		return Mend{Text: "nothing that a policy could say would allow it"}
	}
	text := changes[0].String()
	if d.Effect == policy.ExplicitDeny {
		text += ", as no allow elsewhere can outweigh a deny"
	}
	if changes[0].Kind == policy.Resource && e.foreign(q.Resource) {
		text += "; with credentials of account " + accountOf(q.Resource)
	}
	lifts := changes[0].Edit == policy.RemoveStatements || changes[0].Edit == policy.DetachPolicy
	return Mend{Text: text, Command: e.carryOut(changes[0], q.Resource), LiftsDeny: lifts}
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
	case c.Kind == policy.Identity && !arn && c.Policy != "":
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
