package kms

import (
	"slices"
	"strings"

	"aircon/localaws/op"
	"aircon/policy"
)

type tagInput struct {
	KeyId string
	Tags  []tag
}

func (in *tagInput) keyID() string { return in.KeyId }

func tagNeeds(c *op.Call, in *tagInput) ([]op.Need, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	return target("TagResource", func(in *tagInput) policy.Context { return tagKeys(in.Tags) })(c, in)
}

func tagResource(c *op.Call, in *tagInput) (*empty, error) {
	_, err := change(c, in.KeyId, func(k *key) error {
		k.Tags = setTags(k.Tags, in.Tags)
		if err := checkTags(k.Tags); err != nil {
			return err
		}
		return k.kept()
	})
	return &empty{}, err
}

type untagInput struct {
	KeyId   string
	TagKeys []string
}

func (in *untagInput) keyID() string { return in.KeyId }

func untagNeeds(c *op.Call, in *untagInput) ([]op.Need, error) {
	return target("UntagResource", func(in *untagInput) policy.Context {
		return policy.Context{policy.Many("aws:TagKeys", in.TagKeys...)}
	})(c, in)
}

func untagResource(c *op.Call, in *untagInput) (*empty, error) {
	_, err := change(c, in.KeyId, func(k *key) error {
		k.Tags = slices.DeleteFunc(slices.Clone(k.Tags), func(t tag) bool { return slices.Contains(in.TagKeys, t.TagKey) })
		return k.kept()
	})
	return &empty{}, err
}

type listTagsInput struct {
	pageInput
	KeyId string
}

func (in *listTagsInput) keyID() string { return in.KeyId }

type listTagsOutput struct {
	Tags []tag
	pageOutput
}

// listResourceTags needs kms:ListResourceTags. It answers the tags in the order of their keys.
func listResourceTags(c *op.Call, in *listTagsInput) (*listTagsOutput, error) {
	k, _, err := find(c, in.KeyId)
	if err != nil {
		return nil, err
	}
	tags := append([]tag{}, k.Tags...)
	slices.SortFunc(tags, func(a, b tag) int { return strings.Compare(a.TagKey, b.TagKey) })
	out := &listTagsOutput{}
	out.Tags, out.pageOutput = page(tags, in.pageInput, maxTags, func(t tag) string { return t.TagKey })
	return out, nil
}
