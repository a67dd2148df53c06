package policy

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"aircon/internal/policycases/short"
)

const (
	account = "111122223333"
	other   = "444455556666"
	secret  = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:airflow/connections/db-AbCdEf"
	get     = "secretsmanager:GetSecretValue"
)

// people are those whom the cases call by name, too.
var people = func() (all map[string]*Principal) {
	text, err := os.ReadFile("testdata/cases/principals.json")
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		panic(err)
	}
	return all
}()

var (
	user, role, root, service = people["user"], people["role"], people["root"], people["service"]
	stranger, guest           = people["stranger"], people["guest"]
)

// document writes a document from statements in short.
func document(t testing.TB, statements ...string) *Document {
	t.Helper()
	return documentOf(t, version2012, statements...)
}

func documentOf(t testing.TB, version string, statements ...string) *Document {
	t.Helper()
	text, err := short.Policy(version, statements...)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
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
