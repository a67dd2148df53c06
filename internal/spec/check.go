package spec

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"aircon/internal/py"
	"aircon/mwaa"
)

// What AWS accepts. Sources: the service models of MWAA (EnvironmentName), Secrets Manager (Name, Tag) and IAM (arnType).
var (
	environmentName = regexp.MustCompile(`^[a-zA-Z][0-9a-zA-Z_-]{0,79}$`)
	regionName      = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]+$`)
	roleARN         = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+$`)
	keyID           = regexp.MustCompile(`^(alias/[\w/-]+|(mrk-)?[0-9a-f-]{32,36}|arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:(key|alias)/[\w/-]+)$`)
	tagText         = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)
	secretARN       = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):[0-9]{12}:secret:([A-Za-z0-9/_+=.@-]+)$`)
	wholeARN        = regexp.MustCompile(`-[A-Za-z0-9]{6}$`)
	secretName      = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]*$`)
)

const (
	maxSecretName = 512
	maxTags       = 50 - ownTags
	ownTags       = 2 // that aircon adds
)

// check reports what is wrong with values that have the right types.
func (f *File) check(d *decoder) {
	if len(f.Environments) == 0 && f.Has("environments") {
		d.fail(f.At("environments"), "", "no environment is declared")
	}
	for _, e := range f.Environments {
		e.check(d)
		for _, p := range e.Check(e.Version()) {
			p.File = d.name
			d.problems = append(d.problems, p)
		}
	}
	f.checkClaims(d)
}

func (e *Environment) check(d *decoder) {
	what := label(e)
	if !environmentName.MatchString(e.Name) {
		d.fail(e.Pos(), "letters, digits, - and _, a letter first, 80 at most", "%s: not a name that an environment can have", what)
	}
	if e.Has("region") && !regionName.MatchString(e.Region) {
		d.fail(e.At("region"), "such as eu-west-1", "%s: %q is not a region", what, e.Region)
	}
	for _, role := range []struct{ key, arn string }{{"assume_role", e.AssumeRole}, {"execution_role", e.Role()}} {
		if e.Has(role.key) && role.arn != "" && !roleARN.MatchString(role.arn) {
			d.fail(e.At(role.key), "such as arn:aws:iam::123456789012:role/name", "%s: %s is not the ARN of a role", what, role.key)
		}
	}
	e.checkVersions(d)
	e.checkKind(d)
	e.checkTags(d)
	e.checkBackend(d)
	for _, c := range e.Connections {
		c.check(d)
	}
	for _, v := range e.Variables {
		checkKey(d, v.At("kms_key"), label(v), v.KMSKey)
		if v.Value != nil && *v.Value == "" {
			d.fail(v.At("value"), "", "%s is empty, which Secrets Manager does not store", label(v))
		}
	}
}

func (e *Environment) checkVersions(d *decoder) {
	if v := e.Version(); v != "" && !mwaa.Supported(v) {
		d.fail(e.At("airflow_version"), didYouMean(v, append(mwaa.Versions(), auto)), "%s: Airflow %q is not a version that Amazon MWAA runs", label(e), v)
	}
	if e.Providers == nil {
		return
	}
	for _, p := range []struct{ key, version string }{
		{"amazon", e.Providers.Amazon}, {"postgres", e.Providers.Postgres}, {"common-sql", e.Providers.CommonSQL},
	} {
		if e.Providers.Has(p.key) && !threeNumbers.MatchString(p.version) {
			d.fail(e.Providers.At(p.key), "such as 6.6.0", "%s: providers: %s: not a release", label(e), p.key)
		}
	}
}

var threeNumbers = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`)

// checkKind reports what a self-managed Airflow cannot have, as there is no environment to read it from.
func (e *Environment) checkKind(d *decoder) {
	if e.MWAA() {
		return
	}
	if e.Version() == "" {
		d.fail(e.At("kind"), "add  airflow_version: "+mwaa.LatestVersion(), "%s: a self-managed Airflow has no version to read", label(e))
	}
	if e.Role() == "" && e.PolicyKind() != "none" {
		d.fail(e.At("kind"), "add  execution_role: ARN, or  policy: none", "%s: a self-managed Airflow has no execution role to read", label(e))
	}
}

func (e *Environment) checkTags(d *decoder) {
	if len(e.Tags) > maxTags {
		d.fail(e.At("tags"), "", "%s: %d tags; AWS takes 50, of which aircon needs %d", label(e), len(e.Tags), ownTags)
	}
	for key, value := range e.Tags {
		switch lower := strings.ToLower(key); {
		case strings.HasPrefix(lower, "aws:") || strings.HasPrefix(lower, "aircon:"):
			d.fail(e.At("tags", key), "", "%s: tags: %q: tags that begin with aws: or aircon: are not yours to set", label(e), key)
		case key == "" || len([]rune(key)) > 128 || len([]rune(value)) > 256 || !tagText.MatchString(key) || !tagText.MatchString(value):
			d.fail(e.At("tags", key), "letters, digits, space and _.:/=+-@; a key up to 128, a value up to 256", "%s: tags: %q: AWS does not take this key or its value", label(e), key)
		}
	}
}

func (e *Environment) checkBackend(d *decoder) {
	b := e.Backend.get()
	if b.Sep.IsNull() || b.Has("sep") && b.Sep.String() == "" {
		d.fail(b.At("sep"), "leave it out for /", "%s: backend: sep must be a text that is not empty", label(e))
	}
	e.checkOff(d, b, "connections_prefix", e.ConnectionsPrefix(), len(e.Connections))
	e.checkOff(d, b, "variables_prefix", e.VariablesPrefix(), len(e.Variables))
	checkPattern(d, b, "connections_lookup_pattern", b.ConnectionsLookupPattern, e.Connections)
	checkPattern(d, b, "variables_lookup_pattern", b.VariablesLookupPattern, e.Variables)
	checkPattern(d, b, "config_lookup_pattern", b.ConfigLookupPattern, Named[*Variable]{})
	fields := []string{"login", "user", "password", "host", "port", "schema", "conn_type", "extra"}
	for word := range b.ExtraConnWords {
		if !slices.Contains(fields, word) {
			d.fail(b.At("extra_conn_words", word), didYouMean(word, fields), "%s: backend: extra_conn_words: %q is not a field; Airflow raises KeyError at each lookup", label(e), word)
		}
	}
}

func (e *Environment) checkOff(d *decoder, b *Backend, key string, p Prefix, declared int) {
	if p.Off && declared > 0 {
		d.fail(b.At(key), "give it a prefix, or remove what it would hold", "%s: backend: %s is null, so that Airflow never asks for the %d declared here", label(e), key, declared)
	}
	arn := secretARN.FindStringSubmatch(p.Text + p.Sep)
	switch {
	case p.ByARN() && arn == nil:
		d.fail(b.At(key), "such as arn:aws:secretsmanager:eu-west-1:123456789012:secret:airflow/connections", "%s: backend: %s: not the beginning of a secret's ARN", label(e), key)
	case arn != nil && e.Region != "" && arn[1] != e.Region:
		d.fail(b.At(key), "replicate the secrets into "+e.Region, "%s: backend: %s is in %s, and the backend asks in the environment's region %s", label(e), key, arn[1], e.Region)
	case arn == nil && !secretName.MatchString(p.Text+p.Sep):
		d.fail(b.At(key), "letters, digits and /_+=.@-", "%s: backend: %s: not the beginning of a secret's name", label(e), key)
	}
}

// checkPattern reports a lookup pattern that Python cannot read, or that keeps a declared id from being looked up.
func checkPattern[T named](d *decoder, b *Backend, key string, pattern Text, declared Named[T]) {
	if pattern.IsAuto() || pattern.String() == "" {
		return
	}
	re, err := py.Compile(pattern.String())
	if err != nil {
		d.fail(b.At(key), "", "backend: %s: %v: Airflow raises at each lookup", key, err)
		return
	}
	for _, item := range declared {
		if ok, err := re.Match(*item.name()); err == nil && !ok {
			d.fail(b.At(key), "use auto, which computes it", "backend: %s does not match %s, so that Airflow never looks it up", key, label(item))
		}
	}
}

func checkKey(d *decoder, pos Pos, what, key string) {
	if key != "" && !keyID.MatchString(key) {
		d.fail(pos, "an ARN, a key's id, or alias/NAME", "%s: kms_key: not a KMS key", what)
	}
}

// checkClaims reports two declarations that would write one secret with different content.
func (f *File) checkClaims(d *decoder) {
	claims := map[string]claim{}
	for _, e := range f.Environments {
		account := cmp.Or(e.AssumeRole, e.Profile) + "\x00" + e.Region + "\x00"
		for _, c := range e.claims() {
			first, taken := claims[account+c.name]
			if !taken {
				claims[account+c.name] = c
				continue
			}
			if first.content != c.content {
				d.fail(c.pos, "use another prefix or id, or make both equal", "%s writes the secret %q with other content than %s on line %d", c.what, c.name, first.what, first.pos.Line)
			}
		}
	}
}

// claim is a secret that a declaration writes.
type claim struct {
	name, what, content string
	pos                 Pos
}

func (e *Environment) claims() []claim {
	var all []claim
	for _, c := range e.Connections {
		all = append(all, claim{e.ConnectionsPrefix().Name(c.ID), fmt.Sprintf("%s of %s", label(c), label(e)), content(c), c.Pos()})
	}
	for _, v := range e.Variables {
		all = append(all, claim{e.VariablesPrefix().Name(v.Key), fmt.Sprintf("%s of %s", label(v), label(e)), content(v), v.Pos()})
	}
	return all
}
