package iam

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// maxTrust is the size of a role's trust policy (reference_iam-quotas).
const maxTrust = 2048

// setTrust makes a text the trust policy of a role, and notes which users and roles it means: IAM trusts them, and not who has their names
// later (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html, "IAM role principals"). Those of
// the caller's account must exist; those of other accounts may live in no local AWS.
func (e *entity) setTrust(c *op.Call, text string) error {
	if !json.Valid([]byte(text)) {
		return malformedPolicy("This policy contains invalid Json") // unlike what is said of other policies
	}
	d, err := parse(text, policy.Trust)
	if err != nil {
		return err
	}
	if d.Size() > maxTrust {
		return limitExceeded("Cannot exceed quota for ACLSizePerRole: %d", maxTrust)
	}
	e.Trust, e.Trusted = text, nil
	for _, s := range d.Statements() {
		for _, p := range s.Principals {
			if err := e.trust(c, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// trust notes the user or role that a principal is.
func (e *entity) trust(c *op.Call, p policy.PrincipalElement) error {
	found, known, err := principalOf(c, p)
	switch {
	case err != nil:
		return err
	case !known:
		return malformedPolicy(fmt.Sprintf(`Invalid principal in policy: "%s":"%s"`, p.Class, p.Text))
	case found != nil:
		if e.Trusted == nil {
			e.Trusted = map[string]string{}
		}
		e.Trusted[found.ID] = found.ARN
	}
	return nil
}

// exists reports whether the user or role that a principal names does, as far as that is known here.
func exists(c *op.Call, p policy.PrincipalElement) (bool, error) {
	_, known, err := principalOf(c, p)
	return known, err
}

// principalOf finds the user or role that a principal names. Known is false for one of the caller's account that does not exist; those of
// other accounts may live in no local AWS.
func principalOf(c *op.Call, p policy.PrincipalElement) (found *entity, known bool, err error) {
	if p.Class == "AWS" && uniqueID.MatchString(p.Text) {
		found, err := withID(c, p.Text)
		return found, found != nil, err
	}
	arn, ok := policy.ParseARN(p.Text)
	if p.Class != "AWS" || !ok || arn.Service != "iam" {
		return nil, true, nil
	}
	for _, k := range []*kind{users, roles} {
		path, ok := strings.CutPrefix(arn.Resource, k.word+"/")
		if !ok {
			continue
		}
		found, err := k.find(c.Tx, arn.Account, path[strings.LastIndexByte(path, '/')+1:])
		if err == nil && found != nil && found.ARN == p.Text {
			return found, true, nil
		}
		return nil, arn.Account != c.Account, err
	}
	return nil, true, nil
}

// uniqueID is the unique id of a user or role (reference_identifiers, "Understanding unique ID prefixes").
var uniqueID = regexp.MustCompile(`^A(ID|RO)A[A-Z0-9]{12,}$`)

// withID finds a user or role by its unique id, or returns nil.
func withID(c *op.Call, id string) (*entity, error) {
	for row, err := range entities.Scan(c.Tx, "", "") {
		if err != nil || row.Value.ID == id {
			return row.Value, err
		}
	}
	return nil, nil
}

// Naming is told of policies outside of IAM that name users and roles, such as those of secrets: each puts the text to in the place of the ARN
// from, wherever that is a principal. Call it before the first request.
func (a *Accounts) Naming(told ...func(c *op.Call, from, to string) error) { a.naming = told }

// remove deletes a user or role.
func (a *Accounts) remove(c *op.Call, k *kind, in named) error {
	e, err := k.remove(c, in)
	if err != nil {
		return err
	}
	return a.repoint(c, e, e.ID)
}

// repoint puts another text in the place of a user's or role's ARN, in the policies of all accounts that mean it: its new ARN, or when it is
// gone its unique id, by which nobody else is meant. Resource policies need no note of whom they mean, as they name nobody who does not exist.
func (a *Accounts) repoint(c *op.Call, e *entity, to string) error {
	if e.ARN == to {
		return nil
	}
	for _, tell := range a.naming {
		if err := tell(c, e.ARN, to); err != nil {
			return err
		}
	}
	return repointTrust(c, e, to)
}

// repointTrust is repoint for trust policies.
func repointTrust(c *op.Call, e *entity, to string) error {
	var changed []store.Row[entity]
	for row, err := range entities.Scan(c.Tx, "", "") {
		if err != nil {
			return err
		}
		if _, means := row.Value.Trusted[e.ID]; means {
			changed = append(changed, row)
		}
	}
	for _, row := range changed {
		r := row.Value.clone()
		d, err := policy.Parse([]byte(r.Trust))
		if err != nil {
			return fmt.Errorf("trust policy of %s: %w", r.ARN, err)
		}
		r.Trust = d.ReplacePrincipal(e.ARN, to)
		if r.Trusted = maps.Clone(r.Trusted); to == e.ID {
			delete(r.Trusted, e.ID)
		} else {
			r.Trusted[e.ID] = to
		}
		if err := entities.Put(c.Tx, row.Key, r); err != nil {
			return err
		}
	}
	return nil
}
