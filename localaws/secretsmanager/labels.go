package secretsmanager

import (
	"slices"
	"time"
)

// The labels that Secrets Manager itself moves.
const (
	current  = "AWSCURRENT"
	previous = "AWSPREVIOUS"
	staged   = "AWSPENDING"
)

// maxLabels is how many labels a version can have.
const maxLabels = 20

// Deprecated versions beyond keptVersions go once they are older than keptFor (user guide, "What's in a secret?").
const (
	keptVersions = 100
	keptFor      = 24 * time.Hour
)

// attach puts labels on a version, taking each from the version that had it. Where AWSCURRENT moves, the version that it
// leaves gets AWSPREVIOUS, which nothing else keeps, and loses AWSPENDING: its rotation is over.
func attach(versions []version, versionID string, labels ...string) {
	var left string
	for i := range versions {
		v := &versions[i]
		if v.ID != versionID && slices.Contains(v.Labels, current) && slices.Contains(labels, current) {
			left = v.ID
			v.Labels = without(v.Labels, staged)
		}
		if v.ID != versionID {
			v.Labels = without(v.Labels, labels...)
		} else {
			v.Labels = with(v.Labels, labels...)
		}
	}
	if left == "" {
		return
	}
	for i := range versions {
		v := &versions[i]
		v.Labels = without(v.Labels, previous)
		if v.ID == left {
			v.Labels = with(v.Labels, previous)
		}
	}
}

// detach takes a label off a version.
func detach(versions []version, versionID, label string) {
	for i := range versions {
		if versions[i].ID == versionID {
			versions[i].Labels = without(versions[i].Labels, label)
		}
	}
}

// with returns labels and added, sorted, each once.
func with(labels []string, added ...string) []string {
	all := slices.Concat(labels, added)
	slices.Sort(all)
	return slices.Compact(all)
}

// without returns labels but for those removed.
func without(labels []string, removed ...string) []string {
	if !slices.ContainsFunc(labels, func(l string) bool { return slices.Contains(removed, l) }) {
		return labels
	}
	return slices.DeleteFunc(slices.Clone(labels), func(l string) bool { return slices.Contains(removed, l) })
}

// age splits off the deprecated versions that there is no more room for, oldest first.
func age(versions []version, now time.Time) (kept, dropped []version) {
	surplus := len(versions) - keptVersions
	if surplus <= 0 {
		return versions, nil
	}
	for _, v := range versions {
		if surplus > 0 && len(v.Labels) == 0 && now.Sub(v.Created) > keptFor {
			dropped = append(dropped, v)
			surplus--
			continue
		}
		kept = append(kept, v)
	}
	return kept, dropped
}
