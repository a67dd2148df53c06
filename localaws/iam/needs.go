package iam

import (
	"net/http"
	"slices"

	"aircon/localaws/op"
	"aircon/policy"
	"aircon/policy/reference"
)

// errSession is what IAM answers to a session that may not call it, as if it did not know the token.
var errSession = &op.Error{Code: "InvalidClientTokenId", Message: "The security token included in the request is invalid", Status: http.StatusForbidden}

// guarded refuses sessions of federated users, and those of users without a device's code ("Compare AWS STS credentials" in the IAM User
// Guide; hashicorp/terraform-provider-aws issue 2483 and others quote the error). Of the condition keys it leaves those that AWS lists for
// the action: iam:PermissionsBoundary is not for each that is about a user or role, and iam:ResourceTag of users and roles alone.
func guarded(needs func(*op.Call, any) ([]op.Need, error)) func(*op.Call, any) ([]op.Need, error) {
	return func(c *op.Call, in any) ([]op.Need, error) {
		if s := c.Identity.Session; s != nil && !s.MFA && (c.Principal.Kind == policy.User || c.Principal.Kind == policy.FederatedUser) {
			return nil, errSession
		}
		all, err := needs(c, in)
		for i := range all {
			all[i].Context = listed(all[i].Action, all[i].Context)
		}
		return all, err
	}
}

// listed leaves of a need's condition keys those that the Service Authorization Reference has for the action. Several needs may share
// the keys.
func listed(action string, keys policy.Context) policy.Context {
	a := reference.Lookup(action)
	return slices.DeleteFunc(slices.Clone(keys), func(k policy.Key) bool { return a != nil && !a.Has(k.Name) })
}

// entityName is the part of an input that names an entity; the kind says which member counts.
type entityName struct {
	UserName            *string
	RoleName            *string
	GroupName           *string
	InstanceProfileName *string
}

// named is an input that names an entity.
type named interface{ entity() *entityName }

func (n *entityName) entity() *entityName { return n }

// member returns the name of a kind as it was sent, or nil.
func (n *entityName) member(k *kind) *string {
	switch k {
	case users:
		return n.UserName
	case roles:
		return n.RoleName
	case groups:
		return n.GroupName
	default:
		return n.InstanceProfileName
	}
}

// of returns the name of a kind. A user that is not named is the caller.
func (n *entityName) of(c *op.Call, k *kind) (string, error) {
	if name := n.member(k); name != nil {
		return *name, nil
	}
	if c.Principal.Kind != policy.User {
		return "", invalid("Must specify userName when calling with non-User credentials")
	}
	return c.Principal.Name, nil
}

// contextual is an input that has condition keys of its own.
type contextual interface{ context() policy.Context }

// on says what an operation on an entity needs: the action on its ARN.
func on[In any, P interface {
	*In
	named
}](k *kind, action string) func(*op.Call, *In) ([]op.Need, error) {
	return func(c *op.Call, in *In) ([]op.Need, error) {
		need := op.Need{Action: "iam:" + action, Resource: "arn:" + c.Partition + ":iam::" + c.Account + ":root"}
		if P(in).entity().member(k) == nil && c.Principal.Kind == policy.AccountRoot {
			return []op.Need{need}, nil
		}
		name, err := P(in).entity().of(c, k)
		if err != nil {
			return nil, err
		}
		need.Resource, need.Sent = k.arn(c, "/", name), k.word+" "+name
		e, err := k.find(c.Tx, c.Account, name)
		if err != nil {
			return nil, err
		}
		if e != nil {
			need.Resource = e.ARN
			need.Context = resourceTags(e.Tags)
			if e.Boundary != "" && k != groups {
				need.Context = append(need.Context, policy.One("iam:PermissionsBoundary", e.Boundary))
			}
		}
		if own, ok := any(in).(contextual); ok {
			need.Context = append(own.context(), need.Context...) // the first of a name counts
		}
		return []op.Need{need}, nil
	}
}

// renamed is an input that gives an entity another name or path: renames returns what it will have, nil for what stays.
type renamed interface {
	named
	renames() (path, name *string)
}

// renaming asks for the action on the entity, and on the one that it will be (API reference, UpdateUser and UpdateGroup: permissions on both the
// source object and the target object).
func renaming[In any, P interface {
	*In
	renamed
}](k *kind, action string) func(*op.Call, *In) ([]op.Need, error) {
	return func(c *op.Call, in *In) ([]op.Need, error) {
		needs, err := on[In, P](k, action)(c, in)
		path, name := P(in).renames()
		if err != nil || path == nil && name == nil {
			return needs, err
		}
		was, err := P(in).entity().of(c, k)
		if err != nil {
			return nil, err
		}
		at := "/"
		e, err := k.find(c.Tx, c.Account, was)
		if e != nil {
			at = e.Path
		}
		target := needs[0]
		target.Resource, target.Sent = k.arn(c, or(path, at), or(name, was)), k.word+" "+or(name, was)
		return append(needs, target), err
	}
}

// creation is an input that makes an entity.
type creation interface {
	named
	contextual
	path() string
}

// createNeeds asks for the action on the ARN that the entity will have, and for the tagging where tags are given.
func createNeeds[In any, P interface {
	*In
	creation
}](k *kind) func(*op.Call, *In) ([]op.Need, error) {
	return func(c *op.Call, in *In) ([]op.Need, error) {
		name := *P(in).entity().member(k)
		need := op.Need{Action: "iam:Create" + k.title, Resource: k.arn(c, P(in).path(), name), Context: P(in).context()}
		needs := []op.Need{need}
		if _, tagged := need.Context.Get("aws:TagKeys"); tagged {
			need.Action = "iam:Tag" + k.title
			needs = append(needs, need)
		}
		return needs, nil
	}
}

// listNeeds asks for a listing of a kind, on the path that it is limited to.
func listNeeds(action string, k *kind) func(*op.Call, *listInput) ([]op.Need, error) {
	return func(c *op.Call, in *listInput) ([]op.Need, error) {
		return []op.Need{{Action: "iam:" + action, Resource: k.arn(c, or(in.PathPrefix, "/"), "")}}, nil
	}
}

func resourceTags(tags []policy.Tag) policy.Context {
	var c policy.Context
	for _, t := range tags {
		c = append(c, policy.One("aws:ResourceTag/"+t.Key, t.Value), policy.One("iam:ResourceTag/"+t.Key, t.Value))
	}
	return c
}

func requestTags(tags []policy.Tag) policy.Context {
	if len(tags) == 0 {
		return nil
	}
	var c policy.Context
	var names []string
	for _, t := range tags {
		c, names = append(c, policy.One("aws:RequestTag/"+t.Key, t.Value)), append(names, t.Key)
	}
	return append(c, policy.Many("aws:TagKeys", names...))
}

// or returns what p points to, or a default for nil.
func or[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}
