package kms

import (
	"crypto/rand"
	"encoding/hex"
	"reflect"
	"slices"
	"strings"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// This file holds the operations on grants.

type createGrantInput struct {
	tokens
	KeyId             string
	GranteePrincipal  string
	RetiringPrincipal string
	Operations        []string
	Constraints       *constraints
	Name              string
	DryRun            bool
}

func (in *createGrantInput) keyID() string { return in.KeyId }

type createGrantOutput struct{ GrantId, GrantToken string }

// createGrantKeys are the condition keys that tell what a grant will be.
func createGrantKeys(in *createGrantInput) policy.Context {
	keys := policy.Context{
		policy.One("kms:GranteePrincipal", in.GranteePrincipal),
		policy.Many("kms:GrantOperations", in.Operations...),
		policy.One("kms:GrantIsForAWSResource", "false"),
	}
	if in.RetiringPrincipal != "" {
		keys = append(keys, policy.One("kms:RetiringPrincipal", in.RetiringPrincipal))
	}
	if kind := in.Constraints.kind(); kind != "" {
		keys = append(keys, policy.One("kms:GrantConstraintType", kind))
	}
	return contextKeys(keys, pairs(in.Constraints.pairs()))
}

// maxGrants is how many a key can have. Source: the KMS developer guide, "Resource quotas".
const maxGrants = 50_000

// check is what the model does not say of a new grant.
func (in *createGrantInput) check(k *key) error {
	switch {
	case in.GranteePrincipal == "":
		return noGrantee()
	case !isPrincipal(in.GranteePrincipal):
		return badPrincipal(in.GranteePrincipal)
	case in.RetiringPrincipal != "" && !isPrincipal(in.RetiringPrincipal):
		return badPrincipal(in.RetiringPrincipal)
	case in.Constraints.kind() != "" && k.Spec != symmetric:
		return unfitConstraints()
	case in.Constraints != nil && len(in.Constraints.EncryptionContextEquals) > 0 && len(in.Constraints.EncryptionContextSubset) > 0:
		return twoConstraints()
	}
	for _, o := range in.Operations {
		if !k.grants(o) {
			return unfitOperation(k, o)
		}
	}
	return nil
}

// isPrincipal reports whether an ARN can name a grantee: an account's root, a user, a role, a session of one, or a federated user.
func isPrincipal(text string) bool {
	a, ok := policy.ParseARN(text)
	kind, _, _ := strings.Cut(a.Resource, "/")
	switch {
	case !ok || a.Account == "":
		return false
	case a.Service == "iam":
		return slices.Contains([]string{"root", "user", "role"}, kind)
	}
	return a.Service == "sts" && slices.Contains([]string{"assumed-role", "federated-user"}, kind)
}

// createGrant needs kms:CreateGrant. The same request with the same name gives the grant that is there, under a new token.
func (ks *Keys) createGrant(c *op.Call, in *createGrantInput) (*createGrantOutput, error) {
	if err := in.valid(c); err != nil {
		return nil, err
	}
	var made *grant
	_, err := change(c, in.KeyId, func(k *key) error {
		if err := k.usable(); err != nil {
			return err
		}
		if err := in.check(k); err != nil {
			return err
		}
		if err := ks.existing(c, in.GranteePrincipal, in.RetiringPrincipal); err != nil {
			return err
		}
		if k.Grants >= maxGrants {
			return tooManyGrants()
		}
		if in.DryRun {
			return tried()
		}
		var err error
		made, err = in.grant(c, k)
		return err
	})
	if err != nil {
		return nil, err
	}
	token, err := grantToken(c, made)
	return &createGrantOutput{made.ID, token}, err
}

// grant makes the grant, or finds the one of that name that is the same.
func (in *createGrantInput) grant(c *op.Call, k *key) (*grant, error) {
	g := &grant{
		KeyID: k.ID, KeyARN: k.ARN, Name: in.Name, Grantee: in.GranteePrincipal, Retiring: in.RetiringPrincipal,
		Issuer: rootARN(c), Operations: in.Operations, Constraints: in.Constraints,
	}
	if in.Name != "" {
		old, err := k.granted(c)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(old, g.same); i >= 0 {
			return old[i], nil
		}
	}
	var id [32]byte
	rand.Read(id[:])
	g.ID, g.Created = hex.EncodeToString(id[:]), c.Now
	var err error
	if g.Policy, err = g.stands(); err != nil {
		return nil, err
	}
	k.Grants++
	return g, grants.Put(c.Tx, g.row(), g)
}

// same reports whether another grant says the same.
func (g *grant) same(o *grant) bool {
	return g.Name == o.Name && g.Grantee == o.Grantee && g.Retiring == o.Retiring && g.Issuer == o.Issuer &&
		slices.Equal(g.Operations, o.Operations) && reflect.DeepEqual(g.Constraints, o.Constraints)
}

// rootARN names the caller's account, as the issuing account of a grant.
func rootARN(c *op.Call) string { return "arn:" + c.Partition + ":iam::" + c.Account + ":root" }

type listedGrant struct {
	KeyId             string
	GrantId           string
	Name              string
	CreationDate      time.Time
	GranteePrincipal  string
	RetiringPrincipal string `json:",omitempty"`
	IssuingAccount    string
	Operations        []string
	Constraints       *constraints `json:",omitempty"`
}

type listGrantsOutput struct {
	Grants []listedGrant
	pageOutput
}

// shown is a page of grants as the two lists answer it.
func shown(list []*grant, in pageInput) *listGrantsOutput {
	out := &listGrantsOutput{Grants: []listedGrant{}}
	list, more := page(list, in, 50, func(g *grant) string { return g.KeyID + "/" + g.ID })
	for _, g := range list {
		out.Grants = append(out.Grants, listedGrant{
			g.KeyARN, g.ID, g.Name, g.Created, g.Grantee, g.Retiring, g.Issuer, g.Operations, g.Constraints,
		})
	}
	out.pageOutput = more
	return out
}

type listGrantsInput struct {
	pageInput
	KeyId            string
	GrantId          string
	GranteePrincipal string
}

func (in *listGrantsInput) keyID() string { return in.KeyId }

// listGrants needs kms:ListGrants.
func listGrants(c *op.Call, in *listGrantsInput) (*listGrantsOutput, error) {
	k, _, err := find(c, in.KeyId)
	if err != nil {
		return nil, err
	}
	list, err := collect(c, store.Key(k.Account, k.region(), k.ID, ""), func(g *grant) bool {
		return (in.GrantId == "" || g.ID == in.GrantId) && (in.GranteePrincipal == "" || g.Grantee == in.GranteePrincipal)
	})
	if err != nil {
		return nil, err
	}
	return shown(list, in.pageInput), nil
}

type listRetirableInput struct {
	pageInput
	RetiringPrincipal string
}

// listRetirableGrants needs kms:ListRetirableGrants, which has no resource. It lists grants of the caller's account and region.
func listRetirableGrants(c *op.Call, in *listRetirableInput) (*listGrantsOutput, error) {
	if !isPrincipal(in.RetiringPrincipal) {
		return nil, badPrincipal(in.RetiringPrincipal)
	}
	list, err := collect(c, store.Key(c.Account, c.Region, ""), func(g *grant) bool { return g.Retiring == in.RetiringPrincipal })
	if err != nil {
		return nil, err
	}
	return shown(list, in.pageInput), nil
}

type revokeGrantInput struct {
	KeyId   string
	GrantId string
	DryRun  bool
}

func (in *revokeGrantInput) keyID() string { return in.KeyId }

// grantKeys are the condition keys of ListGrants and RevokeGrant: none of the callers here is an AWS service.
func grantKeys[In any](*In) policy.Context {
	return policy.Context{policy.One("kms:GrantIsForAWSResource", "false")}
}

// revokeGrant needs kms:RevokeGrant.
func revokeGrant(c *op.Call, in *revokeGrantInput) (*empty, error) {
	k, _, err := find(c, in.KeyId)
	if err != nil {
		return nil, err
	}
	return endGrant(c, store.Key(k.Account, k.region(), k.ID, in.GrantId), in.DryRun)
}

type retireGrantInput struct {
	GrantToken string
	KeyId      string
	GrantId    string
	DryRun     bool
}

// row names the grant that is to be retired.
func (in *retireGrantInput) row(c *op.Call) (string, error) {
	if in.GrantToken != "" {
		t, err := readGrantToken(c, in.GrantToken)
		return t.Row, err
	}
	if in.KeyId == "" || in.GrantId == "" {
		return "", unnamedGrant()
	}
	k, _, err := find(c, in.KeyId)
	if err != nil {
		return "", err
	}
	return store.Key(k.Account, k.region(), k.ID, in.GrantId), nil
}

// retireGrantNeeds: kms:RetireGrant, from the grant itself (its retiring principal, and its grantee where RetireGrant is among its operations)
// or from IAM policies of the account that made the grant. The key policy has no say in it. Whether there is such a grant is for the
// operation to say, to those who may know.
//
// Source: the KMS developer guide, "Retiring and revoking grants".
func retireGrantNeeds(c *op.Call, in *retireGrantInput) ([]op.Need, error) {
	row, err := in.row(c)
	if err != nil {
		return nil, err
	}
	g, err := grants.Get(c.Tx, row)
	if err != nil {
		return nil, err
	}
	keys := policy.Context{policy.One("kms:CallerAccount", c.Account)}
	if g == nil {
		part := strings.Split(row, "\x00")
		return []op.Need{{
			Action: "kms:RetireGrant", Resource: "arn:" + c.Partition + ":kms:" + part[1] + ":" + part[0] + ":key/" + part[2], Owner: part[0], Context: keys,
		}}, nil
	}
	if kind := g.Constraints.kind(); kind != "" {
		keys = append(keys, policy.One("kms:GrantConstraintType", kind))
	}
	return []op.Need{{
		Action: "kms:RetireGrant", Resource: g.KeyARN, Owner: accountOf(g.Issuer), Grants: []*policy.Document{g.Policy.Document},
		Context: contextKeys(keys, pairs(g.Constraints.pairs())),
	}}, nil
}

func retireGrant(c *op.Call, in *retireGrantInput) (*empty, error) {
	row, err := in.row(c)
	if err != nil {
		return nil, err
	}
	return endGrant(c, row, in.DryRun)
}

// endGrant removes a grant.
func endGrant(c *op.Call, row string, tryOnly bool) (*empty, error) {
	g, err := grants.Get(c.Tx, row)
	switch {
	case err != nil:
		return nil, err
	case g == nil:
		return nil, missingGrant(row[strings.LastIndexByte(row, 0)+1:])
	case tryOnly:
		return nil, tried()
	}
	if _, err := change(c, g.KeyARN, func(k *key) error { k.Grants--; return nil }); err != nil {
		return nil, err
	}
	return &empty{}, grants.Delete(c.Tx, row)
}

func accountOf(arn string) string {
	a, _ := policy.ParseARN(arn)
	return a.Account
}
