package doctor

import (
	"maps"
	"slices"
	"strings"

	"aircon/internal/near"
	"aircon/policy"
	"aircon/policy/reference"
)

var _ = register(check{kinds: []Kind{{
	ID: "AC164", Severity: Error, Arrow: ArrowPermission, Topic: "airflow.md",
	Title: "the policy has a word that IAM does not know",
	Means: "IAM takes an action or condition key that does not exist without a word, and it never matches; another element or operator makes it " +
		"refuse the document",
	Why:  "a name was misspelt, or remembered from another service",
	Mend: "the nearest valid name",
}}})

// words finds actions and condition keys that do not exist, in the services of the chain.
func (d *policyDocument) words() []Finding {
	var all []Finding
	statements := d.policy.Statements()
	for i := range statements {
		s := &statements[i]
		for _, e := range slices.Concat(s.Actions, s.NotActions) {
			if nearest, wrong := misspeltAction(e.Text); wrong {
				all = append(all, d.unknown("there is no action "+e.Text, e, nearest))
			}
		}
		for _, c := range s.Conditions {
			if nearest, wrong := misspeltKey(s, c.Key.Text); wrong {
				all = append(all, d.unknown("no request for "+s.Actions[0].Text+" has the condition key "+c.Key.Text, c.Key, nearest))
			}
		}
	}
	return all
}

func (d *policyDocument) unknown(seen string, e policy.Element, nearest string) Finding {
	mend := Mend{Text: "remove " + e.Text + ", or write the name as the Service Authorization Reference has it"}
	if nearest != "" {
		seen += "; did you mean " + nearest + "?"
		mend = d.write(e, nearest)
	}
	return Found("AC164", seen, mend).At("", d.element(e))
}

// misspeltAction reports whether an action, or a pattern of actions, is of a known service that has none such. Services that are not in the
// reference are taken for right, but for a letter or two beside Secrets Manager's long name.
func misspeltAction(action string) (nearest string, wrong bool) {
	prefix, name, cut := strings.Cut(action, ":")
	if !cut || strings.ContainsAny(prefix, "*?") {
		return "", false
	}
	service := reference.Of(prefix)
	if service == nil {
		if d := near.Distance(strings.ToLower(prefix), "secretsmanager"); d > 3 {
			return "", false
		}
		return "secretsmanager:" + name, true
	}
	for lower := range service.Actions {
		if globMatches(strings.ToLower(name), lower) {
			return "", false
		}
	}
	var names []string
	for _, key := range slices.Sorted(maps.Keys(service.Actions)) {
		names = append(names, service.Actions[key].Name)
	}
	if found, is := near.Nearest(strings.Trim(name, "*?"), names); is {
		nearest = service.Prefix + ":" + found
	}
	return nearest, true
}

// misspeltKey reports whether none of a statement's actions has a condition key. It can be told only where all are known and spelt out.
func misspeltKey(s *policy.Statement, key string) (nearest string, wrong bool) {
	var keys []string
	for _, e := range s.Actions {
		a := reference.Lookup(e.Text)
		if a == nil || a.Has(key) {
			return "", false
		}
		for _, u := range a.Uses {
			keys = append(keys, u.Keys...)
			if u.Type != nil {
				keys = append(keys, u.Type.Keys...)
			}
		}
	}
	if len(s.Actions) == 0 {
		return "", false
	}
	nearest, _ = near.Nearest(key, keys)
	return nearest, true
}
