package kms

import (
	"errors"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
)

// deletion is a row: a key that is pending deletion, in the order in which keys go.
type deletion struct{ Account, Region, ID string }

// deletionRow is the key of a key's row among the deletions.
func (k *key) deletionRow() string {
	return store.Key(k.Deletion.UTC().Format(time.RFC3339), k.Account, k.region(), k.ID)
}

// purge removes the keys whose deletion is over, with their material, aliases and grants. To callers they are gone before that: see find.
func (ks *Keys) purge(c *op.Call) error {
	var over []*key
	var dangling []string // rows of no key, or of one that is not to go then
	for row, err := range deletions.Scan(c.Tx, "", "") {
		if err != nil {
			return err
		}
		k, err := keys.Get(c.Tx, store.Key(row.Value.Account, row.Value.Region, row.Value.ID))
		if err != nil {
			return err
		}
		if k == nil || k.deletionRow() != row.Key {
			dangling = append(dangling, row.Key)
			continue
		}
		if !k.due(c.Now) {
			break // as are all behind it
		}
		over = append(over, k)
	}
	for _, row := range dangling {
		if err := deletions.Delete(c.Tx, row); err != nil {
			return err
		}
	}
	for _, k := range over {
		if err := ks.remove(c, k); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes everything of a key.
func (ks *Keys) remove(c *op.Call, k *key) error {
	for _, m := range k.Materials {
		ks.opened.Delete(m.ID)
	}
	list, err := k.granted(c)
	for _, g := range list {
		err = errors.Join(err, grants.Delete(c.Tx, g.row()))
	}
	for _, name := range k.Aliases {
		err = errors.Join(err, aliases.Delete(c.Tx, store.Key(k.Account, k.region(), name)))
	}
	return errors.Join(err, k.orphan(c),
		deletions.Delete(c.Tx, k.deletionRow()),
		keys.Delete(c.Tx, store.Key(k.Account, k.region(), k.ID)))
}
