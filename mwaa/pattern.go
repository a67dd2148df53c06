package mwaa

import (
	"slices"
	"strings"
)

// LookupPattern returns a connections_lookup_pattern that matches the given conn_ids and no other, so that Airflow asks Secrets Manager for
// these alone. The same ids in any order give the same pattern. It holds aws_default only if the ids do; without ids it matches nothing,
// as an empty pattern would mean no pattern at all.
//
// Airflow matches with Python's re.match and IGNORECASE. The pattern switches that off: a lookup of MY_DB would ask for a
// secret that a policy for my_db does not cover.
func LookupPattern(ids []string) string {
	sorted := slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(sorted) == 0 {
		return `^(?!)`
	}
	for i, id := range sorted {
		sorted[i] = escape(id)
	}
	return `^(?-i:` + strings.Join(sorted, "|") + `)$`
}

// escape writes text so that a Python pattern matches just it.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune(`\.+*?()|[]{}^$`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
