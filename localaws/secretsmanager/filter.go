package secretsmanager

import (
	"regexp"
	"slices"
	"strings"
)

type filter struct {
	Key    string
	Values []string
}

// matchAll reports whether a secret passes each filter.
func matchAll(filters []filter, s *secret) bool {
	for _, f := range filters {
		if !f.match(s) {
			return false
		}
	}
	return true
}

// match reports whether a secret has none of the values that begin with ! and, if there are others, one of those.
func (f filter) match(s *secret) bool {
	wanted, matched := false, false
	for _, v := range f.Values {
		if rest, negated := strings.CutPrefix(v, "!"); negated {
			if f.has(s, rest) {
				return false
			}
			continue
		}
		wanted = true
		matched = matched || f.has(s, v)
	}
	return matched || !wanted
}

// has reports whether the part of the secret that the filter looks at has a value: names, tags and regions by their beginning, letter for letter;
// descriptions, and everything at once, by the beginnings of words in any case.
func (f filter) has(s *secret, value string) bool {
	switch f.Key {
	case "name":
		return strings.HasPrefix(s.Name, value)
	case "tag-key":
		return slices.ContainsFunc(s.Tags, func(t tag) bool { return strings.HasPrefix(t.Key, value) })
	case "tag-value":
		return slices.ContainsFunc(s.Tags, func(t tag) bool { return strings.HasPrefix(t.Value, value) })
	case "primary-region":
		region := s.shownRegion(s.region())
		return region != "" && strings.HasPrefix(region, value)
	case "description":
		return hasWords(s.Description, value)
	case "all":
		return hasWords(s.Name, value) || hasWords(s.Description, value) ||
			slices.ContainsFunc(s.Tags, func(t tag) bool { return hasWords(t.Key, value) || hasWords(t.Value, value) })
	}
	return false // owning-service: no secret here is another service's
}

// hasWords reports whether each word of value begins a word of text, in any case.
func hasWords(text, value string) bool {
	words, wanted := splitWords(text), splitWords(value)
	for _, want := range wanted {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, want) }) {
			return false
		}
	}
	return len(wanted) > 0
}

// wordMarks are the characters that part words.
const wordMarks = "/-_+=.@"

// wordStart finds a word by the letter that begins it, which is no small one, and the small letters behind that.
var wordStart = regexp.MustCompile(`[^a-z][a-z]+`)

// splitWords takes a text apart as AWS was seen to (moto pull requests 8469 and 8529, whose tests were run against AWS): at one kind of mark, and before
// capitals; a text with marks of two kinds is one word.
func splitWords(s string) (words []string) {
	mark, parts := strings.IndexAny(s, wordMarks), []string{s}
	if mark >= 0 {
		parts = strings.Split(s, s[mark:mark+1])
		if slices.ContainsFunc(parts, func(part string) bool { return strings.ContainsAny(part, wordMarks) }) {
			return []string{strings.ToLower(s)}
		}
	}
	for _, part := range parts {
		at := 0
		for _, found := range wordStart.FindAllStringIndex(part, -1) {
			words = append(words, part[at:found[0]], part[found[0]:found[1]])
			at = found[1]
		}
		words = append(words, part[at:])
	}
	for i, w := range words {
		words[i] = strings.ToLower(strings.TrimSpace(w))
	}
	return slices.DeleteFunc(words, func(w string) bool { return w == "" })
}
