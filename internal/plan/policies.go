package plan

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"aircon/internal/spec"
	"aircon/policy"
)

const policyPath = "/aircon/"

// policyName is the name of the i-th policy of an environment, counted from 0. It is unique in the account, which IAM needs.
func policyName(c Caller, e *spec.Environment, i int) string {
	return fmt.Sprintf("%s-%d", PolicyNames(c, e.Name), i+1)
}

func policyARN(c Caller, name string) string {
	return fmt.Sprintf("arn:%s:iam::%s:policy%s%s", c.Partition, c.Account, policyPath, name)
}

// reads says what the execution role must be able to read.
func reads(e *spec.Environment, o *Observed) policy.Reads {
	reads := policy.Reads{Partition: o.Caller.Partition, Region: o.Caller.Region, Account: o.Caller.Account, Prefixes: policyPrefixes(e)}
	if e.PolicyKind() == "prefix" {
		reads.Scope = policy.Prefix
	}
	for _, w := range wants(e) {
		reads.Names = append(reads.Names, w.name)
		if !isDefaultKey(w.kmsKey) {
			reads.Keys = append(reads.Keys, cmp.Or(o.KeyARNs[w.kmsKey], w.kmsKey)) // that of an ARN's secret is named by its ARN
		}
	}
	return reads
}

// least writes the documents that the execution role needs.
func least(e *spec.Environment, o *Observed) (policy.LeastPolicy, error) {
	reads := reads(e, o)
	for _, attached := range o.Attached {
		if !slices.ContainsFunc(o.Policies, func(own ManagedPolicy) bool { return own.ARN == attached.ARN }) {
			reads.Used++
		}
	}
	if len(reads.Names) == 0 {
		return policy.LeastPolicy{}, nil
	}
	return policy.Least(reads)
}

// policyPrefixes are those of the kinds that the spec declares something of.
func policyPrefixes(e *spec.Environment) []string {
	var all []string
	if p := e.ConnectionsPrefix(); len(e.Connections) > 0 && p.Text != "" {
		all = append(all, p.Text+p.Sep)
	}
	if p := e.VariablesPrefix(); len(e.Variables) > 0 && p.Text != "" {
		all = append(all, p.Text+p.Sep)
	}
	return all
}

// diffPolicies adds what the execution role needs to read the secrets, and nothing else.
func (p *Plan) diffPolicies(e *spec.Environment, o *Observed, opts Options) error {
	wanted, err := least(e, o)
	if err != nil && e.PolicyKind() == "none" {
		p.warn("", e.Name, "the least policy cannot be written: "+err.Error(), "")
	} else if err != nil {
		return fmt.Errorf("write the least policy: %w", err)
	}
	p.Policies = wanted.Documents
	if wanted.Reason != "" && e.PolicyKind() != "none" {
		p.warn("", e.Name, wanted.Reason+": the policy names the prefix instead", "policy: prefix  says so in the spec")
	}
	p.warnWide(o)
	if e.PolicyKind() == "none" {
		wanted.Documents = nil
		if !opts.Prune {
			return nil
		}
	}
	for i, document := range wanted.Documents {
		p.diffPolicy(e, o, i, document, opts)
	}
	for i := len(o.Policies) - 1; i >= len(wanted.Documents); i-- {
		p.dropPolicy(e, o, o.Policies[i])
	}
	return nil
}

// narrows reports whether a change takes a permission away. Such a change comes after those of the secrets, as a secret may still be under
// the key that it gives up; one that also adds a key does not, as a secret may come under that.
func (c Change) narrows() bool {
	if c.Kind == KindAttachment || c.Action == Delete {
		return c.Action != Attach
	}
	loses := false
	for _, f := range c.Fields {
		if f.Name == "resource" && f.Old != "" {
			loses = true
		}
		if f.Name == "resource" && strings.Contains(f.New, ":kms:") {
			return false
		}
	}
	return loses
}

func (p *Plan) diffPolicy(e *spec.Environment, o *Observed, i int, document string, opts Options) {
	name := policyName(o.Caller, e, i)
	arn := policyARN(o.Caller, name)
	if i < len(o.Policies) {
		p.diffExisting(e, o.Policies[i], document, opts)
	} else {
		created := ManagedPolicy{
			Name: name, Path: policyPath, ARN: arn, Document: document, Tags: ownTags(e),
			Description: "Lets the Airflow environment " + e.Name + " read its connections and variables. Managed by aircon.",
		}
		p.add(Change{Action: Create, Kind: KindPolicy, Name: arn, Fields: policyFields("", document), do: createPolicy(created)})
	}
	if !isAttached(o, arn) {
		p.add(Change{Action: Attach, Kind: KindAttachment, Name: arn, Fields: []Field{{Name: "role", New: o.RoleARN}}, do: attachPolicy(o.Role, arn)})
	}
}

func (p *Plan) diffExisting(e *spec.Environment, existing ManagedPolicy, document string, opts Options) {
	tags := missingTags(ownTags(e), existing.Tags)
	differs := !sameJSON(existing.Document, document)
	switch {
	case !differs && len(tags) == 0:
		return
	case !owns(e.Name, existing.Tags) && !opts.Adopt:
		p.refuse(KindPolicy, existing.ARN, "this policy "+owner(existing.Tags)+", and would be overwritten", "rename or delete it, or take it over with --adopt")
		return
	}
	change := Change{Action: Update, Kind: KindPolicy, Name: existing.ARN, Fields: tagFields(tags, existing.Tags)}
	if differs {
		change.Fields = append(policyFields(existing.Document, document), change.Fields...)
	} else {
		document = ""
	}
	change.do = replacePolicy(existing.ARN, document, tags)
	p.add(change)
}

// dropPolicy takes away a policy that is no longer needed; the last goes first, so that their numbers never have a gap.
func (p *Plan) dropPolicy(e *spec.Environment, o *Observed, own ManagedPolicy) {
	if !owns(e.Name, own.Tags) {
		return
	}
	if isAttached(o, own.ARN) {
		p.add(Change{Action: Detach, Kind: KindAttachment, Name: own.ARN, Fields: []Field{{Name: "role", Old: o.RoleARN}}, do: detachPolicy(o.Role, own.ARN)})
	}
	p.add(Change{Action: Delete, Kind: KindPolicy, Name: own.ARN, Why: "nothing is left for it to allow", do: deletePolicy(own.ARN)})
}

func isAttached(o *Observed, arn string) bool {
	return slices.ContainsFunc(o.Attached, func(a AttachedPolicy) bool { return a.ARN == arn })
}

// warnWide warns of AWS's managed policy that opens every secret of the account.
func (p *Plan) warnWide(o *Observed) {
	for _, attached := range o.Attached {
		if attached.Name == "SecretsManagerReadWrite" {
			p.warn("AC052", attached.ARN, "the execution role "+o.Role+" has it: any task can read, change and delete every secret of the account; the least policy of this plan suffices",
				fmt.Sprintf("aws iam detach-role-policy --role-name %s --policy-arn %s", o.Role, attached.ARN))
		}
	}
}

// policyFields names the resources that a document gains and loses.
func policyFields(old, new string) []Field {
	var fields []Field
	before, after := resources(old), resources(new)
	for _, arn := range before {
		if !slices.Contains(after, arn) {
			fields = append(fields, Field{Name: "resource", Old: arn})
		}
	}
	for _, arn := range after {
		if !slices.Contains(before, arn) {
			fields = append(fields, Field{Name: "resource", New: arn})
		}
	}
	if len(fields) == 0 {
		fields = append(fields, Field{Name: "document", Old: "another", New: "the least policy"})
	}
	return fields
}

func resources(document string) []string {
	parsed, err := policy.Parse([]byte(document))
	if err != nil {
		return nil
	}
	var all []string
	for _, s := range parsed.Statements() {
		for _, r := range s.Resources {
			all = append(all, r.Text)
		}
	}
	return all
}

// sameJSON compares documents without their white space.
func sameJSON(a, b string) bool {
	var left, right bytes.Buffer
	if json.Compact(&left, []byte(a)) != nil || json.Compact(&right, []byte(b)) != nil {
		return a == b
	}
	return bytes.Equal(left.Bytes(), right.Bytes())
}
