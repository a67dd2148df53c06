package kms

import (
	"errors"
	"slices"
	"strings"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

type aliasInput struct{ AliasName, TargetKeyId string }

// aliasNeeds asks for an action on an alias and on each key that it points to.
func aliasNeeds(c *op.Call, action, name string, points ...string) ([]op.Need, error) {
	needs := []op.Need{{
		Action: "kms:" + action, Resource: arn(c, c.Account, name),
		Context: policy.Context{policy.One("kms:CallerAccount", c.Account)},
	}}
	for _, id := range points {
		k, _, err := find(c, id) // kms:RequestAlias is not there, though an alias may have named the key
		if err != nil {
			return nil, err
		}
		n, err := k.need(c, use{action: action})
		if err != nil {
			return nil, err
		}
		needs = append(needs, n)
	}
	return needs, nil
}

func createAliasNeeds(c *op.Call, in *aliasInput) ([]op.Need, error) {
	if err := checkAlias(in.AliasName); err != nil {
		return nil, err
	}
	return aliasNeeds(c, "CreateAlias", in.AliasName, in.TargetKeyId)
}

// createAlias needs kms:CreateAlias on the alias and on the key.
func (ks *Keys) createAlias(c *op.Call, in *aliasInput) (*empty, error) {
	if err := ks.purge(c); err != nil {
		return nil, err
	}
	old, err := aliases.Get(c.Tx, store.Key(c.Account, c.Region, in.AliasName))
	if err != nil {
		return nil, err
	}
	if old != nil {
		return nil, failure("AlreadyExistsException", "An alias with the name "+old.ARN+" already exists")
	}
	k, err := pointable(c, in.TargetKeyId)
	if err != nil {
		return nil, err
	}
	if len(k.Aliases) >= maxAliases {
		return nil, tooManyAliases(len(k.Aliases))
	}
	if err := k.name(c, in.AliasName); err != nil {
		return nil, err
	}
	return &empty{}, putAlias(c, c.Account, in.AliasName, k.ID)
}

// maxAliases is how many aliases can point to a key. Source: the KMS developer guide, "Resource quotas".
const maxAliases = 50

// name notes in the key's row that an alias points to it: kms:ResourceAliases looks at that.
func (k *key) name(c *op.Call, alias string) error {
	named := *k
	named.Aliases = append(slices.Clip(k.Aliases), alias)
	return named.put(c)
}

// unname notes that an alias does not point to a key any more.
func (k *key) unname(c *op.Call, alias string) error {
	named := *k
	named.Aliases = slices.DeleteFunc(slices.Clone(k.Aliases), func(a string) bool { return a == alias })
	return named.put(c)
}

// pointable finds a key that an alias may point to.
func pointable(c *op.Call, id string) (*key, error) {
	if strings.Contains(id, "alias/") {
		return nil, failure("ValidationException", "Aliases must refer to keys. Not aliases")
	}
	k, _, err := find(c, id)
	if err != nil {
		return nil, err
	}
	return k, k.kept()
}

// updateAliasNeeds: kms:UpdateAlias on the alias, on the key that it leaves, and on the key that it goes to.
func updateAliasNeeds(c *op.Call, in *aliasInput) ([]op.Need, error) {
	if err := checkAlias(in.AliasName); err != nil {
		return nil, err
	}
	return aliasNeeds(c, "UpdateAlias", in.AliasName, in.AliasName, in.TargetKeyId)
}

func updateAlias(c *op.Call, in *aliasInput) (*empty, error) {
	row := store.Key(c.Account, c.Region, in.AliasName)
	old, err := aliases.Get(c.Tx, row)
	if err != nil {
		return nil, err
	}
	k, err := pointable(c, in.TargetKeyId)
	if err != nil {
		return nil, err
	}
	from, _, err := find(c, old.KeyID) // the needs have found both
	switch {
	case err != nil:
		return nil, err
	case from.Usage != k.Usage || isPair(from.Spec) != isPair(k.Spec):
		return nil, otherKind(in.AliasName)
	case from.ID != k.ID && len(k.Aliases) >= maxAliases:
		return nil, tooManyAliases(len(k.Aliases))
	}
	if from.ID != k.ID {
		if err := errors.Join(from.unname(c, old.Name), k.name(c, old.Name)); err != nil {
			return nil, err
		}
	}
	a := *old
	a.KeyID, a.Updated = k.ID, c.Now
	return &empty{}, aliases.Put(c.Tx, row, &a)
}

type aliasNameInput struct{ AliasName string }

func deleteAliasNeeds(c *op.Call, in *aliasNameInput) ([]op.Need, error) {
	if err := checkAlias(in.AliasName); err != nil {
		return nil, err
	}
	return aliasNeeds(c, "DeleteAlias", in.AliasName, in.AliasName)
}

func deleteAlias(c *op.Call, in *aliasNameInput) (*empty, error) {
	k, _, err := find(c, in.AliasName)
	if err != nil {
		return nil, err
	}
	return &empty{}, errors.Join(k.unname(c, in.AliasName), aliases.Delete(c.Tx, store.Key(c.Account, c.Region, in.AliasName)))
}

type listAliasesInput struct {
	pageInput
	KeyId string
}

type listedAlias struct {
	AliasArn        string
	AliasName       string
	CreationDate    time.Time
	LastUpdatedDate time.Time
	TargetKeyId     string
}

type listAliasesOutput struct {
	Aliases []listedAlias
	pageOutput
}

func listAliases(c *op.Call, in *listAliasesInput) (*listAliasesOutput, error) {
	limit, only := pageSize(in.Limit, 50), ""
	if in.KeyId != "" {
		k, _, err := find(c, in.KeyId)
		if err != nil {
			return nil, err
		}
		only = k.ID
	}
	out := &listAliasesOutput{Aliases: []listedAlias{}}
	prefix := store.Key(c.Account, c.Region, "")
	for row, err := range aliases.Scan(c.Tx, prefix, marked(prefix, in.Marker)) {
		a := row.Value
		switch {
		case err != nil:
			return nil, err
		case only != "" && a.KeyID != only || gone(c, a):
			continue
		case len(out.Aliases) == limit:
			out.Truncated, out.NextMarker = true, out.Aliases[limit-1].AliasName
			return out, nil
		}
		out.Aliases = append(out.Aliases, listedAlias{a.ARN, a.Name, a.Created, a.Updated, a.KeyID})
	}
	return out, nil
}

// managedAlias reports whether an id is the alias of an AWS-managed key that there is here, and of which service.
func managedAlias(id string) (service string, ok bool) {
	service, ok = strings.CutPrefix(id[strings.LastIndexByte(id, ':')+1:], "alias/aws/")
	return service, ok && services[service] != ""
}

// gone reports whether an alias's key is past its deletion.
func gone(c *op.Call, a *alias) bool {
	_, _, err := find(c, a.KeyID)
	return err != nil
}
