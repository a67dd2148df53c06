package secretsmanager

import (
	"slices"
	"strings"
	"time"
	"unique"
)

// Of 100,000 secrets that are read in turns, each lies in memory, and the collector follows each of its pointers. So rows are kept settled: their texts
// lie in one, and those that are the same in all of them once.

// onlyCurrent is what most versions are labelled with. It is shared: nobody changes labels in place.
var onlyCurrent = []string{current}

// Settled returns a copy that takes less memory, with times as JSON keeps them. What few secrets have it leaves to the decoder.
func (s *secret) Settled() any {
	if s.Rotation != nil || s.Replicas != nil || s.Policy.Document != nil {
		return nil
	}
	small := s.copied()
	var all strings.Builder
	all.Grow(len(s.ARN) + len(s.Versions)*len("00000000-0000-4000-8000-000000000000"))
	all.WriteString(s.ARN)
	for i := range s.Versions {
		all.WriteString(s.Versions[i].ID)
	}
	texts := all.String()
	small.ARN, texts = texts[:len(s.ARN)], texts[len(s.ARN):]
	small.Name, small.Account = within(small.ARN, s.Name), within(small.ARN, s.Account)
	for _, t := range []*time.Time{&small.Created, &small.Changed, &small.Accessed, &small.Deleted} {
		*t = t.Round(0).UTC()
	}
	small.Tags = sized(s.Tags)
	for i := range small.Versions {
		v := &small.Versions[i]
		v.ID, texts = texts[:len(v.ID)], texts[len(v.ID):]
		v.KeyID = unique.Make(v.KeyID).Value()
		v.Created, v.Accessed = v.Created.Round(0).UTC(), v.Accessed.Round(0).UTC()
		switch {
		case len(v.Labels) == 0:
			v.Labels = nil
		case slices.Equal(v.Labels, onlyCurrent):
			v.Labels = onlyCurrent
		}
	}
	return small
}

// copied returns a copy with versions of its own: of most secrets the only one, which then lies beside it.
func (s *secret) copied() *secret {
	if len(s.Versions) != 1 {
		small := *s
		small.Versions = sized(s.Versions)
		return &small
	}
	both := &struct {
		secret
		versions [1]version
	}{*s, [1]version(s.Versions)}
	both.Versions = both.versions[:]
	return &both.secret
}

// Settled returns a copy that shares the data key's id with other values.
func (v *value) Settled() any {
	key, dataKey := unique.Make(v.Key).Value(), sized(v.DataKey)
	if len(v.Sealed) == 0 || len(v.Sealed) > shortValue {
		return &value{Key: key, DataKey: dataKey, Sealed: sized(v.Sealed)}
	}
	both := &struct {
		value
		sealed [shortValue]byte
	}{value: value{Key: key, DataKey: dataKey}}
	both.Sealed = both.sealed[:copy(both.sealed[:], v.Sealed)]
	return &both.value
}

// shortValue is how long a sealed value may be, in bytes, to lie beside its row: that of a connection's URI is.
const shortValue = 128

// within returns part as a piece of text, where it is one.
func within(text, part string) string {
	if at := strings.Index(text, part); at >= 0 {
		return text[at : at+len(part)]
	}
	return part
}

// sized returns a copy of a list without room for more, and nil for an empty one, as a decoder would.
func sized[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return append(make([]T, 0, len(list)), list...)
}
