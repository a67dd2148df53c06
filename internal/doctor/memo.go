package doctor

import "sync"

// memo asks for each thing once, whoever wants it. Its zero value is ready.
type memo[T any] struct {
	mu    sync.Mutex // guards asked
	asked map[string]func() (T, error)
}

func (m *memo[T]) get(name string, ask func() (T, error)) (T, error) {
	m.mu.Lock()
	if m.asked == nil {
		m.asked = map[string]func() (T, error){}
	}
	once, asked := m.asked[name]
	if !asked {
		once = sync.OnceValues(ask)
		m.asked[name] = once
	}
	m.mu.Unlock()
	return once()
}
