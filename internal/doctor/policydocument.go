package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"aircon/internal/edit"
	"aircon/internal/near"
	"aircon/internal/spec"
	"aircon/policy"
)

// Needs is what a policy is for: what the execution role must be able to read. The zero value says nothing of it.
type Needs struct {
	Partition string   // such as aws; "" where it is not known
	Region    string   // such as eu-west-1; "" where it is not known
	Account   string   // that has the secrets: twelve digits; "" where it is not known
	Secrets   []string // the names of the secrets, without their suffix
	Keys      []string // customer keys that encrypt them, as the spec names them
}

// bareName is a secret's name, which an ARN has behind its account.
func bareName(name string) string {
	if bare, is := secretName(name); is {
		return bare
	}
	return name
}

// NeedsOf is what the tasks of a declared environment must be able to read.
func NeedsOf(e *spec.Environment) Needs {
	n := Needs{Region: e.Region}
	if role, ok := policy.ParseARN(e.Role()); ok {
		n.Partition, n.Account = role.Partition, role.Account
	}
	if arn, ok := policy.ParseARN(e.ConnectionsPrefix().Text); ok {
		n.Partition, n.Region, n.Account = arn.Partition, arn.Region, arn.Account
	}
	for _, c := range e.Connections {
		n.Secrets = append(n.Secrets, bareName(e.ConnectionsPrefix().Name(c.ID)))
		if c.KMSKey != "" {
			n.Keys = append(n.Keys, c.KMSKey)
		}
	}
	for _, v := range e.Variables {
		n.Secrets = append(n.Secrets, bareName(e.VariablesPrefix().Name(v.Key)))
		if v.KMSKey != "" {
			n.Keys = append(n.Keys, v.KMSKey)
		}
	}
	return n
}

// policyDocument is an IAM policy in a file.
type policyDocument struct {
	where, text string
	policy      *policy.Document
	needs       Needs
}

// documentChecks look at a policy by itself.
var documentChecks = []func(*policyDocument) []Finding{
	(*policyDocument).words, (*policyDocument).wide, (*policyDocument).suffixes, (*policyDocument).places, (*policyDocument).foreign,
	(*policyDocument).missing, (*policyDocument).keys, (*policyDocument).idle, (*policyDocument).denials,
}

// Policy examines an IAM policy by itself, and against what it is for. It asks nobody. The error is that the text is no JSON.
func Policy(where, text string, needs Needs) ([]Finding, error) {
	document, err := policy.Parse([]byte(text))
	var fault *policy.Error
	switch {
	case errors.As(err, &fault) && json.Valid([]byte(text)):
		return one(malformed(where, text, fault)), nil
	case err != nil:
		return nil, fmt.Errorf("%s:%w", where, err)
	}
	d := &policyDocument{where, text, document, needs}
	var all []Finding
	for _, c := range documentChecks {
		all = append(all, c(d)...)
	}
	return all, nil
}

// malformed is a document that AWS refuses: with the word that was meant, where one is near.
func malformed(where, text string, fault *policy.Error) Finding {
	d := &policyDocument{where: where, text: text}
	mend := Mend{Text: "write it as IAM takes it"}
	if word, ok := d.quoted(fault.Line, fault.Column); ok {
		valid := append(policy.Operators(), "Statement", "Version", "Id", "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource",
			"Principal", "NotPrincipal", "Condition", "Allow", "Deny", "2012-10-17")
		name, ifExists := strings.CutSuffix(word, "IfExists")
		if nearest, near := near.Nearest(name, valid); near && nearest != name {
			if ifExists {
				nearest += "IfExists"
			}
			mend = Mend{Text: "write " + nearest, Edits: d.edit(fault.Line, fault.Column, nearest)}
		}
	}
	said := fault.Message
	if fault.Detail != "" {
		said = fault.Detail + "; AWS says: " + fault.Message
	}
	return Found("AC164", said, mend).At("", d.at(fault.Line, fault.Column))
}

func (d *policyDocument) at(line, column int) string {
	return fmt.Sprintf("%s:%d:%d", d.where, line, column)
}

func (d *policyDocument) element(e policy.Element) string { return d.at(e.Line, e.Column) }

// quoted is the JSON text that stands at a place.
func (d *policyDocument) quoted(line, column int) (string, bool) {
	from, to, ok := d.span(line, column)
	if !ok {
		return "", false
	}
	text, err := strconv.Unquote(d.text[from:to])
	return text, err == nil
}

// span is where the JSON text at a place begins and ends, with its quotes.
func (d *policyDocument) span(line, column int) (from, to int, ok bool) {
	from, ok = edit.Offset(d.text, line, column)
	if !ok || from >= len(d.text) || d.text[from] != '"' {
		return 0, 0, false
	}
	for to = from + 1; to < len(d.text); to++ {
		switch d.text[to] {
		case '\\':
			to++
		case '"':
			return from, to + 1, true
		}
	}
	return 0, 0, false
}

// edit replaces the JSON text at a place.
func (d *policyDocument) edit(line, column int, text string) []edit.Edit {
	from, to, ok := d.span(line, column)
	if !ok {
		return nil
	}
	return []edit.Edit{{From: from, To: to, Text: quoteJSON(text)}}
}

// write is the mend that puts another text in the place of one.
func (d *policyDocument) write(e policy.Element, text string) Mend {
	return Mend{Text: "write " + text, Edits: d.edit(e.Line, e.Column, text)}
}

func quoteJSON(text string) string { return spec.QuoteJSON(text) }

// identity are the statements that allow something to whoever has the policy: those of a resource's own policy name a principal.
func (d *policyDocument) identity() []*policy.Statement {
	var all []*policy.Statement
	statements := d.policy.Statements()
	for i := range statements {
		if s := &statements[i]; !s.Deny && len(s.Principals) == 0 {
			all = append(all, s)
		}
	}
	return all
}

const (
	readSecret = "secretsmanager:GetSecretValue"
	decryptKey = "kms:Decrypt"
)

// readers are those that allow secrets to be read.
func (d *policyDocument) readers() []*policy.Statement {
	var all []*policy.Statement
	for _, s := range d.identity() {
		if s.Covers(readSecret) {
			all = append(all, s)
		}
	}
	return all
}

// secretName is the name, suffix included, in the resource of a secret, and false for another resource.
func secretName(resource string) (string, bool) {
	arn, ok := policy.ParseARN(resource)
	name, is := strings.CutPrefix(arn.Resource, "secret:")
	return name, ok && is && (arn.Service == "secretsmanager" || arn.Service == "*")
}
