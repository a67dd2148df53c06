package iam

import (
	"errors"
	"fmt"
	"slices"
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
	from   []any
	grants op.Grants
	trust  *policy.Document
}

// Grants returns what applies to a principal: a user with its groups, or the role of a session. Nothing applies to one that is
// gone, or whose id is not the one in p.UserID any more.
func (a *Accounts) Grants(tx store.Tx, p policy.Principal) (op.Grants, error) {
	e, _, err := behind(tx, p)
	if err != nil || e == nil {
		return op.Grants{}, err
	}
	c, err := a.compile(tx, e)
	if err != nil {
		return op.Grants{}, err
	}
	return c.grants, nil
}

// behind returns the user of a principal or the role of a session.
func behind(tx store.Tx, p policy.Principal) (*entity, *kind, error) {
	arn, id, k := p.ARN, p.UserID, users
	switch p.Kind {
	case policy.RoleSession:
		arn, k = p.Issuer, roles
		id, _, _ = strings.Cut(id, ":")
	case policy.FederatedUser:
		arn, id = p.Issuer, ""
	case policy.User:
	default:
		return nil, nil, nil
	}
	e, err := k.find(tx, p.Account, arn[strings.LastIndexByte(arn, '/')+1:])
	if err != nil || e == nil || e.ARN != arn || id != "" && e.ID != id {
		return nil, nil, err
	}
	return e, k, nil
}

// compile returns the policies of an entity, parsed. It reads the records that they come from and parses only when one of them is
// not the one of the last time.
func (a *Accounts) compile(tx store.Tx, e *entity) (*compiled, error) {
	var room [16]any
	from, err := sources(tx, e, room[:0])
	if err != nil {
		return nil, err
	}
	if held, ok := a.compiled.get(e.ARN); ok && slices.Equal(held.from, from) {
		return held, nil
	}
	c := &compiled{from: slices.Clone(from)}
	if err := c.build(e); err != nil {
		return nil, err
	}
	a.compiled.put(e.ARN, c)
	return c, nil
}

// sources appends the records that an entity's policies come from: itself, its groups, and their managed policies. A boundary that
// is gone counts as nil.
func sources(tx store.Tx, e *entity, from []any) ([]any, error) {
	from = append(from, e)
	holders := []*entity{e}
	for _, name := range e.Groups {
		g, err := groups.find(tx, e.Account, name)
		if err != nil {
			return nil, err
		}
		if g != nil {
			from, holders = append(from, g), append(holders, g)
		}
	}
	for _, h := range holders {
		for _, arn := range h.Attached {
			p, err := managedPolicy(tx, arn)
			if err != nil {
				return nil, err
			}
			if p != nil {
				from = append(from, p)
			}
		}
	}
	if e.Boundary != "" {
		p, err := managedPolicy(tx, e.Boundary)
		if err != nil {
			return nil, err
		}
		from = append(from, p)
	}
	return from, nil
}

// build parses what from holds. The last record is the boundary where the entity has one.
func (c *compiled) build(e *entity) error {
	records := c.from
	if e.Boundary != "" {
		last := len(records) - 1
		if err := c.bound(e, records[last].(*managed)); err != nil {
			return err
		}
		records = records[:last]
	}
	for _, r := range records {
		var err error
		switch r := r.(type) {
		case *entity:
			for _, p := range r.Inline {
				err = errors.Join(err, c.add(p.Name, p.Document))
			}
		case *managed:
			err = c.add(r.ARN, r.document())
		}
		if err != nil {
			return fmt.Errorf("policies of %s: %w", e.ARN, err)
		}
	}
	c.grants.Tags = e.Tags
	if e.Trust == "" {
		return nil
	}
	trust, err := policy.Parse([]byte(e.Trust))
	if err != nil {
		return fmt.Errorf("trust policy of %s: %w", e.ARN, err)
	}
	c.trust = trust
	return nil
}

func (c *compiled) add(name, document string) error {
	d, err := policy.Parse([]byte(document))
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c.grants.Identity = append(c.grants.Identity, policy.Policy{Name: name, Document: d})
	return nil
}

func (c *compiled) bound(e *entity, p *managed) error {
	if p == nil {
		return fmt.Errorf("boundary %s of %s is gone", e.Boundary, e.ARN)
	}
	d, err := policy.Parse([]byte(p.document()))
	if err != nil {
		return fmt.Errorf("boundary %s: %w", p.ARN, err)
	}
	c.grants.Boundary = &policy.Policy{Name: p.ARN, Document: d}
	return nil
}

// ManagedPolicy returns the default version of a managed policy, or nil.
func (a *Accounts) ManagedPolicy(tx store.Tx, arn string) (*policy.Policy, error) {
	p, err := managedPolicy(tx, arn)
	if err != nil || p == nil {
		return nil, err
	}
	held, ok := a.compiled.get(arn)
	if !ok || held.from[0] != any(p) {
		held = &compiled{from: []any{p}}
		if err := held.add(arn, p.document()); err != nil {
			return nil, err
		}
		a.compiled.put(arn, held)
	}
	return &held.grants.Identity[0], nil
}

// Role finds a role of any account by its ARN.
func (a *Accounts) Role(tx store.Tx, arn string) (op.Role, bool, error) {
	e, err := roleByARN(tx, arn)
	if err != nil || e == nil {
		return op.Role{}, false, err
	}
	c, err := a.compile(tx, e)
	if err != nil {
		return op.Role{}, false, err
	}
	return op.Role{ARN: e.ARN, Name: e.Name, ID: e.ID, Account: e.Account, Trust: c.trust, MaxSession: e.MaxSession, Tags: e.Tags}, true, nil
}

// TrustPolicy returns a role's trust policy, and nil where there is no such role.
func (a *Accounts) TrustPolicy(tx store.Tx, arn string) (*policy.Document, error) {
	r, _, err := a.Role(tx, arn)
	return r.Trust, err
}

func roleByARN(tx store.Tx, arn string) (*entity, error) {
	f := strings.SplitN(arn, ":", 6)
	if len(f) < 6 || !strings.HasPrefix(f[5], "role/") {
		return nil, nil
	}
	e, err := roles.find(tx, f[4], f[5][strings.LastIndexByte(f[5], '/')+1:])
	if err != nil || e == nil || e.ARN != arn {
		return nil, err
	}
	return e, nil
}
