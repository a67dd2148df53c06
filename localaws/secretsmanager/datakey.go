package secretsmanager

import (
	"crypto/cipher"
	"fmt"
	"sync"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// sealedKeys are the data keys that values are sealed with: one for many values, so that a read among 100,000 secrets finds its key open, as of one, and rows stay
// small. Each value is tied to its secret and version by what AES-GCM authenticates beside it, and whether the caller may use the KMS key for that very version is
// asked at each use.
var sealedKeys = store.Table[sealedKey]{Name: "secretsmanager.datakey"} // by id

// sealedKey is a row: a data key as KMS sealed it, with sharedContext.
type sealedKey struct{ Sealed []byte }

// sharedContext is the encryption context of data keys that seal many values.
var sharedContext = []policy.Tag{{Key: "aircon:DataKey", Value: "shared"}}

// dataKey is an open data key.
type dataKey struct {
	id     string
	sealed []byte
	aead   cipher.AEAD
	uses   int
}

// maxUses of a data key keeps random nonces apart (NIST SP 800-38D, 8.3: 2^32), with much room.
const maxUses = 1 << 20

// dataKeys are the data keys that new values are sealed with, one under each KMS key's material. They are in memory only: another process makes
// new ones.
type dataKeys struct {
	mu   sync.Mutex
	keys map[string]*dataKey // by KMS key and material
}

// dataKey returns the data key for a value, after the caller was allowed to make one for this very version. Its row is written unless it is there: the
// transaction that made the key may have been undone.
func (sv *service) dataKey(c *op.Call, s *secret, versionID string) (*dataKey, error) {
	id := s.keyFor(c)
	under, err := sv.keys.AllowGenerate(c, serviceName, id, encryptionContext(s.ARN, versionID))
	if err != nil {
		return nil, err
	}
	key, err := sv.sealing.use(under, func() (*dataKey, error) {
		plain, sealed, err := sv.keys.GenerateDataKey(asService(c, c.Region), serviceName, id, sharedContext)
		if err != nil {
			return nil, err
		}
		aead, err := newAEAD(plain)
		return &dataKey{id: newUUID(), sealed: sealed, aead: aead}, err
	})
	if err != nil {
		return nil, err
	}
	row, err := sealedKeys.Get(c.Tx, key.id)
	if err == nil && row == nil {
		err = sealedKeys.Put(c.Tx, key.id, &sealedKey{key.sealed})
	}
	return key, err
}

// use returns the data key under some material, which is made where there is none or it has been used enough.
func (k *dataKeys) use(under string, made func() (*dataKey, error)) (*dataKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.keys[under]
	if found == nil || found.uses >= maxUses {
		fresh, err := made()
		if err != nil {
			return nil, err
		}
		if k.keys == nil || len(k.keys) >= maxOpened {
			k.keys = map[string]*dataKey{}
		}
		k.keys[under], found = fresh, fresh
	}
	found.uses++
	return found, nil
}

// openKey opens the data key of a version's value, or finds it open. The caller's permission and the KMS key's state are asked for each time, for this very
// version.
func (sv *service) openKey(c *op.Call, v *value, context []policy.Tag) (cipher.AEAD, error) {
	if v.Key == "" {
		return sv.openOwnKey(c, v.DataKey, context)
	}
	key := sv.opened.get(v.Key)
	if key == nil {
		row, err := sealedKeys.Get(c.Tx, v.Key)
		if err != nil {
			return nil, err
		}
		if row == nil {
			return nil, fmt.Errorf("the data key %s is missing", v.Key)
		}
		key = &dataKey{id: v.Key, sealed: row.Sealed}
	}
	if err := sv.keys.Allow(c, serviceName, key.sealed, context); err != nil || key.aead != nil {
		return key.aead, err
	}
	plain, err := sv.keys.Decrypt(asService(c, c.Region), serviceName, key.sealed, sharedContext)
	if err != nil {
		return nil, err
	}
	if key.aead, err = newAEAD(plain); err != nil {
		return nil, err
	}
	sv.opened.put(v.Key, key)
	return key.aead, nil
}

// openOwnKey opens the data key of a value that was stored when each had one, with the version's own context.
func (sv *service) openOwnKey(c *op.Call, sealed []byte, context []policy.Tag) (cipher.AEAD, error) {
	plain, err := sv.keys.Decrypt(c, serviceName, sealed, context)
	if err != nil {
		return nil, err
	}
	return newAEAD(plain)
}
