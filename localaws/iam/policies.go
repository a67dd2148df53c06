package iam

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

type policyOut struct {
	PolicyName                    string
	PolicyId                      string
	Arn                           string
	Path                          string
	DefaultVersionId              string
	AttachmentCount               int
	PermissionsBoundaryUsageCount int
	IsAttachable                  bool
	Description                   *string
	CreateDate                    time.Time
	UpdateDate                    time.Time
	Tags                          []policy.Tag `json:",omitempty"`
}

// listed is a policy without what lists leave out: description and tags.
func (p *managed) listed(c *op.Call) (policyOut, error) {
	attached, err := countUses(c, p.ARN, asPolicy)
	if err != nil {
		return policyOut{}, err
	}
	bounds, err := countUses(c, p.ARN, asBoundary)
	return policyOut{
		PolicyName: p.Name, PolicyId: p.ID, Arn: p.ARN, Path: p.Path, DefaultVersionId: p.Default, AttachmentCount: attached,
		PermissionsBoundaryUsageCount: bounds, IsAttachable: true, CreateDate: p.Created, UpdateDate: p.Updated,
	}, err
}

type createPolicyInput struct {
	PolicyName     *string
	Path           *string
	PolicyDocument *string
	Description    *string
	Tags           []policy.Tag
}

func policyARN(c *op.Call, path, name string) string {
	return "arn:" + c.Partition + ":iam::" + c.Account + ":policy" + path + name
}

// createPolicyNeeds asks for iam:CreatePolicy, and for iam:TagPolicy where tags are given.
func createPolicyNeeds(c *op.Call, in *createPolicyInput) ([]op.Need, error) {
	need := op.Need{
		Action: "iam:CreatePolicy", Resource: policyARN(c, or(in.Path, "/"), *in.PolicyName), Sent: "policy " + *in.PolicyName,
		Context: requestTags(in.Tags),
	}
	needs := []op.Need{need}
	if len(in.Tags) > 0 {
		need.Action = "iam:TagPolicy"
		needs = append(needs, need)
	}
	return needs, nil
}

type policyOutput struct{ Policy policyOut }

// createPolicy needs iam:CreatePolicy, and iam:TagPolicy where tags are given.
func createPolicy(c *op.Call, in *createPolicyInput) (*policyOutput, error) {
	key := policyKey(c.Account, *in.PolicyName)
	old, err := policies.Get(c.Tx, key)
	if err != nil {
		return nil, err
	}
	if old != nil {
		return nil, alreadyExists("A policy called %s already exists. Duplicate names are not allowed.", old.Name)
	}
	if err := uniqueTags(in.Tags); err != nil {
		return nil, err
	}
	if all, err := allPolicies(c, "Local", "/"); err != nil || len(all) >= maxPolicies {
		return nil, cmp.Or(err, error(limitExceeded("Cannot exceed quota for PoliciesPerAccount: %d", maxPolicies)))
	}
	p := &managed{Account: c.Account, Name: *in.PolicyName, Path: or(in.Path, "/"), ID: newID("ANPA", 17), Description: in.Description, Tags: in.Tags}
	v, err := p.add(c, *in.PolicyDocument)
	if err != nil {
		return nil, err
	}
	p.ARN, p.Default, p.Created, p.Updated = policyARN(c, p.Path, p.Name), v.ID, v.Created, v.Created
	if err := policies.Put(c.Tx, key, p); err != nil {
		return nil, err
	}
	out, err := p.listed(c)
	out.Tags = p.Tags
	return &policyOutput{out}, err
}

// policyInput names a managed policy and nothing else.
type policyInput struct{ policyName }

// getPolicy needs iam:GetPolicy.
func getPolicy(c *op.Call, in *policyInput) (*policyOutput, error) {
	p, err := policyOf(c, in)
	if err != nil {
		return nil, err
	}
	out, err := p.listed(c)
	out.Description, out.Tags = p.Description, p.Tags
	return &policyOutput{out}, err
}

type listPoliciesInput struct {
	Scope             *string
	OnlyAttached      *bool
	PathPrefix        *string
	PolicyUsageFilter *string
	paging
}

func listPoliciesNeeds(c *op.Call, in *listPoliciesInput) ([]op.Need, error) {
	return []op.Need{{Action: "iam:ListPolicies", Resource: policyARN(c, or(in.PathPrefix, "/"), ""), Sent: "policy path " + or(in.PathPrefix, "/")}}, nil
}

type listPoliciesOutput struct {
	Policies []policyOut
	paged
}

// listPolicies needs iam:ListPolicies.
func listPolicies(c *op.Call, in *listPoliciesInput) (*listPoliciesOutput, error) {
	all, err := allPolicies(c, or(in.Scope, "All"), or(in.PathPrefix, "/"))
	if err != nil {
		return nil, err
	}
	var wanted []*managed
	for _, p := range all {
		wants, err := in.wants(c, p)
		if err != nil {
			return nil, err
		}
		if wants {
			wanted = append(wanted, p)
		}
	}
	out := &listPoliciesOutput{}
	if wanted, out.paged, err = page(in.paging, wanted, (*managed).order); err != nil {
		return nil, err
	}
	for _, p := range wanted {
		o, err := p.listed(c)
		if err != nil {
			return nil, err
		}
		out.Policies = append(out.Policies, o)
	}
	return out, nil
}

// wants applies the filters on use.
func (in *listPoliciesInput) wants(c *op.Call, p *managed) (bool, error) {
	usage, attached := or(in.PolicyUsageFilter, ""), or(in.OnlyAttached, false)
	if usage != "PermissionsBoundary" && !attached {
		return true, nil
	}
	ways := []string{asPolicy, asBoundary}
	switch usage {
	case "PermissionsPolicy":
		ways = ways[:1]
	case "PermissionsBoundary":
		ways = ways[1:]
	}
	for _, as := range ways {
		if n, err := countUses(c, p.ARN, as); err != nil || n > 0 {
			return true, err
		}
	}
	return false, nil
}

// order is what policies are listed by: their names, and then their ARNs.
func (p *managed) order() string { return p.Name + " " + p.ARN }

// allPolicies returns the policies of a scope (All, AWS or Local) under a path, in the order of their names.
func allPolicies(c *op.Call, scope, prefix string) ([]*managed, error) {
	var all []*managed
	if scope != "Local" {
		var err error
		if all, err = allOfAWS(); err != nil {
			return nil, err
		}
	}
	if scope != "AWS" {
		for row, err := range policies.Scan(c.Tx, store.Key(c.Account, ""), "") {
			if err != nil {
				return nil, err
			}
			all = append(all, row.Value)
		}
	}
	all = slices.DeleteFunc(all, func(p *managed) bool { return !strings.HasPrefix(p.Path, prefix) })
	slices.SortFunc(all, func(a, b *managed) int { return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ARN, b.ARN)) })
	return all, nil
}

// deletePolicy needs iam:DeletePolicy.
func deletePolicy(c *op.Call, in *policyInput) (*none, error) {
	var gone *managed
	err := changePolicy(c, in, func(p *managed) error {
		o, err := p.listed(c)
		switch {
		case err != nil:
			return err
		case o.AttachmentCount+o.PermissionsBoundaryUsageCount > 0:
			return conflict("Cannot delete a policy attached to entities.")
		case len(p.Versions) > 1:
			return conflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		}
		gone = p
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &none{}, policies.Delete(c.Tx, policyKey(gone.Account, gone.Name))
}

type tagPolicyInput struct {
	policyName
	Tags []policy.Tag
}

func (in *tagPolicyInput) context() policy.Context { return requestTags(in.Tags) }

// tagPolicy needs iam:TagPolicy.
func tagPolicy(c *op.Call, in *tagPolicyInput) (*none, error) {
	return &none{}, changePolicy(c, in, func(p *managed) (err error) {
		p.Tags, err = merge(p.Tags, in.Tags)
		return err
	})
}

type untagPolicyInput struct {
	policyName
	TagKeys []string
}

func (in *untagPolicyInput) context() policy.Context {
	return policy.Context{policy.Many("aws:TagKeys", in.TagKeys...)}
}

// untagPolicy needs iam:UntagPolicy.
func untagPolicy(c *op.Call, in *untagPolicyInput) (*none, error) {
	return &none{}, changePolicy(c, in, func(p *managed) error {
		p.Tags = without(p.Tags, in.TagKeys)
		return nil
	})
}

// listPolicyTags needs iam:ListPolicyTags.
func listPolicyTags(c *op.Call, in *listVersionsInput) (*tagsOutput, error) {
	p, err := policyOf(c, in)
	if err != nil {
		return nil, err
	}
	return pageTags(in.paging, p.Tags)
}
