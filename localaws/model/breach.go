package model

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// breach is a set of constraints that a value breaks.
type breach uint8

const (
	tooLong breach = 1 << iota
	tooShort
	tooLarge
	tooSmall
	unmatched
	unlisted
)

// breaches are all, in the order in which AWS lists those of a list's members. Those of one member AWS lists in this order and in
// others too.
var breaches = []breach{tooLong, tooShort, tooLarge, tooSmall, unmatched, unlisted}

// breaches says what a text breaks.
func (s *Shape) breaches(text string) breach {
	length := len(text)
	if s.Max != nil && int64(length) > *s.Max || s.Min != nil {
		length = utf8.RuneCountInString(text) // no text has more characters than bytes
	}
	b := s.size(length)
	if s.Pattern != nil && !s.Pattern.Match(text) {
		b |= unmatched
	}
	if s.Enum != nil && !slices.Contains(s.Enum, text) {
		b |= unlisted
	}
	return b
}

// size says what a length of so many characters, bytes or members breaks.
func (s *Shape) size(n int) breach {
	switch {
	case s.Max != nil && int64(n) > *s.Max:
		return tooLong
	case s.Min != nil && int64(n) < *s.Min:
		return tooShort
	}
	return 0
}

// between says what a number breaks.
func (s *Shape) between(n int64) breach {
	switch {
	case s.Max != nil && n > *s.Max:
		return tooLarge
	case s.Min != nil && n < *s.Min:
		return tooSmall
	}
	return 0
}

// must words one constraint as AWS does.
func (s *Shape) must(b breach) string {
	switch b {
	case tooLong:
		return "Member must have length less than or equal to " + strconv.FormatInt(*s.Max, 10)
	case tooShort:
		return "Member must have length greater than or equal to " + strconv.FormatInt(*s.Min, 10)
	case tooLarge:
		return "Member must have value less than or equal to " + strconv.FormatInt(*s.Max, 10)
	case tooSmall:
		return "Member must have value greater than or equal to " + strconv.FormatInt(*s.Min, 10)
	case unmatched:
		return "Member must satisfy regular expression pattern: " + s.Pattern.Text
	default:
		return "Member must satisfy enum value set: [" + strings.Join(s.Enum, ", ") + "]"
	}
}

// all lists the constraints of a scalar shape, as AWS does for the members of a list or map.
func (s *Shape) all() string {
	var texts []string
	for _, b := range breaches {
		if s.has(b) {
			texts = append(texts, s.must(b))
		}
	}
	return strings.Join(texts, ", ")
}

// has reports whether a shape has a constraint.
func (s *Shape) has(b breach) bool {
	numeric := s.Kind == Integer || s.Kind == Long
	switch b {
	case tooLong:
		return s.Max != nil && !numeric
	case tooShort:
		return s.Min != nil && !numeric
	case tooLarge:
		return s.Max != nil && numeric
	case tooSmall:
		return s.Min != nil && numeric
	case unmatched:
		return s.Pattern != nil
	default:
		return s.Enum != nil
	}
}
