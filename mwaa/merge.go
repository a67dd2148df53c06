package mwaa

import (
	"maps"
	"slices"
)

// ChangeKind is what happens to an option.
type ChangeKind byte

// The kinds, as a plan marks them.
const (
	Add    ChangeKind = '+'
	Change ChangeKind = '~'
	Remove ChangeKind = '-'
)

// OptionChange is one difference between the options that an environment has and those that it gets. Values can be secret: show them
// only where the key is known not to hold one.
type OptionChange struct {
	Kind ChangeKind
	Key  string
	Old  string // "" for Add
	New  string // "" for Remove
}

// Merge returns the option map to send, as UpdateEnvironment replaces the whole of it: what the environment has, with want's options added or
// changed, and without the owned keys that want no longer has. Every other option stays. The changes are in the order of their
// keys; where there are none, nothing need be sent. Neither map is changed.
func Merge(current, want map[string]string, owned []string) (map[string]string, []OptionChange) {
	merged := map[string]string{}
	maps.Copy(merged, current)
	maps.Copy(merged, want)
	for _, key := range owned {
		if _, wanted := want[key]; !wanted {
			delete(merged, key)
		}
	}
	return merged, Diff(current, merged)
}

// Diff returns what turns the options before into after, in the order of their keys.
func Diff(before, after map[string]string) []OptionChange {
	keys := map[string]string{}
	maps.Copy(keys, before)
	maps.Copy(keys, after)
	var changes []OptionChange
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		old, had := before[key]
		value, has := after[key]
		switch {
		case !had:
			changes = append(changes, OptionChange{Add, key, "", value})
		case !has:
			changes = append(changes, OptionChange{Remove, key, old, ""})
		case old != value:
			changes = append(changes, OptionChange{Change, key, old, value})
		}
	}
	return changes
}
