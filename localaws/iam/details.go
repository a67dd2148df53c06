package iam

import (
	"slices"
	"time"

	"aircon/localaws/op"
	"aircon/policy"
)

type detailsInput struct {
	Filter []string
	paging
}

type policyDetail struct {
	PolicyName     string
	PolicyDocument string
}

// holdings are the policies of an entity, as its details carry them.
type holdings struct {
	AttachedManagedPolicies []attachedOut
	PermissionsBoundary     *boundaryOut
	Tags                    []policy.Tag `json:",omitempty"`
}

type userDetail struct {
	Path, UserName, UserId, Arn string
	CreateDate                  time.Time
	UserPolicyList              []policyDetail
	GroupList                   []string
	holdings
}

type groupDetail struct {
	groupOut
	GroupPolicyList         []policyDetail
	AttachedManagedPolicies []attachedOut
}

type roleDetail struct {
	Path, RoleName, RoleId, Arn string
	CreateDate                  time.Time
	AssumeRolePolicyDocument    string
	InstanceProfileList         []profileOut
	RolePolicyList              []policyDetail
	RoleLastUsed                roleLastUsed
	holdings
}

type managedDetail struct {
	policyOut
	PolicyVersionList []versionOut
}

type detailsOutput struct {
	UserDetailList  []userDetail
	GroupDetailList []groupDetail
	RoleDetailList  []roleDetail
	Policies        []managedDetail
	paged
}

// thing is an entity or a managed policy.
type thing struct {
	key    string
	kind   *kind
	entity *entity
	policy *managed
}

// getAccountAuthorizationDetails needs iam:GetAccountAuthorizationDetails.
func (a *Accounts) getAccountAuthorizationDetails(c *op.Call, in *detailsInput) (*detailsOutput, error) {
	all, err := in.things(c)
	if err != nil {
		return nil, err
	}
	out := &detailsOutput{UserDetailList: []userDetail{}, GroupDetailList: []groupDetail{}, RoleDetailList: []roleDetail{}, Policies: []managedDetail{}}
	if all, out.paged, err = page(in.paging, all, func(t thing) string { return t.key }); err != nil {
		return nil, err
	}
	for _, t := range all {
		if t.policy != nil {
			err = out.addPolicy(c, t.policy)
		} else {
			err = a.addEntity(c, out, t.kind, t.entity)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// things returns what the filter asks for: everything without one. AWS's policies are there only when they are attached.
func (in *detailsInput) things(c *op.Call) ([]thing, error) {
	var all []thing
	wants := func(name string) bool { return len(in.Filter) == 0 || slices.Contains(in.Filter, name) }
	for i, k := range []*kind{users, groups, roles} {
		if !wants(k.title) {
			continue
		}
		list, err := k.all(c, "/")
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			all = append(all, thing{key: string(rune('a'+i)) + k.order(e), kind: k, entity: e})
		}
	}
	list, err := allPolicies(c, "All", "/")
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		wanted := wants("LocalManagedPolicy")
		if p.Account == awsAccount {
			n, err := countUses(c, p.ARN, asPolicy)
			if err != nil {
				return nil, err
			}
			wanted = wants("AWSManagedPolicy") && n > 0
		}
		if wanted {
			all = append(all, thing{key: "z" + p.order(), policy: p})
		}
	}
	return all, nil
}

func (out *detailsOutput) addPolicy(c *op.Call, p *managed) error {
	listed, err := p.listed(c)
	if err != nil {
		return err
	}
	d := managedDetail{policyOut: listed}
	for i := range p.Versions {
		v, err := p.fullVersion(&p.Versions[i])
		if err != nil {
			return err
		}
		d.PolicyVersionList = append(d.PolicyVersionList, v)
	}
	out.Policies = append(out.Policies, d)
	return nil
}

func (a *Accounts) addEntity(c *op.Call, out *detailsOutput, k *kind, e *entity) error {
	attached, err := e.attached(c, "/")
	if err != nil {
		return err
	}
	inlines := []policyDetail{}
	for _, p := range e.Inline {
		inlines = append(inlines, policyDetail{p.Name, encoded(p.Document)})
	}
	h := holdings{attached, e.boundary(), e.Tags}
	switch k {
	case users:
		out.UserDetailList = append(out.UserDetailList, userDetail{e.Path, e.Name, e.ID, e.ARN, e.Created, inlines, slices.Clone(e.Groups), h})
	case groups:
		out.GroupDetailList = append(out.GroupDetailList, groupDetail{e.group(), inlines, attached})
	default:
		held, err := profilesOf(c, e.Name)
		if err != nil {
			return err
		}
		in, err := pageProfiles(c, paging{}, held)
		if err != nil {
			return err
		}
		used, err := a.roleLastUsed(c.Tx, e)
		if err != nil {
			return err
		}
		out.RoleDetailList = append(out.RoleDetailList, roleDetail{
			e.Path, e.Name, e.ID, e.ARN, e.Created, encoded(e.Trust), in.InstanceProfiles, inlines, used, h,
		})
	}
	return nil
}
