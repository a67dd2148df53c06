package doctor

import "sync"

// cache looks once for each key, whoever asks first, and lets the others wait for that. The zero value is empty.
type cache[V any] struct {
	mu   sync.Mutex // guards seen
	seen map[string]func() V
}

func (c *cache[V]) get(key string, look func() V) V {
	c.mu.Lock()
	once, ok := c.seen[key]
	if !ok {
		if c.seen == nil {
			c.seen = map[string]func() V{}
		}
		once = sync.OnceValue(look)
		c.seen[key] = once
	}
	c.mu.Unlock()
	return once()
}
