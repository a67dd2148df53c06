package iam

import (
	"slices"
	"time"

	"aircon/localaws/op"
	"aircon/policy"
)

type groupOut struct {
	Path       string
	GroupName  string
	GroupId    string
	Arn        string
	CreateDate time.Time
}

func (e *entity) group() groupOut { return groupOut{e.Path, e.Name, e.ID, e.ARN, e.Created} }

type createGroupInput struct {
	Path *string
	entityName
}

func (in *createGroupInput) path() string            { return or(in.Path, "/") }
func (in *createGroupInput) context() policy.Context { return nil }

type groupOutput struct{ Group groupOut }

// createGroup needs iam:CreateGroup.
func createGroup(c *op.Call, in *createGroupInput) (*groupOutput, error) {
	e := &entity{Name: *in.GroupName, Path: in.path()}
	if err := groups.create(c, e); err != nil {
		return nil, err
	}
	return &groupOutput{e.group()}, nil
}

type getGroupOutput struct {
	Group groupOut
	Users []userOut
	paged
}

// getGroup needs iam:GetGroup.
func getGroup(c *op.Call, in *listOfInput) (*getGroupOutput, error) {
	e, err := groups.target(c, in)
	if err != nil {
		return nil, err
	}
	members, err := e.members(c)
	if err != nil {
		return nil, err
	}
	out := &getGroupOutput{Group: e.group(), Users: []userOut{}}
	if members, out.paged, err = page(in.paging, members, users.order); err != nil {
		return nil, err
	}
	for _, u := range members {
		out.Users = append(out.Users, u.listedUser())
	}
	return out, nil
}

// members returns a group's users.
func (e *entity) members(c *op.Call) ([]*entity, error) {
	all, err := users.all(c, "/")
	return slices.DeleteFunc(all, func(u *entity) bool { return !slices.Contains(u.Groups, e.Name) }), err
}

type groupsOutput struct {
	Groups []groupOut
	paged
}

func pageGroups(p paging, all []*entity) (*groupsOutput, error) {
	out := &groupsOutput{Groups: []groupOut{}}
	all, paged, err := page(p, all, groups.order)
	for _, e := range all {
		out.Groups = append(out.Groups, e.group())
	}
	out.paged = paged
	return out, err
}

// listGroups needs iam:ListGroups.
func listGroups(c *op.Call, in *listInput) (*groupsOutput, error) {
	all, err := groups.all(c, or(in.PathPrefix, "/"))
	if err != nil {
		return nil, err
	}
	return pageGroups(in.paging, all)
}

// listGroupsForUser needs iam:ListGroupsForUser.
func listGroupsForUser(c *op.Call, in *listOfInput) (*groupsOutput, error) {
	u, err := users.target(c, in)
	if err != nil {
		return nil, err
	}
	var all []*entity
	for _, name := range u.Groups {
		e, err := groups.get(c, name)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return pageGroups(in.paging, all)
}

// deleteGroup needs iam:DeleteGroup.
func deleteGroup(c *op.Call, in *nameInput) (*none, error) {
	e, err := groups.target(c, in)
	if err != nil {
		return nil, err
	}
	members, err := e.members(c)
	if err != nil {
		return nil, err
	}
	if len(members) > 0 {
		return nil, conflict("Cannot delete entity, must remove users from group first.")
	}
	return &none{}, groups.remove(c, in)
}

// maxGroups is the number of groups that a user can be in (reference_iam-quotas).
const maxGroups = 10

// addUserToGroup needs iam:AddUserToGroup.
func addUserToGroup(c *op.Call, in *nameInput) (*none, error) {
	g, err := groups.target(c, in)
	if err != nil {
		return nil, err
	}
	return &none{}, users.change(c, in, func(u *entity) error {
		at, member := slices.BinarySearch(u.Groups, g.Name)
		switch {
		case member:
			return nil
		case len(u.Groups) == maxGroups:
			return limitExceeded("Cannot exceed quota for GroupsPerUser: %d", maxGroups)
		}
		u.Groups = slices.Insert(u.Groups, at, g.Name)
		return nil
	})
}

// removeUserFromGroup needs iam:RemoveUserFromGroup.
func removeUserFromGroup(c *op.Call, in *nameInput) (*none, error) {
	g, err := groups.target(c, in)
	if err != nil {
		return nil, err
	}
	return &none{}, users.change(c, in, func(u *entity) error {
		u.Groups = slices.DeleteFunc(u.Groups, func(name string) bool { return name == g.Name })
		return nil
	})
}
