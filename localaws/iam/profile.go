package iam

import (
	"time"

	"aircon/localaws/op"
	"aircon/policy"
)

type profileOut struct {
	Path                string
	InstanceProfileName string
	InstanceProfileId   string
	Arn                 string
	CreateDate          time.Time
	Roles               []roleOut
	Tags                []policy.Tag `json:",omitempty"`
}

// profile writes out an instance profile with its role.
func (e *entity) profile(c *op.Call) (profileOut, error) {
	out := profileOut{Path: e.Path, InstanceProfileName: e.Name, InstanceProfileId: e.ID, Arn: e.ARN, CreateDate: e.Created, Roles: []roleOut{}}
	if e.Role == "" {
		return out, nil
	}
	role, err := roles.get(c, e.Role)
	if err != nil {
		return out, err
	}
	out.Roles = append(out.Roles, role.listedRole())
	return out, nil
}

type createProfileInput struct {
	Path *string
	entityName
	Tags []policy.Tag
}

func (in *createProfileInput) path() string            { return or(in.Path, "/") }
func (in *createProfileInput) context() policy.Context { return requestTags(in.Tags) }

type profileOutput struct{ InstanceProfile profileOut }

// createInstanceProfile needs iam:CreateInstanceProfile, and iam:TagInstanceProfile where tags are given.
func createInstanceProfile(c *op.Call, in *createProfileInput) (*profileOutput, error) {
	e := &entity{Name: *in.InstanceProfileName, Path: in.path(), Tags: in.Tags}
	if err := profiles.create(c, e); err != nil {
		return nil, err
	}
	out, err := e.profile(c)
	out.Tags = e.Tags
	return &profileOutput{out}, err
}

// getInstanceProfile needs iam:GetInstanceProfile.
func getInstanceProfile(c *op.Call, in *nameInput) (*profileOutput, error) {
	e, err := profiles.target(c, in)
	if err != nil {
		return nil, err
	}
	out, err := e.profile(c)
	out.Tags = e.Tags
	return &profileOutput{out}, err
}

type profilesOutput struct {
	InstanceProfiles []profileOut
	paged
}

// pageProfiles writes out a page of instance profiles, without their tags.
func pageProfiles(c *op.Call, p paging, all []*entity) (*profilesOutput, error) {
	all, paged, err := page(p, all, profiles.order)
	if err != nil {
		return nil, err
	}
	out := &profilesOutput{[]profileOut{}, paged}
	for _, e := range all {
		profile, err := e.profile(c)
		if err != nil {
			return nil, err
		}
		out.InstanceProfiles = append(out.InstanceProfiles, profile)
	}
	return out, nil
}

// listInstanceProfiles needs iam:ListInstanceProfiles.
func listInstanceProfiles(c *op.Call, in *listInput) (*profilesOutput, error) {
	all, err := profiles.all(c, or(in.PathPrefix, "/"))
	if err != nil {
		return nil, err
	}
	return pageProfiles(c, in.paging, all)
}

// listInstanceProfilesForRole needs iam:ListInstanceProfilesForRole.
func listInstanceProfilesForRole(c *op.Call, in *listOfInput) (*profilesOutput, error) {
	e, err := roles.target(c, in)
	if err != nil {
		return nil, err
	}
	held, err := profilesOf(c, e.Name)
	if err != nil {
		return nil, err
	}
	return pageProfiles(c, in.paging, held)
}

// profilesOf returns the instance profiles that hold a role.
func profilesOf(c *op.Call, role string) ([]*entity, error) {
	all, err := profiles.all(c, "/")
	held := all[:0]
	for _, e := range all {
		if e.Role == role {
			held = append(held, e)
		}
	}
	return held, err
}

// addRoleNeeds asks for iam:AddRoleToInstanceProfile, and for iam:PassRole on the role that goes to EC2.
func addRoleNeeds(c *op.Call, in *nameInput) ([]op.Need, error) {
	needs, err := on[nameInput](profiles, "AddRoleToInstanceProfile")(c, in)
	if err != nil {
		return nil, err
	}
	passed, err := on[nameInput](roles, "PassRole")(c, in)
	if err != nil {
		return nil, err
	}
	passed[0].Sent = passed[0].Resource
	passed[0].Context = append(passed[0].Context, policy.One("iam:PassedToService", "ec2.amazonaws.com"))
	return append(needs, passed...), nil
}

// addRoleToInstanceProfile needs iam:AddRoleToInstanceProfile and iam:PassRole. A profile holds one role
// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html; the words: getmoto/moto issue 6404).
func addRoleToInstanceProfile(c *op.Call, in *nameInput) (*none, error) {
	return &none{}, profiles.change(c, in, func(e *entity) error {
		role, err := roles.target(c, in)
		if err != nil {
			return err
		}
		if e.Role != "" {
			return limitExceeded("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
		}
		if err := role.modifiable(); err != nil {
			return err
		}
		e.Role = role.Name
		return nil
	})
}

// removeRoleFromInstanceProfile needs iam:RemoveRoleFromInstanceProfile.
func removeRoleFromInstanceProfile(c *op.Call, in *nameInput) (*none, error) {
	return &none{}, profiles.change(c, in, func(e *entity) error {
		if e.Role != *in.RoleName {
			return noSuchEntity(roles.missing, *in.RoleName)
		}
		e.Role = ""
		return nil
	})
}

// deleteInstanceProfile needs iam:DeleteInstanceProfile.
func deleteInstanceProfile(c *op.Call, in *nameInput) (*none, error) {
	_, err := profiles.remove(c, in)
	return &none{}, err
}
