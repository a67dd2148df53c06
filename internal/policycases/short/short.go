// Package short writes IAM policies in short, for tests: one line a statement.
//
//	allow ACTION[,ACTION] on RESOURCE[,RESOURCE] [to PRINCIPAL[,PRINCIPAL]] [if CONDITION]
//
// An action, resource or principal after "not" makes the element its Not form; the condition is JSON.
package short

import (
	"encoding/json"
	"strings"
)

// Policy returns a document's JSON. The error is one of a condition that is not JSON.
func Policy(version string, statements ...string) (string, error) {
	var all []any
	for _, s := range statements {
		all = append(all, statement(s))
	}
	text, err := json.Marshal(map[string]any{"Version": version, "Statement": all})
	return string(text), err
}

func statement(text string) map[string]any {
	s := make(map[string]any)
	text, condition, ok := strings.Cut(text, " if ")
	if ok {
		s["Condition"] = json.RawMessage(condition)
	}
	text, principal, ok := strings.Cut(text, " to ")
	if ok {
		name := "Principal"
		if rest, not := strings.CutPrefix(principal, "not "); not {
			name, principal = "NotPrincipal", rest
		}
		s[name] = classes(principal)
	}
	text, resource, ok := strings.Cut(text, " on ")
	if ok {
		put(s, "Resource", resource)
	}
	effect, action, _ := strings.Cut(text, " ")
	s["Effect"] = map[string]string{"allow": "Allow", "deny": "Deny"}[effect]
	put(s, "Action", action)
	return s
}

// put splits a list at its commas; one with a space behind it is a default's, not the list's.
func put(s map[string]any, name, value string) {
	if rest, not := strings.CutPrefix(value, "not "); not {
		name, value = "Not"+name, rest
	}
	const comma = "\x00"
	for _, v := range strings.Split(strings.ReplaceAll(value, ", ", comma), ",") {
		list, _ := s[name].([]string)
		s[name] = append(list, strings.ReplaceAll(v, comma, ", "))
	}
}

// classes tells services from other principals.
func classes(principals string) map[string][]string {
	all := map[string][]string{}
	for _, entry := range strings.Split(principals, ",") {
		class := "AWS"
		if strings.HasSuffix(entry, ".amazonaws.com") {
			class = "Service"
		}
		all[class] = append(all[class], entry)
	}
	return all
}
