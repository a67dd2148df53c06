package doctor

import (
	"fmt"
	"slices"
	"strings"

	"aircon/policy"
	"aircon/policy/reference"
)

var _ = register(check{kinds: []Kind{
	{
		ID: "AC163", Severity: Warning, Arrow: ArrowPermission, Topic: "airflow.md",
		Title: "a statement of the policy does nothing",
		Means: "no request can match it, or another statement allows the same: whoever reads the policy takes it for protection or for a permission",
		Why:   "the resource is of another service or type than the action, or the policy has grown",
		Mend:  "remove the statement, or write the resource that the action is decided on",
	},
	{
		ID: "AC165", Severity: Error, Arrow: ArrowPermission, Topic: "airflow.md",
		Title: "a Deny takes back what the policy allows",
		Means: "a Deny wins over every Allow: GetSecretValue is refused, which Airflow swallows",
		Why:   "a Deny for everything but some principals or secrets was written wider than meant",
		Mend:  "narrow the Deny, or leave the secrets out of it with NotResource",
	},
}})

// idle finds statements that no request of the chain, or none at all, can match.
func (d *policyDocument) idle() []Finding {
	var all []Finding
	statements := d.policy.Statements()
	for i := range statements {
		s := &statements[i]
		seen := d.neverMatches(s)
		if seen == "" {
			seen = shadowed(statements, i)
		}
		if seen == "" && len(d.needs.Secrets) > 0 { // else it may be a person's policy
			seen = unneeded(s)
		}
		if seen == "" {
			continue
		}
		f := Found("AC163", seen, Mend{Text: "remove the statement"}).At("", d.at(s.Line, s.Column))
		if strings.HasPrefix(seen, "Airflow") {
			f.Severity = Info
		}
		all = append(all, f)
	}
	return all
}

// neverMatches says why none of a statement's actions can be about any of its resources.
func (d *policyDocument) neverMatches(s *policy.Statement) string {
	if len(s.Resources) == 0 || len(s.Actions) == 0 {
		return ""
	}
	for _, action := range s.Actions {
		for _, resource := range s.Resources {
			if mayMeet(action.Text, resource.Text) {
				return ""
			}
		}
	}
	return fmt.Sprintf("%s is never decided on %s", s.Actions[0].Text, s.Resources[0].Text)
}

// mayMeet reports whether a request for an action can be about a resource, as far as AWS's Service Authorization Reference is known here.
func mayMeet(action, resource string) bool {
	prefix, name, _ := strings.Cut(action, ":")
	service := reference.Of(prefix)
	arn, ok := policy.ParseARN(resource)
	if service == nil || resource == "*" || !ok || strings.ContainsAny(arn.Service, "*?$") {
		return true
	}
	sample := strings.NewReplacer("*", "x", "?", "q").Replace(resource)
	known := false
	for lower, a := range service.Actions {
		if !globMatches(strings.ToLower(name), lower) {
			continue
		}
		known = true
		if a.Takes(sample) || strings.ContainsAny(arn.Region+arn.Account+arn.Resource, "*$") && strings.EqualFold(arn.Service, prefix) {
			return true
		}
	}
	return !known // an action that does not exist is AC164
}

// shadowed says which other statement without conditions does all that one does.
func shadowed(statements []policy.Statement, i int) string {
	s := &statements[i]
	if len(s.Actions) == 0 || len(s.Resources) == 0 || len(s.Principals) > 0 {
		return ""
	}
	for j := range statements {
		o := &statements[j]
		if j == i || o.Deny != s.Deny || len(o.Conditions) > 0 || len(o.Principals) > 0 {
			continue
		}
		if allCovered(o.Actions, s.Actions, strings.ToLower) && allCovered(o.Resources, s.Resources, strings.Clone) &&
			(j < i || !allCovered(s.Actions, o.Actions, strings.ToLower) || !allCovered(s.Resources, o.Resources, strings.Clone) || len(s.Conditions) > 0) {
			return fmt.Sprintf("the statement on line %d does the same and more", o.Line)
		}
	}
	return ""
}

// allCovered reports whether each of the narrow patterns is covered by one of the wide.
func allCovered(wide, narrow []policy.Element, fold func(string) string) bool {
	for _, n := range narrow {
		covered := false
		for _, w := range wide {
			covered = covered || covers(fold(w.Text), fold(n.Text))
		}
		if !covered {
			return false
		}
	}
	return len(narrow) > 0
}

// unneeded says that a statement about Secrets Manager allows nothing that Airflow's backend calls.
func unneeded(s *policy.Statement) string {
	if s.Deny || len(s.Principals) > 0 || len(s.Actions) == 0 || s.Covers(readSecret) {
		return ""
	}
	for _, e := range s.Actions {
		if !strings.HasPrefix(strings.ToLower(e.Text), "secretsmanager:") || reference.Lookup(e.Text) == nil {
			return ""
		}
	}
	return "Airflow calls " + readSecret + " alone, and never " + s.Actions[0].Text
}

// denials finds statements that deny what another one allows.
func (d *policyDocument) denials() []Finding {
	var all []Finding
	said := map[int]bool{}
	for _, arn := range d.allowedSecrets() {
		decision := d.decide(readSecret, arn, policy.One("secretsmanager:SecretId", arn), policy.One("secretsmanager:VersionStage", "AWSCURRENT"))
		if decision.Effect != policy.ExplicitDeny || said[decision.Statement] {
			continue
		}
		said[decision.Statement] = true
		deny := d.policy.Statements()[decision.Statement]
		all = append(all, Found("AC165", "this Deny is about "+readSecret+" on secrets that the policy allows or the spec has",
			Mend{Text: "leave the secrets out of it: NotResource in the place of Resource"}).At("", d.at(deny.Line, deny.Column)))
	}
	return all
}

// allowedSecrets are ARNs of secrets that the policy is for: the spec's, one for each resource that is allowed by name or prefix, and one
// for each that is denied and that an Allow matches too.
func (d *policyDocument) allowedSecrets() []string {
	s := d.scope()
	var arns []string
	for _, name := range d.needs.Secrets {
		arns = append(arns, secretARNIn(s, name)+suffix)
	}
	sample := func(resource string) (string, bool) {
		name, is := secretName(resource)
		return secretARNIn(s, strings.NewReplacer("*", "x"+suffix, "??????", suffix[1:], "?", "q").Replace(name)), is && !everySecret(resource)
	}
	var allowed []string
	for _, reader := range d.readers() {
		for _, e := range reader.Resources {
			allowed = append(allowed, e.Text)
			if arn, is := sample(e.Text); is {
				arns = append(arns, arn)
			}
		}
	}
	for _, deny := range d.policy.Statements() {
		for _, e := range deny.Resources {
			arn, is := sample(e.Text)
			if deny.Deny && is && slices.ContainsFunc(allowed, func(pattern string) bool { return !everySecret(pattern) && globMatches(pattern, arn) }) {
				arns = append(arns, arn)
			}
		}
	}
	return arns
}
