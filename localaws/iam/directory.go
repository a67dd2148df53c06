package iam

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// errNoSealer says that the frame forgot Use.
var errNoSealer = errors.New("iam: no sealer to open access keys with")

// opened is an access key whose secret was opened once. It holds for as long as the record is the same one.
type opened struct {
	record *accessKey
	secret string
}

// AccessKey finds a long-term key. It reports false for one that does not exist or is inactive.
func (a *Accounts) AccessKey(tx store.Tx, id string) (op.Credential, bool, error) {
	k, err := keys.Get(tx, id)
	if err != nil || k == nil || k.Status != active {
		return op.Credential{}, false, err
	}
	o, ok := a.opened.get(id)
	if !ok || o.record != k {
		sealer := a.sealer.Load()
		if sealer == nil {
			return op.Credential{}, false, errNoSealer
		}
		secret, err := (*sealer).Open(k.Secret, sealedFor(id))
		if err != nil {
			return op.Credential{}, false, fmt.Errorf("access key %s: %w", id, err)
		}
		o = &opened{k, string(secret)}
		a.opened.put(id, o)
	}
	e, err := users.find(tx, k.Account, k.User)
	if err != nil || e == nil {
		return op.Credential{}, false, err
	}
	return op.Credential{
		Secret:    o.secret,
		Principal: policy.Principal{Kind: policy.User, ARN: e.ARN, Account: e.Account, UserID: e.ID, Name: e.Name},
	}, true, nil
}

// compiled is what applies to an entity, or a role's trust policy, with the records that it was made from: it holds for as long as
// all of them are the same.
type compiled struct {
	from   []source
	entity *entity
	grants op.Grants
	trust  *policy.Document
}

// source is a record that something was made from. A value that is nil was not there.
type source struct {
	table, key string
	value      any
}

// current reports whether all sources are what they were.
func (c *compiled) current(tx store.Tx) (bool, error) {
	for i := range c.from {
		s := &c.from[i]
		v, _, err := tx.Get(s.table, s.key)
		if err != nil || v != s.value {
			return false, err
		}
	}
	return true, nil
}

// Grants returns what applies to a principal: a user with its groups, or the role of a session. Nothing applies to one that is
// gone, or whose id is not the one in p.UserID any more.
func (a *Accounts) Grants(tx store.Tx, p policy.Principal) (op.Grants, error) {
	arn, id, k := p.ARN, p.UserID, users
	switch p.Kind {
	case policy.RoleSession:
		arn, k = p.Issuer, roles
		id, _, _ = strings.Cut(id, ":")
	case policy.FederatedUser:
		arn, id = p.Issuer, p.IssuerID
	case policy.User:
	default:
		return op.Grants{}, nil
	}
	c, err := a.compile(tx, k, p.Account, arn)
	if err != nil || c == nil || id != "" && c.entity.ID != id {
		return op.Grants{}, err
	}
	return c.grants, nil
}

// compile returns the policies of an entity, parsed, or nil where there is no such entity. It parses only when a record that they
// come from is not the one of the last time.
func (a *Accounts) compile(tx store.Tx, k *kind, account, arn string) (*compiled, error) {
	if held, ok := a.compiled.get(arn); ok {
		if same, err := held.current(tx); same || err != nil {
			return held, err
		}
	}
	e, err := k.find(tx, account, arn[strings.LastIndexByte(arn, '/')+1:])
	if err != nil || e == nil || e.ARN != arn {
		return nil, err
	}
	c := &compiled{entity: e}
	if err := c.read(tx, k); err != nil {
		return nil, fmt.Errorf("policies of %s: %w", arn, err)
	}
	a.compiled.put(arn, c)
	return c, nil
}

// read collects the entity's policies, its groups' and the managed ones of both.
func (c *compiled) read(tx store.Tx, k *kind) error {
	e := c.entity
	holders, err := c.holders(tx, k, e)
	if err != nil {
		return err
	}
	for _, h := range holders {
		if err := c.hold(tx, h.entity); err != nil {
			return err
		}
	}
	c.grants.Tags = e.Tags
	if e.Boundary != "" {
		bound, err := c.managed(tx, e.Boundary)
		if err != nil {
			return err
		}
		c.grants.Boundary = &bound
	}
	if e.Trust == "" {
		return nil
	}
	c.trust, err = policy.Parse([]byte(e.Trust))
	return err
}

// holder is what policies hang on, with its kind.
type holder struct {
	*entity
	kind *kind
}

// holders returns an entity and its groups, and notes that something comes from them.
func (c *compiled) holders(tx store.Tx, k *kind, e *entity) ([]holder, error) {
	all := []holder{{e, k}}
	for _, name := range e.Groups {
		g, err := groups.find(tx, e.Account, name)
		if err != nil || g == nil {
			return nil, cmp.Or(err, fmt.Errorf("group %s is gone", name))
		}
		all = append(all, holder{g, groups})
	}
	for _, h := range all {
		c.from = append(c.from, source{entities.Name, h.kind.key(h.Account, h.Name), h.entity})
	}
	return all, nil
}

// hold adds the policies of the entity or of one of its groups.
func (c *compiled) hold(tx store.Tx, h *entity) error {
	for _, p := range h.Inline {
		d, err := policy.Parse([]byte(p.Document))
		if err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
		c.grants.Identity = append(c.grants.Identity, policy.Policy{Name: p.Name, Document: d})
	}
	for _, arn := range h.Attached {
		p, err := c.managed(tx, arn)
		if err != nil {
			return err
		}
		c.grants.Identity = append(c.grants.Identity, p)
	}
	return nil
}

// managed parses a managed policy and notes where it comes from.
func (c *compiled) managed(tx store.Tx, arn string) (policy.Policy, error) {
	p, err := managedPolicy(tx, arn)
	if err != nil || p == nil {
		return policy.Policy{}, cmp.Or(err, fmt.Errorf("policy %s is gone", arn))
	}
	if p.Account != awsAccount {
		c.from = append(c.from, source{policies.Name, policyKey(p.Account, p.Name), p})
	}
	d, err := p.parsed()
	if err != nil {
		return policy.Policy{}, fmt.Errorf("%s: %w", arn, err)
	}
	return policy.Policy{Name: arn, Document: d}, nil
}

// ManagedPolicy returns the default version of a managed policy, or nil.
func (a *Accounts) ManagedPolicy(tx store.Tx, arn string) (*policy.Policy, error) {
	if _, err := nameOf(arn); err != nil { // such as a role's, which may be held compiled as well
		return nil, nil //nolint:nilerr // what is no policy's ARN names none
	}
	if held, ok := a.compiled.get(arn); ok {
		if same, err := held.current(tx); same || err != nil {
			return &held.grants.Identity[0], err
		}
	}
	if p, err := managedPolicy(tx, arn); err != nil || p == nil {
		return nil, err
	}
	c := new(compiled)
	p, err := c.managed(tx, arn)
	if err != nil {
		return nil, err
	}
	c.grants.Identity = []policy.Policy{p}
	a.compiled.put(arn, c)
	return &c.grants.Identity[0], nil
}

// Role finds a role of any account by its ARN.
func (a *Accounts) Role(tx store.Tx, arn string) (op.Role, bool, error) {
	parsed, ok := policy.ParseARN(arn)
	if !ok || !strings.HasPrefix(parsed.Resource, "role/") {
		return op.Role{}, false, nil
	}
	c, err := a.compile(tx, roles, parsed.Account, arn)
	if err != nil || c == nil {
		return op.Role{}, false, err
	}
	e := c.entity
	return op.Role{ARN: e.ARN, Name: e.Name, ID: e.ID, Account: e.Account, Trust: c.trust, MaxSession: e.MaxSession, Tags: e.Tags}, true, nil
}
