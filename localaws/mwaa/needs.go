package mwaa

import (
	"maps"
	"slices"

	"aircon/localaws/op"
	"aircon/policy"
)

// passedTo is the service that iam:PassedToService names, as in the policies that the user guide gives for MWAA.
const passedTo = "airflow.amazonaws.com"

// onEnvironment returns the needs of an operation on the one environment that its input names.
func onEnvironment[In any, P interface {
	*In
	named
}](action string,
) func(*op.Call, *In) ([]op.Need, error) {
	return func(c *op.Call, in *In) ([]op.Need, error) {
		return existing(c, action, P(in).environmentName(), nil)
	}
}

// onUntagged returns the needs of an operation on an environment whose tags policies cannot look at, as the service authorization reference lists
// it.
func onUntagged[In any, P interface {
	*In
	named
}](action string,
) func(*op.Call, *In) ([]op.Need, error) {
	return func(c *op.Call, in *In) ([]op.Need, error) {
		name := P(in).environmentName()
		return []op.Need{{Action: "airflow:" + action, Resource: arn(c, name)}}, nil
	}
}

// existing is the need for an action on an environment, with the tags that it has. A missing environment is needed as well: whether
// it exists is for the operation to say, to those who may know.
func existing(c *op.Call, action, name string, keys policy.Context) ([]op.Need, error) {
	r, ok, err := lookup(c, name)
	if err != nil {
		return nil, err
	}
	if ok && !untagged[action] {
		keys = append(keys, tagContext("aws:ResourceTag/", r.Settled.Environment.Tags)...)
	}
	return []op.Need{{Action: "airflow:" + action, Resource: arn(c, name), Context: keys}}, nil
}

// untagged are the actions on an environment whose requests do not know its tags (Service Authorization Reference, "Amazon Managed
// Workflows for Apache Airflow").
var untagged = map[string]bool{"CreateCliToken": true, "PublishMetrics": true}

func tagContext(prefix string, tags map[string]string) policy.Context {
	var keys policy.Context
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		keys = append(keys, policy.One(prefix+k, tags[k]))
	}
	return keys
}

// requestTags is the context of a request that brings tags.
func requestTags(tags map[string]string) policy.Context {
	if len(tags) == 0 {
		return nil
	}
	return append(tagContext("aws:RequestTag/", tags), policy.Many("aws:TagKeys", slices.Sorted(maps.Keys(tags))...))
}

// passRole is the need to hand a role to the service.
func passRole(c *op.Call, name, roleARN string) op.Need {
	return op.Need{
		Action: "iam:PassRole", Resource: roleARN,
		Context: policy.Context{policy.One("iam:PassedToService", passedTo), policy.One("iam:AssociatedResourceArn", arn(c, name))},
	}
}

func (s *service) createNeeds(c *op.Call, in *createInput) ([]op.Need, error) {
	resource, keys := arn(c, in.Name), requestTags(in.Tags)
	needs := []op.Need{{Action: "airflow:CreateEnvironment", Resource: resource, Context: keys}}
	if len(in.Tags) > 0 {
		needs = append(needs, op.Need{Action: "airflow:TagResource", Resource: resource, Context: keys})
	}
	linked, err := s.roles.LinkedNeeds(c)
	return append(append(needs, passRole(c, in.Name, in.ExecutionRoleArn)), linked...), err
}

func (s *service) updateNeeds(c *op.Call, in *updateInput) ([]op.Need, error) {
	needs, err := existing(c, "UpdateEnvironment", in.Name, nil)
	if err == nil && in.ExecutionRoleArn != "" {
		needs = append(needs, passRole(c, in.Name, in.ExecutionRoleArn))
	}
	return needs, err
}

func listNeeds(*op.Call, *listInput) ([]op.Need, error) {
	return []op.Need{{Action: "airflow:ListEnvironments", Resource: "*"}}, nil
}
