package iam

import (
	"time"

	"aircon/localaws/op"
)

// Adopt gives a user of the caller's account an access key that was made before, with its secret: the one key that it then has.
// It is for what outlives the state, such as the keys of the first administrator.
func (a *Accounts) Adopt(c *op.Call, name, id, secret string) error {
	old, err := users.get(c, name)
	if err != nil {
		return err
	}
	for _, other := range old.Keys {
		if err := keys.Delete(c.Tx, other); err != nil {
			return err
		}
	}
	k := accessKey{Account: c.Account, User: name, ID: id, Status: active, Created: c.Now.UTC().Truncate(time.Second)}
	k.Secret = c.Sealer.Seal([]byte(secret), sealedFor(id))
	if err := keys.Put(c.Tx, id, &k); err != nil {
		return err
	}
	return users.edit(c, old, func(e *entity) error {
		e.Keys = []string{id}
		return nil
	})
}
