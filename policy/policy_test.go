package policy

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

const (
	account = "111122223333"
	other   = "444455556666"
	secret  = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/db-AbCdEf"
	get     = "secretsmanager:GetSecretValue"
)

var (
	user = &Principal{Kind: User, ARN: "arn:aws:iam::111122223333:user/etl", Account: account, UserID: "AIDAEXAMPLEUSERID", Name: "etl", Tags: []Tag{{"team", "data"}}}
	role = &Principal{
		Kind: RoleSession, ARN: "arn:aws:sts::111122223333:assumed-role/mwaa/task", Issuer: "arn:aws:iam::111122223333:role/service/mwaa",
		Account: account, UserID: "AROAEXAMPLEROLEID:task", Tags: []Tag{{"team", "data"}},
	}
	root     = &Principal{Kind: AccountRoot, ARN: "arn:aws:iam::111122223333:root", Account: account, UserID: account}
	stranger = &Principal{Kind: User, ARN: "arn:aws:iam::444455556666:user/etl", Account: other, UserID: "AIDAOTHER", Name: "etl"}
	guest    = &Principal{
		Kind: RoleSession, ARN: "arn:aws:sts::444455556666:assumed-role/guest/task", Issuer: "arn:aws:iam::444455556666:role/guest", Account: other, UserID: "AROAGUESTROLEIDXX:task",
	}
	service = &Principal{Kind: Service, ARN: "airflow-env.amazonaws.com"}
)

// document writes a document from statements in short: "allow ACTION[,ACTION] on RESOURCE[,RESOURCE] [to PRINCIPAL] [if CONDITION]".
// An action, resource or principal after "not" makes the element its Not form.
func document(t testing.TB, statements ...string) *Document {
	t.Helper()
	return documentOf(t, version2012, statements...)
}

func documentOf(t testing.TB, version string, statements ...string) *Document {
	t.Helper()
	var all []any
	for _, s := range statements {
		all = append(all, statementOf(t, s))
	}
	text, err := json.Marshal(map[string]any{"Version": version, "Statement": all})
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

func statementOf(t testing.TB, short string) map[string]any {
	t.Helper()
	s := make(map[string]any)
	short, condition, ok := strings.Cut(short, " if ")
	if ok {
		s["Condition"] = json.RawMessage(condition)
	}
	put := func(name, value string) {
		if rest, not := strings.CutPrefix(value, "not "); not {
			name, value = "Not"+name, rest
		}
		const comma = "\x00" // one with a space behind it is a default's, not the list's
		for _, v := range strings.Split(strings.ReplaceAll(value, ", ", comma), ",") {
			list, _ := s[name].([]string)
			s[name] = append(list, strings.ReplaceAll(v, comma, ", "))
		}
	}
	short, principal, ok := strings.Cut(short, " to ")
	if ok {
		name := "Principal"
		if rest, not := strings.CutPrefix(principal, "not "); not {
			name, principal = "NotPrincipal", rest
		}
		classes := map[string][]string{}
		for _, entry := range strings.Split(principal, ",") {
			class := "AWS"
			if strings.HasSuffix(entry, ".amazonaws.com") {
				class = "Service"
			}
			classes[class] = append(classes[class], entry)
		}
		s[name] = classes
	}
	short, resource, ok := strings.Cut(short, " on ")
	if ok {
		put("Resource", resource)
	}
	effect, action, _ := strings.Cut(short, " ")
	s["Effect"] = map[string]string{"allow": "Allow", "deny": "Deny"}[effect]
	put("Action", action)
	return s
}

// named gives documents the names n0, n1, … under which decisions cite them.
func named(name string, documents ...*Document) []Policy {
	var all []Policy
	for i, d := range documents {
		all = append(all, Policy{fmt.Sprint(name, i), d})
	}
	return all
}

func one(name string, d *Document) *Policy { return &Policy{name, d} }

// reason writes a decision in short.
func reason(d Decision) string {
	if d.Statement < 0 && d.Effect == ImplicitDeny {
		return "no " + d.Kind.String()
	}
	return fmt.Sprintf("%s: %s %s[%d]", d.Effect, d.Kind, d.Policy, d.Statement)
}

// documents reads statements that a semicolon separates.
func documents(t testing.TB, statements string) *Document {
	t.Helper()
	return document(t, strings.Split(statements, ";")...)
}
