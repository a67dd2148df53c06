// Package near finds the word that somebody meant: the nearest valid name for a misspelt option, key or id.
package near

import (
	"strings"
	"unicode/utf8"
)

// Nearest returns the candidate that word most probably stands for, and false where none is close enough to be worth
// saying. Case does not count. A candidate is close when it takes at most one edit for every three characters of the
// longer of both (an edit inserts, deletes or replaces a character, or swaps two neighbours); or else when word
// is the beginning of that candidate alone, up to a separator ("region" for "region_name"). Of equally close ones the first wins.
func Nearest(word string, candidates []string) (string, bool) {
	folded := strings.ToLower(word)
	best, bestDistance := "", -1
	for _, candidate := range candidates {
		other := strings.ToLower(candidate)
		d := Distance(folded, other)
		if d > limit(folded, other) {
			continue
		}
		if bestDistance < 0 || d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	if bestDistance >= 0 {
		return best, true
	}
	return begun(folded, candidates)
}

// limit is the most edits at which two words still look alike.
func limit(a, b string) int {
	return max(utf8.RuneCountInString(a), utf8.RuneCountInString(b)) / 3
}

// begun returns the only candidate that starts with word and a separator.
func begun(word string, candidates []string) (string, bool) {
	found := ""
	for _, candidate := range candidates {
		rest, ok := strings.CutPrefix(strings.ToLower(candidate), word)
		if word == "" || !ok || rest == "" || !strings.ContainsRune("_.-/", rune(rest[0])) {
			continue
		}
		if found != "" {
			return "", false
		}
		found = candidate
	}
	return found, found != ""
}

// Distance is the number of edits between a and b: characters inserted, deleted or replaced, and neighbours swapped,
// none of them edited twice (the optimal string alignment distance). It takes memory for three rows of b.
func Distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	before := make([]int, len(to)+1) // the row before last: swaps look two rows back
	last := make([]int, len(to)+1)
	row := make([]int, len(to)+1)
	for j := range last {
		last[j] = j
	}
	for i := range from {
		row[0] = i + 1
		for j := range to {
			replace := last[j]
			if from[i] != to[j] {
				replace++
			}
			row[j+1] = min(replace, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && from[i] == to[j-1] && from[i-1] == to[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(to)]
}
