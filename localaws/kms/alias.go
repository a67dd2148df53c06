package kms

import (
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
		k, usedAlias, err := find(c, id)
		if err != nil {
			return nil, err
		}
		needs = append(needs, k.need(c, use{action: action, alias: usedAlias}))
	}
	return needs, nil
}

func createAliasNeeds(c *op.Call, in *aliasInput) ([]op.Need, error) {
	if err := checkAlias(in.AliasName); err != nil {
		return nil, err
	}
	return aliasNeeds(c, "CreateAlias", in.AliasName, in.TargetKeyId)
}

func createAlias(c *op.Call, in *aliasInput) (*empty, error) {
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
	return &empty{}, putAlias(c, c.Account, in.AliasName, k.ID)
}

// pointable finds a key that an alias may point to.
func pointable(c *op.Call, id string) (*key, error) {
	if strings.Contains(id, "alias/") {
		return nil, failure("ValidationException", "Aliases must refer to keys. Not aliases")
	}
	k, _, err := find(c, id)
	switch {
	case err != nil:
		return nil, err
	case k.State == pendingDeletion:
		return nil, k.badState()
	}
	return k, nil
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
	a := *old // the needs have found it
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
	return &empty{}, aliases.Delete(c.Tx, store.Key(c.Account, c.Region, in.AliasName))
}

type listAliasesInput struct {
	KeyId  string
	Limit  *int
	Marker string
}

type listedAlias struct {
	AliasArn        string
	AliasName       string
	CreationDate    time.Time
	LastUpdatedDate time.Time
	TargetKeyId     string
}

type listAliasesOutput struct {
	Aliases    []listedAlias
	NextMarker string `json:",omitempty"`
	Truncated  bool
}

func listAliases(c *op.Call, in *listAliasesInput) (*listAliasesOutput, error) {
	limit, err := checkPage(in.Limit, 50)
	if err != nil {
		return nil, err
	}
	only := ""
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
		case only != "" && a.KeyID != only:
			continue
		case len(out.Aliases) == limit:
			out.Truncated, out.NextMarker = true, out.Aliases[limit-1].AliasName
			return out, nil
		}
		out.Aliases = append(out.Aliases, listedAlias{a.ARN, a.Name, a.Created, a.Updated, a.KeyID})
	}
	return out, nil
}
