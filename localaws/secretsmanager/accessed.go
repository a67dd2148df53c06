package secretsmanager

import (
	"hash/maphash"
	"sync"
	"time"
)

// accessLog remembers in memory on which day each version was last read, since a read must not wait for the disk. The
// days reach a secret's row with its next change; those of a day without one are lost with the process.
type accessLog struct {
	mu   sync.RWMutex
	days map[access]int32 // since 1970
}

// access stands for a version in as few bytes as tell it from others, as there may be very many: two hashes with seeds of this process.
type access struct{ a, b uint64 }

var accessSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

func accessOf(arn, versionID string) access {
	v := [2]string{arn, versionID}
	return access{maphash.Comparable(accessSeeds[0], v), maphash.Comparable(accessSeeds[1], v)}
}

const daySeconds = 24 * 60 * 60

// note takes down a read at a moment of the service's clock.
func (l *accessLog) note(arn, versionID string, now time.Time) {
	a, day := accessOf(arn, versionID), int32(now.Unix()/daySeconds)
	l.mu.RLock()
	known, ok := l.days[a]
	l.mu.RUnlock()
	if ok && known == day {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.days == nil {
		l.days = make(map[access]int32)
	}
	l.days[a] = day
}

// mark sets the access dates in s, which is the caller's own copy down to its versions.
func (l *accessLog) mark(s *secret) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for i := range s.Versions {
		v := &s.Versions[i]
		if days, ok := l.days[accessOf(s.ARN, v.ID)]; ok {
			if day := time.Unix(int64(days)*daySeconds, 0).UTC(); day.After(v.Accessed) {
				v.Accessed = day
			}
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
		delete(l.days, accessOf(arn, v.ID))
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
