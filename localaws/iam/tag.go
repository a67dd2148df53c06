package iam

import (
	"slices"
	"strings"

	"aircon/localaws/op"
	"aircon/policy"
)

type tagInput struct {
	entityName
	Tags []policy.Tag
}

func (in *tagInput) context() policy.Context { return requestTags(in.Tags) }

type untagInput struct {
	entityName
	TagKeys []string
}

func (in *untagInput) context() policy.Context {
	return policy.Context{policy.Many("aws:TagKeys", in.TagKeys...)}
}

// merge sets tags over others; keys are compared without regard to case, and the new spelling stays.
func merge(tags, more []policy.Tag) ([]policy.Tag, error) {
	if err := uniqueTags(more); err != nil {
		return nil, err
	}
	for _, t := range more {
		tags = append(without(tags, []string{t.Key}), t)
	}
	if len(tags) > maxTags {
		return nil, limitExceeded("The number of tags has reached the maximum limit.")
	}
	return tags, nil
}

// without drops the tags of these keys.
func without(tags []policy.Tag, keys []string) []policy.Tag {
	return slices.DeleteFunc(tags, func(t policy.Tag) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return strings.EqualFold(key, t.Key) })
	})
}

// tag needs iam:TagUser and its like.
func (k *kind) tag(c *op.Call, in *tagInput) (*none, error) {
	return &none{}, k.retouch(c, in, func(e *entity) (err error) {
		e.Tags, err = merge(e.Tags, in.Tags)
		return err
	})
}

// untag needs iam:UntagUser and its like.
func (k *kind) untag(c *op.Call, in *untagInput) (*none, error) {
	return &none{}, k.retouch(c, in, func(e *entity) error {
		e.Tags = without(e.Tags, in.TagKeys)
		return nil
	})
}

type tagsOutput struct {
	Tags []policy.Tag
	paged
}

func pageTags(p paging, tags []policy.Tag) (*tagsOutput, error) {
	sorted := append([]policy.Tag{}, tags...)
	slices.SortFunc(sorted, func(a, b policy.Tag) int { return strings.Compare(a.Key, b.Key) })
	all, paged, err := page(p, sorted, func(t policy.Tag) string { return t.Key })
	return &tagsOutput{all, paged}, err
}

// listTags needs iam:ListUserTags and its like.
func (k *kind) listTags(c *op.Call, in *listOfInput) (*tagsOutput, error) {
	e, err := k.target(c, in)
	if err != nil {
		return nil, err
	}
	return pageTags(in.paging, e.Tags)
}
