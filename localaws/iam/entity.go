package iam

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// kind is a kind of entity: users, roles, groups or instance profiles.
type kind struct {
	word     string // as in ARNs
	title    string // as in the names of operations and members, and of quotas
	prefix   string // of unique ids
	most     int    // of them in an account (reference_iam-quotas)
	inline   int    // characters of all inline policies of one (reference_iam-quotas)
	missing  string // says that there is none of a name
	existing string // says that there is one of a name
}

var (
	users    = &kind{"user", "User", "AIDA", 5000, 2048, "The user with name %s cannot be found.", "User with name %s already exists."}
	roles    = &kind{"role", "Role", "AROA", 1000, 10240, "The role with name %s cannot be found.", "Role with name %s already exists."}
	groups   = &kind{"group", "Group", "AGPA", 300, 5120, "The group with name %s cannot be found.", "Group with name %s already exists."}
	profiles = &kind{"instance-profile", "InstanceProfile", "AIPA", 1000, 0, "Instance Profile %s cannot be found.", "Instance Profile %s already exists."}
)

// entity is a user, a role, a group or an instance profile. A stored one is never changed: change a clone and put that.
type entity struct {
	Account  string
	Name     string
	Path     string
	ID       string
	ARN      string
	Created  time.Time
	Tags     []policy.Tag `json:",omitempty"`
	Boundary string       `json:",omitempty"` // ARN of the managed policy
	Inline   []inline     `json:",omitempty"` // by name
	Attached []string     `json:",omitempty"` // ARNs of managed policies, in the order of attachment
	Groups   []string     `json:",omitempty"` // of a user: names, sorted
	Keys     []string     `json:",omitempty"` // of a user: ids of access keys

	Trust       string            `json:",omitempty"` // of a role: its trust policy
	Trusted     map[string]string `json:",omitempty"` // of a role: ARNs of the users and roles in it, by their unique ids
	Description *string           `json:",omitempty"` // of a role
	MaxSession  time.Duration     `json:",omitempty"` // of a role
	Role        string            `json:",omitempty"` // of an instance profile: the name of its role
	Service     string            `json:",omitempty"` // of a service-linked role: the service that it is linked to
}

// inline is a policy that is part of an entity.
type inline struct{ Name, Document string }

// clone copies e so far that everything in it can be replaced.
func (e *entity) clone() *entity {
	c := *e
	c.Tags, c.Inline, c.Attached = slices.Clone(e.Tags), slices.Clone(e.Inline), slices.Clone(e.Attached)
	c.Groups, c.Keys = slices.Clone(e.Groups), slices.Clone(e.Keys)
	return &c
}

// entities holds them by account, kind and name in lower case: IAM does not distinguish names by case.
var entities = store.Table[entity]{Name: "iam.entity"}

func (k *kind) key(account, name string) string {
	return store.Key(account, k.word, strings.ToLower(name))
}

// find returns the entity of that name, or nil.
func (k *kind) find(tx store.Tx, account, name string) (*entity, error) {
	e, err := entities.Get(tx, k.key(account, name))
	if err != nil || e == nil || e.Name != name {
		return nil, err
	}
	return e, nil
}

// get returns the entity of that name, or AWS's error that there is none.
func (k *kind) get(c *op.Call, name string) (*entity, error) {
	e, err := k.find(c.Tx, c.Account, name)
	if err == nil && e == nil {
		err = noSuchEntity(k.missing, name)
	}
	return e, err
}

// target returns the entity that an input names, or AWS's error that there is none.
func (k *kind) target(c *op.Call, in named) (*entity, error) {
	name, err := in.entity().of(c, k)
	if err != nil {
		return nil, err
	}
	return k.get(c, name)
}

// change puts what edit makes of the entity that an input names.
func (k *kind) change(c *op.Call, in named, edit func(*entity) error) error {
	old, err := k.target(c, in)
	if err != nil {
		return err
	}
	if err := old.modifiable(); err != nil {
		return err
	}
	return k.edit(c, old, edit)
}

// retouch is change for what a service-linked role lets its account change as well.
func (k *kind) retouch(c *op.Call, in named, edit func(*entity) error) error {
	old, err := k.target(c, in)
	if err != nil {
		return err
	}
	return k.edit(c, old, edit)
}

func (k *kind) edit(c *op.Call, old *entity, edit func(*entity) error) error {
	e := old.clone()
	if err := edit(e); err != nil {
		return err
	}
	return k.put(c, e)
}

func (k *kind) put(c *op.Call, e *entity) error {
	return entities.Put(c.Tx, k.key(e.Account, e.Name), e)
}

// create puts a new entity, unless one has the name.
func (k *kind) create(c *op.Call, e *entity) error {
	old, err := entities.Get(c.Tx, k.key(c.Account, e.Name))
	if err != nil {
		return err
	}
	if old != nil {
		return alreadyExists(k.existing, old.Name)
	}
	if err := k.room(c); err != nil {
		return err
	}
	if err := uniqueTags(e.Tags); err != nil {
		return err
	}
	e.Account, e.ID, e.Created = c.Account, newID(k.prefix, 17), c.Now.UTC().Truncate(time.Second)
	e.ARN = k.arn(c, e.Path, e.Name)
	if e.Boundary != "" {
		if err := k.bind(c, e, e.Boundary); err != nil {
			return err
		}
	}
	return k.put(c, e)
}

// room returns AWS's error where the account has as many entities of the kind as it may.
func (k *kind) room(c *op.Call) error {
	all, err := k.all(c, "/")
	if err == nil && len(all) >= k.most {
		err = limitExceeded("Cannot exceed quota for %ssPerAccount: %d", k.title, k.most)
	}
	return err
}

// all returns an account's entities of the kind whose paths start with prefix, in the order of their names.
func (k *kind) all(c *op.Call, prefix string) ([]*entity, error) {
	var list []*entity
	for row, err := range entities.Scan(c.Tx, store.Key(c.Account, k.word, ""), "") {
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(row.Value.Path, prefix) {
			list = append(list, row.Value)
		}
	}
	return list, nil
}

// list cuts a page out of the entities of a kind.
func (k *kind) list(c *op.Call, in *listInput) ([]*entity, paged, error) {
	all, err := k.all(c, or(in.PathPrefix, "/"))
	if err != nil {
		return nil, paged{}, err
	}
	return page(in.paging, all, k.order)
}

func (k *kind) order(e *entity) string { return strings.ToLower(e.Name) }

// each writes out a list; a list of none is no nil.
func each[T, Out any](list []T, write func(T) Out) []Out {
	out := make([]Out, 0, len(list))
	for _, item := range list {
		out = append(out, write(item))
	}
	return out
}

func (k *kind) arn(c *op.Call, path, name string) string {
	return "arn:" + c.Partition + ":iam::" + c.Account + ":" + k.word + path + name
}

// removable returns AWS's error for an entity that still has something.
func (e *entity) removable() error {
	switch {
	case len(e.Attached) > 0:
		return conflict("Cannot delete entity, must detach all policies first.")
	case len(e.Inline) > 0:
		return conflict("Cannot delete entity, must delete policies first.")
	case len(e.Keys) > 0:
		return conflict("Cannot delete entity, must delete access keys first.")
	case len(e.Groups) > 0:
		return conflict("Cannot delete entity, must remove users from group first.")
	case e.Role != "":
		return conflict("Cannot delete entity, must remove roles from instance profile first.")
	}
	return e.modifiable()
}

// modifiable returns AWS's error for a service-linked role, which its service alone changes.
func (e *entity) modifiable() error {
	if e.Service == "" {
		return nil
	}
	return unmodifiable("Cannot perform the operation on the protected role '%s' - this role is only modifiable by AWS", e.Name)
}

// remove deletes an entity that nothing hangs on, and returns what it was.
func (k *kind) remove(c *op.Call, in named) (*entity, error) {
	e, err := k.target(c, in)
	if err != nil {
		return nil, err
	}
	if err := e.removable(); err != nil {
		return nil, err
	}
	if err := k.unbind(c, e); err != nil {
		return nil, err
	}
	return e, k.delete(c, e)
}

func (k *kind) delete(c *op.Call, e *entity) error {
	return entities.Delete(c.Tx, k.key(e.Account, e.Name))
}

// rename takes an entity from its old name to its new one, with what refers to it.
func (k *kind) rename(c *op.Call, old, e *entity) error {
	taken, err := entities.Get(c.Tx, k.key(c.Account, e.Name))
	switch {
	case err != nil:
		return err
	case taken != nil && taken.ID != old.ID:
		return alreadyExists(k.existing, taken.Name)
	}
	if err := k.delete(c, old); err != nil {
		return err
	}
	if err := k.eachUse(old, func(arn, as string) error {
		if err := uses.Delete(c.Tx, useKey(c.Account, arn, as, k, old.Name)); err != nil {
			return err
		}
		return uses.Put(c.Tx, useKey(c.Account, arn, as, k, e.Name), &use{e.Name, e.ID, e.Path})
	}); err != nil {
		return err
	}
	return k.put(c, e)
}

// newID returns a unique id: the prefix says of what, the rest is random.
func newID(prefix string, n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	id := make([]byte, n)
	rand.Read(id)
	for i := range id {
		id[i] = alphabet[id[i]%32]
	}
	return prefix + string(id)
}
