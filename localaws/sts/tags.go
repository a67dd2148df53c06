package sts

import (
	"slices"
	"strings"

	"aircon/localaws/op"
	"aircon/policy"
)

func badTags(message string) *op.Error {
	return &op.Error{Code: "InvalidParameterValue", Message: message}
}

// uniqueTags refuses keys that differ in case only.
func uniqueTags(tags []policy.Tag) error {
	keys := map[string]bool{}
	for _, tag := range tags {
		key := strings.ToLower(tag.Key)
		if keys[key] {
			return badTags("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
		}
		keys[key] = true
	}
	return nil
}

// requestTags are the condition keys of tags that a session is asked to have.
func requestTags(tags []policy.Tag) policy.Context {
	if len(tags) == 0 {
		return nil
	}
	var keys policy.Context
	names := make([]string, 0, len(tags))
	for _, tag := range tags {
		names = append(names, tag.Key)
		keys = append(keys, policy.One("aws:RequestTag/"+tag.Key, tag.Value))
	}
	return append(keys, policy.Many("aws:TagKeys", names...))
}

// inherited returns the transitive tags of the caller's session.
func inherited(c *op.Call) []policy.Tag {
	s := c.Identity.Session
	if s == nil {
		return nil
	}
	var tags []policy.Tag
	for _, tag := range s.Tags {
		if hasKey(s.Transitive, tag.Key) {
			tags = append(tags, tag)
		}
	}
	return tags
}

func hasKey(keys []string, key string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, key) })
}

// names returns the keys of tags.
func names(tags []policy.Tag) []string {
	var all []string
	for _, tag := range tags {
		all = append(all, tag.Key)
	}
	return all
}
