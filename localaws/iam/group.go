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
	e, members, err := membersOf(c, in)
	if err != nil {
		return nil, err
	}
	members, paged, err := page(in.paging, members, users.order)
	return &getGroupOutput{e.group(), each(members, (*entity).listedUser), paged}, err
}

// membersOf returns the group that an input names, and its users.
func membersOf(c *op.Call, in named) (*entity, []*entity, error) {
	e, err := groups.target(c, in)
	if err != nil {
		return nil, nil, err
	}
	all, err := users.all(c, "/")
	return e, slices.DeleteFunc(all, func(u *entity) bool { return !slices.Contains(u.Groups, e.Name) }), err
}

type groupsOutput struct {
	Groups []groupOut
	paged
}

// listGroups needs iam:ListGroups.
func listGroups(c *op.Call, in *listInput) (*groupsOutput, error) {
	list, paged, err := groups.list(c, in)
	return &groupsOutput{each(list, (*entity).group), paged}, err
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
	all, paged, err := page(in.paging, all, groups.order)
	return &groupsOutput{each(all, (*entity).group), paged}, err
}

type updateGroupInput struct {
	entityName
	NewPath      *string
	NewGroupName *string
}

func (in *updateGroupInput) renames() (path, name *string) { return in.NewPath, in.NewGroupName }

// updateGroup needs iam:UpdateGroup, on the group as it is and as it will be. Its users stay in it.
func updateGroup(c *op.Call, in *updateGroupInput) (*none, error) {
	old, members, err := membersOf(c, in)
	if err != nil {
		return nil, err
	}
	e := old.clone()
	e.Path, e.Name = or(in.NewPath, e.Path), or(in.NewGroupName, e.Name)
	e.ARN = groups.arn(c, e.Path, e.Name)
	if err := groups.rename(c, old, e); err != nil {
		return nil, err
	}
	for _, member := range members {
		u := member.clone()
		u.Groups[slices.Index(u.Groups, old.Name)] = e.Name
		slices.Sort(u.Groups)
		if err := users.put(c, u); err != nil {
			return nil, err
		}
	}
	return &none{}, nil
}

// deleteGroup needs iam:DeleteGroup.
func deleteGroup(c *op.Call, in *nameInput) (*none, error) {
	_, members, err := membersOf(c, in)
	if err != nil {
		return nil, err
	}
	if len(members) > 0 {
		return nil, conflict("Cannot delete entity, must remove users from group first.")
	}
	_, err = groups.remove(c, in)
	return &none{}, err
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
