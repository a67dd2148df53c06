package secretsmanager

import (
	"slices"

	"aircon/localaws/op"
	"aircon/policy"
)

type tagInput struct {
	ref
	Tags []tag
}

func (in *tagInput) keys(keys policy.Context) policy.Context { return tagKeys(keys, in.Tags) }

type empty struct{}

// tagResource adds tags, and changes the values of those that are there.
func (sv *service) tagResource(c *op.Call, in *tagInput) (*empty, error) {
	s, err := in.writable()
	if err != nil {
		return nil, err
	}
	_, err = sv.change(c, s, func(s *secret) error {
		for _, t := range in.Tags {
			if i := slices.IndexFunc(s.Tags, func(o tag) bool { return o.Key == t.Key }); i >= 0 {
				s.Tags[i] = t
			} else {
				s.Tags = append(s.Tags, t)
			}
		}
		return checkTags(s.Tags)
	})
	return &empty{}, err
}

type untagInput struct {
	ref
	TagKeys []string
}

func (in *untagInput) keys(keys policy.Context) policy.Context {
	return append(keys, policy.Many("aws:TagKeys", in.TagKeys...))
}

// untagResource removes tags; those that are not there are no error.
func (sv *service) untagResource(c *op.Call, in *untagInput) (*empty, error) {
	s, err := in.writable()
	if err != nil {
		return nil, err
	}
	_, err = sv.change(c, s, func(s *secret) error {
		s.Tags = slices.DeleteFunc(s.Tags, func(t tag) bool { return slices.Contains(in.TagKeys, t.Key) })
		return nil
	})
	return &empty{}, err
}
