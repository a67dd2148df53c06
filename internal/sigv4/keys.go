package sigv4

import (
	"crypto/sha256"
	"sync"
)

// maxKeys bounds the cache. A busy server uses a key for each principal, region, service and day; the whole cache is
// dropped when it is full, which costs each live key four HMACs.
const maxKeys = 16_384

// keyCache remembers derived signing keys. It is keyed by the secret itself, so that a key that was replaced is never
// served from memory.
type keyCache struct {
	mu   sync.RWMutex
	keys map[scope][32]byte
}

// scope is what a signing key is derived from.
type scope struct{ secret, date, region, service string }

func (c *keyCache) get(secret, date, region, service string) [32]byte {
	s := scope{secret, date, region, service}
	c.mu.RLock()
	key, ok := c.keys[s]
	c.mu.RUnlock()
	if ok {
		return key
	}
	key = s.derive()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil || len(c.keys) >= maxKeys {
		c.keys = make(map[scope][32]byte)
	}
	c.keys[s.clone()] = key
	return key
}

// clone copies the texts that were cut out of a request's headers, which would otherwise stay in memory whole.
func (s scope) clone() scope {
	return scope{s.secret, string([]byte(s.date)), string([]byte(s.region)), string([]byte(s.service))}
}

// derive makes the signing key: HMAC after HMAC over date, region, service and the terminator.
func (s scope) derive() [32]byte {
	key := hmacSHA256([]byte("AWS4"+s.secret), []byte(s.date))
	key = hmacSHA256(key[:], []byte(s.region))
	key = hmacSHA256(key[:], []byte(s.service))
	return hmacSHA256(key[:], []byte(terminator))
}

// hmacSHA256 is HMAC (RFC 2104) over SHA-256 without the allocations of crypto/hmac: it runs in the path of every request.
func hmacSHA256(key, message []byte) [32]byte {
	if len(key) > sha256.BlockSize {
		sum := sha256.Sum256(key)
		key = sum[:]
	}
	var inner [sha256.BlockSize + 256]byte
	var outer [sha256.BlockSize + sha256.Size]byte
	copy(inner[:], key)
	copy(outer[:], key)
	for i := range sha256.BlockSize {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	sum := sha256.Sum256(append(inner[:sha256.BlockSize], message...))
	copy(outer[sha256.BlockSize:], sum[:])
	return sha256.Sum256(outer[:])
}
