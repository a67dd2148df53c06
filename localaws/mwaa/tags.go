package mwaa

import (
	"maps"
	"slices"
	"strings"

	"aircon/localaws/op"
	"aircon/policy"
)

const maxTags = 50

// nameIn returns the name of the environment that an ARN of the caller's account and region names; another's is not found.
func nameIn(c *op.Call, resource string) (string, error) {
	name := resource[strings.LastIndexByte(resource, '/')+1:]
	if arn(c, name) != resource {
		return "", notFound(name)
	}
	return name, nil
}

func tagNeeds(c *op.Call, in *tagInput) ([]op.Need, error) {
	name, err := nameIn(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return existing(c, "TagResource", name, requestTags(in.Tags))
}

// tag adds tags and replaces those of the same key.
//
// IAM: airflow:TagResource.
func tag(c *op.Call, in *tagInput) (*emptyOutput, error) {
	return retag(c, in.ResourceArn, func(tags map[string]string) error {
		for key := range in.Tags {
			if strings.HasPrefix(strings.ToLower(key), "aws:") {
				return badCombination("Tag keys that start with aws: are reserved.")
			}
		}
		maps.Copy(tags, in.Tags)
		if len(tags) > maxTags {
			return badCombination("An environment has at most 50 tags.")
		}
		return nil
	})
}

func untagNeeds(c *op.Call, in *untagInput) ([]op.Need, error) {
	name, err := nameIn(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	keys := policy.Context{policy.Many("aws:TagKeys", slices.Clone(in.TagKeys)...)}
	return existing(c, "UntagResource", name, keys)
}

// untag removes the tags that are there.
//
// IAM: airflow:UntagResource.
func untag(c *op.Call, in *untagInput) (*emptyOutput, error) {
	return retag(c, in.ResourceArn, func(tags map[string]string) error {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
		return nil
	})
}

// retag changes an environment's tags, also those that an update under way will leave it with.
func retag(c *op.Call, resource string, change func(map[string]string) error) (*emptyOutput, error) {
	name, err := nameIn(c, resource)
	if err != nil {
		return nil, err
	}
	r, err := find(c, name)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(r.Settled.Environment.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	if err := change(tags); err != nil {
		return nil, err
	}
	r.Settled.Environment.Tags = tags
	if r.Next != nil {
		next := *r.Next
		next.Environment.Tags = tags
		r.Next = &next
	}
	return &emptyOutput{}, r.put(c)
}

func listTagsNeeds(c *op.Call, in *listTagsInput) ([]op.Need, error) {
	name, err := nameIn(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return existing(c, "ListTagsForResource", name, nil)
}

// listTags returns an environment's tags.
//
// IAM: airflow:ListTagsForResource.
func listTags(c *op.Call, in *listTagsInput) (*listTagsOutput, error) {
	name, err := nameIn(c, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	r, err := find(c, name)
	if err != nil {
		return nil, err
	}
	return &listTagsOutput{r.Settled.Environment.Tags}, nil
}
