package secretsmanager

import "sync"

// maxOpened bounds the cache of open data keys, of about a kilobyte each. All are dropped when it is full.
const maxOpened = 1024

// keyCache remembers open data keys by their ids, so that a read costs one decryption and not two. It cannot go stale: a sealed key always
// opens to the same. Who may use it is asked each time.
type keyCache struct {
	mu   sync.RWMutex
	keys map[string]*dataKey
}

// get returns an open data key, or nil.
func (k *keyCache) get(id string) *dataKey {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.keys[id]
}

func (k *keyCache) put(id string, key *dataKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.keys == nil || len(k.keys) >= maxOpened {
		k.keys = make(map[string]*dataKey)
	}
	k.keys[id] = key
}
