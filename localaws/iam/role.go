package iam

import (
	"time"

	"aircon/localaws/op"
	"aircon/policy"
)

// defaultSession is the longest session of a role that names none.
const defaultSession = time.Hour

type roleOut struct {
	Path                     string
	RoleName                 string
	RoleId                   string
	Arn                      string
	CreateDate               time.Time
	AssumeRolePolicyDocument string
	Description              *string
	MaxSessionDuration       int `json:",omitempty"`
	PermissionsBoundary      *boundaryOut
	Tags                     []policy.Tag `json:",omitempty"`
	RoleLastUsed             *roleLastUsed
}

// listedRole is a role without what lists leave out: boundary and tags. Only GetRole tells of the last use.
func (e *entity) listedRole() roleOut {
	return roleOut{
		Path: e.Path, RoleName: e.Name, RoleId: e.ID, Arn: e.ARN, CreateDate: e.Created, AssumeRolePolicyDocument: encoded(e.Trust),
		Description: e.Description, MaxSessionDuration: int(e.MaxSession / time.Second),
	}
}

func (e *entity) role() roleOut {
	r := e.listedRole()
	r.PermissionsBoundary, r.Tags = e.boundary(), e.Tags
	return r
}

type createRoleInput struct {
	Path *string
	entityName
	AssumeRolePolicyDocument *string
	Description              *string
	MaxSessionDuration       *int
	PermissionsBoundary      *string
	Tags                     []policy.Tag
}

func (in *createRoleInput) path() string { return or(in.Path, "/") }

func (in *createRoleInput) context() policy.Context {
	return append(requestTags(in.Tags), boundaryKey(in.PermissionsBoundary)...)
}

type roleOutput struct{ Role roleOut }

// createRole needs iam:CreateRole, and iam:TagRole where tags are given.
func createRole(c *op.Call, in *createRoleInput) (*roleOutput, error) {
	e := &entity{
		Name: *in.RoleName, Path: in.path(), Tags: in.Tags, Boundary: or(in.PermissionsBoundary, ""),
		Description: in.Description, MaxSession: time.Duration(or(in.MaxSessionDuration, int(defaultSession/time.Second))) * time.Second,
	}
	if err := e.setTrust(c, *in.AssumeRolePolicyDocument); err != nil {
		return nil, err
	}
	if err := roles.create(c, e); err != nil {
		return nil, err
	}
	out := e.role()
	out.MaxSessionDuration = or(in.MaxSessionDuration, 0) // the answer to a creation says what was asked for
	return &roleOutput{out}, nil
}

// getRole needs iam:GetRole.
func (a *Accounts) getRole(c *op.Call, in *nameInput) (*roleOutput, error) {
	e, err := roles.target(c, in)
	if err != nil {
		return nil, err
	}
	out := e.role()
	used, err := a.roleLastUsed(c.Tx, e)
	out.RoleLastUsed = &used
	return &roleOutput{out}, err
}

type listRolesOutput struct {
	Roles []roleOut
	paged
}

// listRoles needs iam:ListRoles.
func listRoles(c *op.Call, in *listInput) (*listRolesOutput, error) {
	list, paged, err := roles.list(c, in)
	return &listRolesOutput{each(list, (*entity).listedRole), paged}, err
}

type updateRoleInput struct {
	entityName
	Description        *string
	MaxSessionDuration *int
}

// updateRole needs iam:UpdateRole.
func updateRole(c *op.Call, in *updateRoleInput) (*none, error) {
	return &none{}, roles.retouch(c, in, func(e *entity) error {
		if in.Description != nil {
			e.Description = in.Description
		}
		if in.MaxSessionDuration != nil {
			e.MaxSession = time.Duration(*in.MaxSessionDuration) * time.Second
		}
		return nil
	})
}

// updateRoleDescription needs iam:UpdateRoleDescription.
func (a *Accounts) updateRoleDescription(c *op.Call, in *updateRoleInput) (*roleOutput, error) {
	if _, err := updateRole(c, &updateRoleInput{entityName: in.entityName, Description: in.Description}); err != nil {
		return nil, err
	}
	return a.getRole(c, &nameInput{in.entityName})
}

type trustInput struct {
	entityName
	PolicyDocument *string
}

// updateAssumeRolePolicy needs iam:UpdateAssumeRolePolicy.
func updateAssumeRolePolicy(c *op.Call, in *trustInput) (*none, error) {
	return &none{}, roles.change(c, in, func(e *entity) error {
		return e.setTrust(c, *in.PolicyDocument)
	})
}

// deleteRole needs iam:DeleteRole.
func (a *Accounts) deleteRole(c *op.Call, in *nameInput) (*none, error) {
	held, err := profilesOf(c, *in.RoleName)
	if err != nil {
		return nil, err
	}
	if len(held) > 0 {
		return nil, conflict("Cannot delete entity, must remove roles from instance profile first.")
	}
	return &none{}, a.remove(c, roles, in)
}
