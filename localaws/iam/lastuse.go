package iam

import (
	"strings"
	"sync"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// lastUse is what an access key or a role was used for last.
type lastUse struct {
	At      time.Time // a minute
	Service string
	Region  string
}

// lastUses holds them by the access key's id, or the role's.
var lastUses = store.Table[lastUse]{Name: "iam.lastuse"}

// useLog remembers last uses in memory, as a read must not wait for the disk. They reach their table with the next change in IAM; those
// of after the last one are lost with the process. AWS's own records lag too, by up to four hours.
type useLog struct {
	mu   sync.RWMutex
	held map[string]*lastUse // by id; never changed
}

var _ op.Recorder = (*Accounts)(nil)

// Used takes down that an access key, or a session of a role, has signed a request.
func (a *Accounts) Used(by op.Identity, p *policy.Principal, service, region string, at time.Time) {
	id := by.AccessKeyID
	switch {
	case p.Kind == policy.RoleSession:
		id, _, _ = strings.Cut(p.UserID, ":")
	case by.Session != nil:
		return // of a user: its keys were used when the session was made
	}
	l, at := &a.used, at.Truncate(time.Minute)
	l.mu.RLock()
	old := l.held[id]
	l.mu.RUnlock()
	if old != nil && old.At.Equal(at) && old.Service == service && old.Region == region {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil || len(l.held) >= maxCached {
		l.held = make(map[string]*lastUse)
	}
	l.held[id] = &lastUse{at.UTC(), service, region}
}

// Forget drops what is remembered besides the tables: they hold another state.
func (a *Accounts) Forget() {
	a.used.mu.Lock()
	defer a.used.mu.Unlock()
	a.used.held = nil
}

// lastUse returns what an access key or a role was used for last, or nil.
func (a *Accounts) lastUse(tx store.Tx, id string) (*lastUse, error) {
	a.used.mu.RLock()
	held := a.used.held[id]
	a.used.mu.RUnlock()
	if held != nil {
		return held, nil
	}
	return lastUses.Get(tx, id)
}

// recording lets what changes something in IAM write the last uses down as well.
func (a *Accounts) recording(do func(*op.Call, any) (any, error)) func(*op.Call, any) (any, error) {
	return func(c *op.Call, in any) (any, error) {
		out, err := do(c, in)
		if err != nil {
			return out, err
		}
		a.used.mu.RLock()
		defer a.used.mu.RUnlock()
		for id, held := range a.used.held {
			old, err := lastUses.Get(c.Tx, id)
			if err == nil && (old == nil || old.At.Before(held.At)) {
				err = lastUses.Put(c.Tx, id, held)
			}
			if err != nil {
				return nil, err
			}
		}
		return out, nil
	}
}

// roleLastUsed is what answers tell of it: nothing of a role that was never used.
type roleLastUsed struct {
	LastUsedDate *time.Time
	Region       *string
}

func (a *Accounts) roleLastUsed(tx store.Tx, e *entity) (roleLastUsed, error) {
	use, err := a.lastUse(tx, e.ID)
	if use == nil {
		return roleLastUsed{}, err
	}
	return roleLastUsed{&use.At, &use.Region}, nil
}
