package iam

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
)

type versionOut struct {
	Document         string `json:",omitempty"`
	VersionId        string
	IsDefaultVersion bool
	CreateDate       time.Time
}

// listedVersion is a version without its document.
func (p *managed) listedVersion(v *version) versionOut {
	return versionOut{VersionId: v.ID, IsDefaultVersion: v.ID == p.Default, CreateDate: v.Created}
}

func (p *managed) fullVersion(v *version) (versionOut, error) {
	text, err := p.text(v)
	o := p.listedVersion(v)
	o.Document = encoded(text)
	return o, err
}

type createVersionInput struct {
	policyName
	PolicyDocument *string
	SetAsDefault   *bool
}

type versionOutput struct{ PolicyVersion versionOut }

// createPolicyVersion needs iam:CreatePolicyVersion.
func createPolicyVersion(c *op.Call, in *createVersionInput) (*versionOutput, error) {
	out := new(versionOutput)
	return out, changePolicy(c, in, func(p *managed) error {
		v, err := p.add(c, *in.PolicyDocument)
		if err != nil {
			return err
		}
		p.Updated = v.Created
		if or(in.SetAsDefault, false) {
			p.Default = v.ID
		}
		out.PolicyVersion = p.listedVersion(v)
		return nil
	})
}

type versionInput struct {
	policyName
	VersionId *string
}

// versionOf returns the version that an input names, or AWS's error that there is none.
func (p *managed) versionOf(in *versionInput) (*version, error) {
	v := p.version(*in.VersionId)
	if v == nil {
		return nil, noSuchEntity("Policy %s version %s does not exist or is not attachable.", p.ARN, *in.VersionId)
	}
	return v, nil
}

// getPolicyVersion needs iam:GetPolicyVersion.
func getPolicyVersion(c *op.Call, in *versionInput) (*versionOutput, error) {
	p, err := policyOf(c, in)
	if err != nil {
		return nil, err
	}
	v, err := p.versionOf(in)
	if err != nil {
		return nil, err
	}
	out, err := p.fullVersion(v)
	return &versionOutput{out}, err
}

type listVersionsInput struct {
	policyName
	paging
}

type listVersionsOutput struct {
	Versions []versionOut
	paged
}

// listPolicyVersions needs iam:ListPolicyVersions. The newest comes first.
func listPolicyVersions(c *op.Call, in *listVersionsInput) (*listVersionsOutput, error) {
	p, err := policyOf(c, in)
	if err != nil {
		return nil, err
	}
	out := &listVersionsOutput{}
	for i := len(p.Versions) - 1; i >= 0; i-- {
		out.Versions = append(out.Versions, p.listedVersion(&p.Versions[i]))
	}
	out.Versions, out.paged, err = page(in.paging, out.Versions, func(v versionOut) string {
		n, _ := strconv.Atoi(v.VersionId[1:])
		return fmt.Sprintf("%09d", 999_999_999-n)
	})
	return out, err
}

// setDefaultPolicyVersion needs iam:SetDefaultPolicyVersion.
func setDefaultPolicyVersion(c *op.Call, in *versionInput) (*none, error) {
	return &none{}, changePolicy(c, in, func(p *managed) error {
		v, err := p.versionOf(in)
		if err != nil {
			return err
		}
		p.Default, p.Updated = v.ID, c.Now.UTC().Truncate(time.Second)
		return nil
	})
}

// deletePolicyVersion needs iam:DeletePolicyVersion.
func deletePolicyVersion(c *op.Call, in *versionInput) (*none, error) {
	return &none{}, changePolicy(c, in, func(p *managed) error {
		v, err := p.versionOf(in)
		if err != nil {
			return err
		}
		if v.ID == p.Default {
			return conflict("Cannot delete the default version of a policy.")
		}
		p.Versions = slices.DeleteFunc(p.Versions, func(v version) bool { return v.ID == *in.VersionId })
		return nil
	})
}

type listEntitiesInput struct {
	policyName
	EntityFilter      *string
	PathPrefix        *string
	PolicyUsageFilter *string
	paging
}

type (
	policyGroup struct{ GroupName, GroupId string }
	policyUser  struct{ UserName, UserId string }
	policyRole  struct{ RoleName, RoleId string }
)

type listEntitiesOutput struct {
	PolicyGroups []policyGroup
	PolicyUsers  []policyUser
	PolicyRoles  []policyRole
	paged
}

// listEntitiesForPolicy needs iam:ListEntitiesForPolicy.
func listEntitiesForPolicy(c *op.Call, in *listEntitiesInput) (*listEntitiesOutput, error) {
	p, err := policyOf(c, in)
	if err != nil {
		return nil, err
	}
	found, err := in.users(c, p)
	if err != nil {
		return nil, err
	}
	out := &listEntitiesOutput{PolicyGroups: []policyGroup{}, PolicyUsers: []policyUser{}, PolicyRoles: []policyRole{}}
	if found, out.paged, err = page(in.paging, found, func(u user) string { return u.key }); err != nil {
		return nil, err
	}
	for _, u := range found {
		switch u.kind {
		case groups:
			out.PolicyGroups = append(out.PolicyGroups, policyGroup{u.Name, u.ID})
		case users:
			out.PolicyUsers = append(out.PolicyUsers, policyUser{u.Name, u.ID})
		default:
			out.PolicyRoles = append(out.PolicyRoles, policyRole{u.Name, u.ID})
		}
	}
	return out, nil
}

// user is an entity that uses a policy.
type user struct {
	use
	kind *kind
	key  string
}

func (in *listEntitiesInput) users(c *op.Call, p *managed) ([]user, error) {
	as := asPolicy
	if or(in.PolicyUsageFilter, "") == "PermissionsBoundary" {
		as = asBoundary
	}
	var found []user
	for _, k := range []*kind{groups, roles, users} {
		if f := or(in.EntityFilter, k.title); f != k.title {
			continue
		}
		for row, err := range uses.Scan(c.Tx, store.Key(c.Account, p.ARN, as, k.word, ""), "") {
			if err != nil {
				return nil, err
			}
			found = append(found, user{*row.Value, k, row.Key})
		}
	}
	return found, nil
}
