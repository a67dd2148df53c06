package iam

import (
	"slices"
	"time"

	"aircon/localaws/op"
)

// Adopt gives a user of the caller's account an access key that was made before, with its secret, and makes it active. The user's others stay;
// where there are as many as a user can have, the oldest makes room. It is for what outlives the state, such as the keys of the first
// administrator.
func (a *Accounts) Adopt(c *op.Call, name, id, secret string) error {
	old, err := users.get(c, name)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(slices.Clone(old.Keys), func(other string) bool { return other == id })
	if len(others) == maxKeys {
		if err := keys.Delete(c.Tx, others[0]); err != nil {
			return err
		}
		others = others[1:]
	}
	k := accessKey{Account: c.Account, User: name, ID: id, Status: active, Created: c.Now.UTC().Truncate(time.Second)}
	k.Secret = c.Sealer.Seal([]byte(secret), sealedFor(id))
	if err := keys.Put(c.Tx, id, &k); err != nil {
		return err
	}
	return users.edit(c, old, func(e *entity) error {
		e.Keys = slices.Concat(others, []string{id})
		return nil
	})
}
