package iam

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"aircon/policy"
	"aircon/policy/reference"
)

// TestConditionKeys calls each operation on things that have tags and a boundary, and finds the condition keys that the service
// authorization reference lists for its action: these, and no others.
func TestConditionKeys(t *testing.T) {
	w := newWorld(t)
	tags := []any{members{"Key": "team", "Value": "data"}}
	w.do("CreatePolicy", members{"PolicyName": "p", "PolicyDocument": readOne, "Tags": tags})
	w.do("CreateUser", members{"UserName": "u", "PermissionsBoundary": ownPolicy + "p", "Tags": tags})
	w.do("CreateRole", members{"RoleName": "r", "PermissionsBoundary": ownPolicy + "p", "AssumeRolePolicyDocument": trustEC2, "Tags": tags})
	w.do("CreateInstanceProfile", members{"InstanceProfileName": "i", "Tags": tags})
	w.do("CreateGroup", members{"GroupName": "g"})
	checked := 0
	for i := range w.service.Operations {
		o := &w.service.Operations[i]
		in := maps.Clone(everything)
		untagged := strings.Contains(o.Name, "ServiceLinkedRole") && o.Name != "DeleteServiceLinkedRole" // of a role that is not there
		for _, what := range []string{"User", "Role", "Group", "InstanceProfile", "Policy"} {
			if o.Name == "Create"+what {
				in[what+"Name"], untagged = "new", true
			}
		}
		if err := w.ask(o, in); err != nil {
			t.Errorf("%s: %v", o.Name, err)
			continue
		}
		for _, n := range w.needs {
			checked++
			if got, want := keysOf(n.Context), referenced(n.Action, n.Resource, untagged); !slices.Equal(got, want) {
				t.Errorf("%s asks for %s with the keys %v, want %v", o.Name, n.Action, got, want)
			}
		}
	}
	if checked < len(w.service.Operations) {
		t.Errorf("%d needs of %d operations", checked, len(w.service.Operations))
	}
}

func keysOf(c policy.Context) (names []string) {
	for _, k := range c {
		if prefix, _, tag := strings.Cut(k.Name, "/"); tag {
			k.Name = prefix + "/${TagKey}"
		}
		names = append(names, k.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// referenced returns the condition keys that the reference has for an action on a resource, which may have no tags.
func referenced(action, resource string, untagged bool) (names []string) {
	a := reference.Lookup(action)
	for _, use := range a.Uses {
		names = append(names, use.Keys...)
		if use.Type != nil && use.Type.Matches(resource) && !untagged {
			names = append(names, use.Type.Keys...)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "iam:AssociatedResourceArn" }) // of nothing that IAM itself passes a role to
	slices.Sort(names)
	return slices.Compact(names)
}
