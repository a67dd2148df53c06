package doctor

import (
	"cmp"
	"strings"

	"aircon/internal/edit"
	"aircon/internal/near"
	"aircon/policy"
)

var _ = register(check{kinds: []Kind{
	{
		ID: "AC160", Severity: Error, Arrow: ArrowPermission, Topic: "airflow.md",
		Title: "the policy and the spec do not name the same secrets",
		Means: "a secret that no statement covers is refused with AccessDenied, which Airflow swallows; one that the spec does not have is " +
			"open to every DAG for nothing",
		Why:  "the policy was written by hand, and a connection was added, renamed or removed since",
		Mend: "add or remove the resource; `aircon plan --print-policy` prints the whole policy for the spec",
	},
	{
		ID: "AC162", Severity: Error, Arrow: ArrowKey, Topic: "airflow.md",
		Title: "the policy lacks kms:Decrypt on a customer key",
		Means: "GetSecretValue of a secret under a customer key needs kms:Decrypt on the key too, and is refused without it",
		Why:   "the key was changed later, or the statement names the key's alias, which no decision is made on",
		Mend:  "a statement that allows kms:Decrypt on the key's ARN, with kms:ViaService",
	},
}})

// scope is the partition, region and account that the secrets are in: the spec's, and what it leaves out as the policy says it first.
func (d *policyDocument) scope() policy.ARN {
	s := policy.ARN{Partition: d.needs.Partition, Region: d.needs.Region, Account: d.needs.Account}
	for _, statement := range d.readers() {
		for _, e := range statement.Resources {
			arn, ok := policy.ParseARN(e.Text)
			if !ok || strings.ContainsAny(arn.Partition+arn.Region+arn.Account, "*?$") {
				continue
			}
			s.Partition, s.Region, s.Account = cmp.Or(s.Partition, arn.Partition), cmp.Or(s.Region, arn.Region), cmp.Or(s.Account, arn.Account)
		}
	}
	s.Partition, s.Region, s.Account = cmp.Or(s.Partition, "aws"), cmp.Or(s.Region, "us-east-1"), cmp.Or(s.Account, "123456789012")
	return s
}

func secretARNIn(s policy.ARN, name string) string {
	return "arn:" + s.Partition + ":secretsmanager:" + s.Region + ":" + s.Account + ":secret:" + name
}

// names reports whether a resource names the secret, be it without its suffix (AC005) or in another place (AC161).
func (d *policyDocument) names(secret string) bool {
	for _, s := range d.readers() {
		for _, e := range s.Resources {
			name, is := secretName(e.Text)
			if bare, _ := withoutSuffix(name); is && (name == secret || bare == secret) {
				return true
			}
		}
	}
	return false
}

// missing finds secrets of the spec that the policy does not let the role read.
func (d *policyDocument) missing() []Finding {
	readers := d.readers()
	if len(readers) == 0 {
		return nil
	}
	s := d.scope()
	var all []Finding
	for _, name := range d.needs.Secrets {
		bare := secretARNIn(s, name)
		if d.names(name) || d.decide(readSecret, bare+suffix).Effect != policy.ImplicitDeny {
			continue
		}
		last := readers[len(readers)-1]
		where := d.at(last.Line, last.Column)
		mend := Mend{Text: `add the resource "` + bare + `-??????"`}
		if n := len(last.Resources); n > 0 && len(last.Conditions) == 0 {
			where, mend.Edits = d.element(last.Resources[n-1]), d.append(last.Resources, bare+"-??????")
		}
		all = append(all, Found("AC160", "no statement covers the secret "+name+", which the spec has", mend).At("", where))
	}
	return all
}

// append adds a text behind the last of an element that is one text or a list.
func (d *policyDocument) append(list []policy.Element, text string) []edit.Edit {
	last := list[len(list)-1]
	from, to, ok := d.span(last.Line, last.Column)
	if !ok {
		return nil
	}
	if before := strings.TrimRight(d.text[:from], " \t\r\n"); len(list) == 1 && !strings.HasSuffix(before, "[") {
		return []edit.Edit{{From: from, To: from, Text: "["}, {From: to, To: to, Text: ", " + quoteJSON(text) + "]"}}
	}
	return []edit.Edit{{From: to, To: to, Text: ", " + quoteJSON(text)}}
}

// foreign finds resources for secrets that the spec does not have.
func (d *policyDocument) foreign() []Finding {
	if len(d.needs.Secrets) == 0 {
		return nil
	}
	var all []Finding
	for _, s := range d.readers() {
		for _, e := range s.Resources {
			name, is := secretName(e.Text)
			if !is || d.bare(name) && d.needed(name) {
				continue
			}
			base, single := withoutSuffix(name)
			if d.bare(name) {
				base, single = name, !strings.ContainsAny(name, "*?$")
			}
			if !single || d.needed(base) {
				continue
			}
			f := Found("AC160", "the spec has no secret "+base, Mend{Text: "remove the resource " + e.Text}).At("", d.element(e))
			f.Severity = Warning
			if nearest, is := near.Nearest(base, d.needs.Secrets); is {
				f.Seen += "; did you mean " + nearest + "?"
			}
			all = append(all, f)
		}
	}
	return all
}

func (d *policyDocument) needed(name string) bool {
	for _, needed := range d.needs.Secrets {
		if needed == name {
			return true
		}
	}
	return false
}

// keys finds customer keys of the spec that the policy does not let the role use.
func (d *policyDocument) keys() []Finding {
	if len(d.readers()) == 0 {
		return nil
	}
	s := d.scope()
	var all []Finding
	said := map[string]bool{}
	for _, key := range d.needs.Keys {
		if said[key] || d.decrypts(s, key) {
			continue
		}
		said[key] = true
		last := d.readers()[len(d.readers())-1]
		arn := key
		if !strings.Contains(key, ":key/") {
			arn = "arn:" + s.Partition + ":kms:" + s.Region + ":" + s.Account + ":key/ID-OF-" + strings.ToUpper(strings.ReplaceAll(key, "/", "-"))
		}
		statement := `{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "` + arn + `", "Condition": {"StringEquals": {"kms:ViaService": "` +
			viaService(secretARNIn(s, "x")) + `"}}}`
		mend := Mend{Text: "add the statement " + statement}
		if at, ok := edit.Offset(d.text, last.EndLine, last.EndColumn); ok && arn == key && d.listed() {
			mend.Edits = []edit.Edit{{From: at + 1, To: at + 1, Text: ", " + statement}}
		}
		all = append(all, Found("AC162", "no statement allows kms:Decrypt on "+key+", under which the spec keeps a secret", mend).
			At("", d.at(last.Line, last.Column)))
	}
	return all
}

// decrypts reports whether the role may use a key through Secrets Manager. Of a key that is named by alias or id only, any statement
// that allows kms:Decrypt on a key counts.
func (d *policyDocument) decrypts(s policy.ARN, key string) bool {
	if strings.Contains(key, ":key/") {
		return d.decide(decryptKey, key, policy.One("kms:ViaService", viaService(secretARNIn(s, "x"))),
			policy.One("kms:CallerAccount", s.Account)).Allowed()
	}
	for _, statement := range d.identity() {
		for _, e := range statement.Resources {
			if statement.Covers(decryptKey) && !strings.Contains(e.Text, ":alias/") {
				return true
			}
		}
	}
	return false
}

// listed reports whether Statement is a list, to which another can be added.
func (d *policyDocument) listed() bool {
	first := d.policy.Statements()[0]
	at, ok := edit.Offset(d.text, first.Line, first.Column)
	return ok && strings.HasSuffix(strings.TrimRight(d.text[:at], " \t\r\n"), "[")
}
