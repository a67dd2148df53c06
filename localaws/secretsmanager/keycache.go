package secretsmanager

import (
	"crypto/cipher"
	"sync"
)

// maxOpened bounds the cache of open data keys, of about a kilobyte each. All are dropped when it is full.
const maxOpened = 4096

// keyCache remembers open data keys by what they are sealed as, so that a secret that is read again and again costs one
// decryption and not two. It cannot go stale: each value has a data key of its own, and a sealed key always opens to the
// same. Who may use it is asked each time.
type keyCache struct {
	mu   sync.RWMutex
	keys map[string]cipher.AEAD
}

// get returns an open data key, or nil.
func (k *keyCache) get(sealed []byte) cipher.AEAD {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.keys[string(sealed)]
}

func (k *keyCache) put(sealed []byte, aead cipher.AEAD) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keys == nil || len(k.keys) >= maxOpened {
		k.keys = make(map[string]cipher.AEAD)
	}
	k.keys[string(sealed)] = aead
}
