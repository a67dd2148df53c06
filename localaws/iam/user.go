package iam

import (
	"time"

	"aircon/localaws/op"
	"aircon/policy"
)

// nameInput names an entity and nothing else.
type nameInput struct{ entityName }

type userOut struct {
	Path                string
	UserName            string `json:",omitempty"` // the account's root has none
	UserId              string
	Arn                 string
	CreateDate          time.Time
	PermissionsBoundary *boundaryOut
	Tags                []policy.Tag `json:",omitempty"`
}

type boundaryOut struct {
	PermissionsBoundaryType string
	PermissionsBoundaryArn  string
}

func (e *entity) boundary() *boundaryOut {
	if e.Boundary == "" {
		return nil
	}
	return &boundaryOut{"Policy", e.Boundary}
}

// listed is a user without what lists leave out.
func (e *entity) listedUser() userOut {
	return userOut{Path: e.Path, UserName: e.Name, UserId: e.ID, Arn: e.ARN, CreateDate: e.Created}
}

func (e *entity) user() userOut {
	u := e.listedUser()
	u.PermissionsBoundary, u.Tags = e.boundary(), e.Tags
	return u
}

type createUserInput struct {
	Path *string
	entityName
	PermissionsBoundary *string
	Tags                []policy.Tag
}

func (in *createUserInput) path() string { return or(in.Path, "/") }

func (in *createUserInput) context() policy.Context {
	return append(requestTags(in.Tags), boundaryKey(in.PermissionsBoundary)...)
}

func boundaryKey(arn *string) policy.Context {
	if arn == nil {
		return nil
	}
	return policy.Context{policy.One("iam:PermissionsBoundary", *arn)}
}

type userOutput struct{ User userOut }

// createUser needs iam:CreateUser, and iam:TagUser where tags are given.
func createUser(c *op.Call, in *createUserInput) (*userOutput, error) {
	e := &entity{Name: *in.UserName, Path: in.path(), Tags: in.Tags, Boundary: or(in.PermissionsBoundary, "")}
	if err := users.create(c, e); err != nil {
		return nil, err
	}
	return &userOutput{e.user()}, nil
}

// getUser needs iam:GetUser. Without a name it tells of the caller, who may be the account's root.
func getUser(c *op.Call, in *nameInput) (*userOutput, error) {
	if in.UserName == nil && c.Principal.Kind == policy.AccountRoot {
		return &userOutput{userOut{Path: "/", UserId: c.Account, Arn: c.Principal.ARN, CreateDate: c.Now}}, nil
	}
	e, err := users.target(c, in)
	if err != nil {
		return nil, err
	}
	return &userOutput{e.user()}, nil
}

type listUsersOutput struct {
	Users []userOut
	paged
}

// listUsers needs iam:ListUsers.
func listUsers(c *op.Call, in *listInput) (*listUsersOutput, error) {
	list, paged, err := users.list(c, in)
	return &listUsersOutput{each(list, (*entity).listedUser), paged}, err
}

type updateUserInput struct {
	entityName
	NewPath     *string
	NewUserName *string
}

func (in *updateUserInput) renames() (path, name *string) { return in.NewPath, in.NewUserName }

// updateUser needs iam:UpdateUser, on the user as it is and as it will be. The user's access keys go with its name.
func (a *Accounts) updateUser(c *op.Call, in *updateUserInput) (*none, error) {
	old, err := users.target(c, in)
	if err != nil {
		return nil, err
	}
	e := old.clone()
	e.Path, e.Name = or(in.NewPath, e.Path), or(in.NewUserName, e.Name)
	e.ARN = users.arn(c, e.Path, e.Name)
	if err := users.rename(c, old, e); err != nil {
		return nil, err
	}
	if err := a.repoint(c, old, e.ARN); err != nil {
		return nil, err
	}
	for _, id := range e.Keys {
		held, err := keys.Get(c.Tx, id)
		if err != nil {
			return nil, err
		}
		moved := *held
		moved.User = e.Name
		if err := keys.Put(c.Tx, id, &moved); err != nil {
			return nil, err
		}
	}
	return &none{}, nil
}

// deleteUser needs iam:DeleteUser.
func (a *Accounts) deleteUser(c *op.Call, in *nameInput) (*none, error) {
	return &none{}, a.remove(c, users, in)
}
