// Package iam is local AWS's Identity and Access Management: users with access keys, roles, groups, instance profiles,
// inline and managed policies with versions, permissions boundaries, tags, service-linked roles, the account's alias and
// summary, and the policy simulator. Identity providers, MFA devices, certificates and passwords are not served: their
// operations are unknown to it.
//
// [New] makes the one value that the frame needs: its Service is the table of operations, and it is the op.Directory that
// says who signs and what policies apply to whom. Hand it the store's sealer with Use before the first request.
//
// Users, roles, groups and instance profiles are one type, entity, and what they share (inline policies, attached
// policies, boundary, tags) is written once: a row of the table names the kind. Policies are parsed when they are written, and compiled once for as
// long as nothing that they hang on changes.
//
// Sources: the IAM API reference and user guide (limits: reference_iam-quotas), the constraints of the public service
// model, answers recorded against the live service, and for condition keys the service authorization reference.
package iam

import (
	"sync"
	"sync/atomic"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// Accounts is IAM's state besides the store: what was compiled and opened. Use New.
type Accounts struct {
	sealer    atomic.Pointer[store.Sealer]
	compiled  cache[string, *compiled]
	opened    cache[string, *opened]
	used      useLog
	naming    []func(c *op.Call, from, to string) error
	organised func(account string) (levels [][]policy.Policy, member bool)
	linked    map[string]func(store.Tx, string, time.Time) ([]Usage, error)
}

var _ op.Directory = (*Accounts)(nil)

// New returns an Accounts that has compiled nothing yet.
func New() *Accounts { return new(Accounts) }

// Use sets the sealer that the secrets of access keys are opened with.
func (a *Accounts) Use(s store.Sealer) { a.sealer.Store(&s) }

// Organise tells which service control policies bind an account, a list for each level of its organisation, and whether it has one. The simulator
// looks at them, as AWS's does. Call it before the first request.
func (a *Accounts) Organise(of func(account string) (levels [][]policy.Policy, member bool)) {
	a.organised = of
}

func (a *Accounts) controls(account string) (levels [][]policy.Policy, member bool) {
	if a.organised == nil {
		return nil, false
	}
	return a.organised(account)
}

// cache is a bounded map for concurrent use. It is emptied when it is full: what it holds is quickly made again.
type cache[K comparable, V any] struct {
	mu   sync.RWMutex
	held map[K]V
}

const maxCached = 4096

func (c *cache[K, V]) get(key K) (V, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	v, ok := c.held[key]
	return v, ok
}

func (c *cache[K, V]) put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil || len(c.held) >= maxCached {
		c.held = make(map[K]V)
	}
	c.held[key] = value
}

// Service returns IAM's table of operations.
func (a *Accounts) Service() op.Service {
	return op.Service{
		Name: "iam", Protocol: op.Query, APIVersion: "2010-05-08", Namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
		Global: true, Window: 15 * time.Minute, Sentences: sentences, Operations: a.operations(), Forget: a.Forget,
		Tables: []store.Schema{
			entities.Schema(), policies.Schema(), uses.Schema(), keys.Schema(), deletions.Schema(), aliases.Schema(), lastUses.Schema(),
		},
	}
}

// none is the output of operations that answer nothing.
type none struct{}
