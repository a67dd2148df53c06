package iam

import (
	"slices"
	"strings"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// use is an entity that a managed policy is attached to, or that it bounds.
type use struct{ Name, ID, Path string }

// uses holds them by account, policy, way, kind and name, so that a policy's users are found without a look at everybody.
var uses = store.Table[use]{Name: "iam.use"}

// The ways of using a managed policy.
const (
	asPolicy   = "policy"
	asBoundary = "boundary"
)

func useKey(account, arn, as string, k *kind, name string) string {
	return store.Key(account, arn, as, k.word, strings.ToLower(name))
}

// eachUse calls f for each managed policy that e uses.
func (k *kind) eachUse(e *entity, f func(arn, as string) error) error {
	for _, arn := range e.Attached {
		if err := f(arn, asPolicy); err != nil {
			return err
		}
	}
	if e.Boundary != "" {
		return f(e.Boundary, asBoundary)
	}
	return nil
}

// countUses returns how often a policy is used in a way.
func countUses(c *op.Call, arn, as string) (n int, err error) {
	for _, err := range uses.Scan(c.Tx, store.Key(c.Account, arn, as, ""), "") {
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

type attachInput struct {
	entityName
	PolicyArn *string
}

func (in *attachInput) context() policy.Context {
	return policy.Context{policy.One("iam:PolicyARN", *in.PolicyArn)}
}

// attach needs iam:AttachUserPolicy and its like. To attach again changes nothing.
func (k *kind) attach(c *op.Call, in *attachInput) (*none, error) {
	arn := *in.PolicyArn
	p, err := attachable(c, arn, "Policy %s does not exist or is not attachable.")
	if err != nil {
		return nil, err
	}
	return &none{}, k.change(c, in, func(e *entity) error {
		if p.serviceRole() {
			return notAttachable(k)
		}
		if slices.Contains(e.Attached, arn) {
			return nil
		}
		if len(e.Attached) == policy.MaxAttached {
			return limitExceeded("Cannot exceed quota for PoliciesPer%s: %d", k.title, policy.MaxAttached)
		}
		e.Attached = append(e.Attached, arn)
		return uses.Put(c.Tx, useKey(c.Account, arn, asPolicy, k, e.Name), &use{e.Name, e.ID, e.Path})
	})
}

// attachable returns the policy of an ARN, or AWS's error that there is none to attach, in these words.
func attachable(c *op.Call, arn, missing string) (*managed, error) {
	if _, err := nameOf(arn); err != nil {
		return nil, err
	}
	p, err := managedPolicy(c.Tx, arn)
	if err == nil && (p == nil || p.Account != c.Account && p.Account != awsAccount) {
		err = noSuchEntity(missing, arn)
	}
	return p, err
}

// detach needs iam:DetachUserPolicy and its like.
func (k *kind) detach(c *op.Call, in *attachInput) (*none, error) {
	arn := *in.PolicyArn
	if _, err := nameOf(arn); err != nil {
		return nil, err
	}
	return &none{}, k.change(c, in, func(e *entity) error {
		at := slices.Index(e.Attached, arn)
		if at < 0 {
			return noSuchEntity("Policy %s was not found.", arn)
		}
		e.Attached = slices.Delete(e.Attached, at, at+1)
		return uses.Delete(c.Tx, useKey(c.Account, arn, asPolicy, k, e.Name))
	})
}

type listAttachedInput struct {
	entityName
	PathPrefix *string
	paging
}

type attachedOut struct {
	PolicyName string
	PolicyArn  string
}

type listAttachedOutput struct {
	AttachedPolicies []attachedOut
	paged
}

// listAttached needs iam:ListAttachedUserPolicies and its like.
func (k *kind) listAttached(c *op.Call, in *listAttachedInput) (*listAttachedOutput, error) {
	e, err := k.target(c, in)
	if err != nil {
		return nil, err
	}
	all, err := e.attached(c, or(in.PathPrefix, "/"))
	if err != nil {
		return nil, err
	}
	out := &listAttachedOutput{}
	out.AttachedPolicies, out.paged, err = page(in.paging, all, func(a attachedOut) string { return a.PolicyName + " " + a.PolicyArn })
	return out, err
}

// attached returns the entity's managed policies under a path, in the order of their names.
func (e *entity) attached(c *op.Call, prefix string) ([]attachedOut, error) {
	all := []attachedOut{}
	for _, arn := range e.Attached {
		p, err := managedPolicy(c.Tx, arn)
		if err != nil {
			return nil, err
		}
		if p != nil && strings.HasPrefix(p.Path, prefix) {
			all = append(all, attachedOut{p.Name, arn})
		}
	}
	slices.SortFunc(all, func(a, b attachedOut) int {
		return strings.Compare(a.PolicyName+" "+a.PolicyArn, b.PolicyName+" "+b.PolicyArn)
	})
	return all, nil
}

type boundaryInput struct {
	entityName
	PermissionsBoundary *string
}

func (in *boundaryInput) context() policy.Context { return boundaryKey(in.PermissionsBoundary) }

// putBoundary needs iam:PutUserPermissionsBoundary or iam:PutRolePermissionsBoundary.
func (k *kind) putBoundary(c *op.Call, in *boundaryInput) (*none, error) {
	return &none{}, k.change(c, in, func(e *entity) error {
		if err := k.unbound(c, e); err != nil {
			return err
		}
		return k.bind(c, e, *in.PermissionsBoundary)
	})
}

// bind makes a managed policy the boundary of e.
func (k *kind) bind(c *op.Call, e *entity, arn string) error {
	p, err := attachable(c, arn, "Scope ARN: %s does not exist or is not attachable.")
	if err != nil {
		return err
	}
	if p.serviceRole() {
		return notAttachable(k)
	}
	e.Boundary = arn
	return uses.Put(c.Tx, useKey(c.Account, arn, asBoundary, k, e.Name), &use{e.Name, e.ID, e.Path})
}

// unbind forgets that e uses its boundary.
func (k *kind) unbind(c *op.Call, e *entity) error {
	if e.Boundary == "" {
		return nil
	}
	return uses.Delete(c.Tx, useKey(c.Account, e.Boundary, asBoundary, k, e.Name))
}

// unbound takes the boundary from a clone.
func (k *kind) unbound(c *op.Call, e *entity) error {
	err := k.unbind(c, e)
	e.Boundary = ""
	return err
}

// deleteBoundary needs iam:DeleteUserPermissionsBoundary or iam:DeleteRolePermissionsBoundary.
func (k *kind) deleteBoundary(c *op.Call, in *nameInput) (*none, error) {
	return &none{}, k.change(c, in, func(e *entity) error {
		if e.Boundary == "" {
			return noSuchEntity("%s %s does not have a permission boundary attached.", k.title, e.Name)
		}
		return k.unbound(c, e)
	})
}
