package secretsmanager

import (
	"sync"
	"time"
)

// accessLog remembers in memory on which day each version was last read, since a read must not wait for the disk. The
// days reach a secret's row with its next change; those of a day without one are lost with the process.
type accessLog struct {
	mu   sync.RWMutex
	days map[access]time.Time
}

type access struct{ arn, version string }

// note takes down a read at a moment of the service's clock.
func (l *accessLog) note(arn, versionID string, now time.Time) {
	a, day := access{arn, versionID}, now.UTC().Truncate(24*time.Hour)
	l.mu.RLock()
	known := l.days[a].Equal(day)
	l.mu.RUnlock()
	if known {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.days == nil {
		l.days = make(map[access]time.Time)
	}
	l.days[a] = day
}

// mark sets the access dates in s, which is the caller's own copy down to its versions.
func (l *accessLog) mark(s *secret) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for i := range s.Versions {
		v := &s.Versions[i]
		if day := l.days[access{s.ARN, v.ID}]; day.After(v.Accessed) {
			v.Accessed = day
		}
		if v.Accessed.After(s.Accessed) {
			s.Accessed = v.Accessed
		}
	}
}

// forget drops versions of a secret that are deleted.
func (l *accessLog) forget(arn string, versions []version) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, v := range versions {
		delete(l.days, access{arn, v.ID})
	}
}

// clear drops all days: the state is another one.
func (l *accessLog) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.days = nil
}

// seen returns a copy of s with the access dates.
func (l *accessLog) seen(s *secret) *secret {
	copied := *s
	copied.Versions = append([]version(nil), s.Versions...)
	l.mark(&copied)
	return &copied
}
