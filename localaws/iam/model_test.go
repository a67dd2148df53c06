package iam

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"aircon/localaws/op"
)

// TestPagesHoldEverythingOnce reads lists page by page while others are made and deleted: what is there all the time comes once, in order.
func TestPagesHoldEverythingOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[a-z]{1,3}`)
		lasting := rapid.SliceOfNDistinct(name, 1, 30, rapid.ID[string]).Draw(t, "lasting")
		all, size := slices.Clone(lasting), rapid.IntRange(1, 10).Draw(t, "page")
		var seen []string
		for in := (paging{MaxItems: &size}); ; {
			slices.Sort(all)
			items, out, err := page(in, slices.Compact(all), func(s string) string { return s })
			if err != nil {
				t.Fatal(err)
			}
			if len(items) > size || out.IsTruncated && len(items) < size || out.IsTruncated != (out.Marker != nil) {
				t.Fatalf("a page of %d has %d items: %+v", size, len(items), out)
			}
			if seen = append(seen, items...); !out.IsTruncated {
				break
			}
			in.Marker = out.Marker
			all = append(slices.Clone(lasting), rapid.SliceOfN(name, 0, 5).Draw(t, "passing")...)
		}
		if !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != len(seen) {
			t.Fatalf("out of order, or twice: %v", seen)
		}
		for _, want := range lasting {
			if !slices.Contains(seen, want) {
				t.Fatalf("%s is missing from %v", want, seen)
			}
		}
	})
}

// TestReferencesStayWhole makes, attaches, binds, renames and deletes at random. Afterwards each use of a policy is known from both sides, as is
// each membership, and nothing refers to what is gone.
func TestReferencesStayWhole(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		name, kinds := rapid.SampledFrom([]string{"a", "b", "C", "c"}), rapid.SampledFrom([]*kind{users, roles, groups})
		call := func(operation string, in members) {
			var refused *op.Error
			if _, err := w.try(operation, in); err != nil && !errors.As(err, &refused) {
				rt.Fatalf("%s %v: %v", operation, in, err)
			}
		}
		on := func(k *kind, more members) members {
			more[k.title+"Name"] = name.Draw(rt, "name")
			return more
		}
		arn := func() string { return ownPolicy + name.Draw(rt, "policy") }
		rt.Repeat(map[string]func(*rapid.T){
			"create": func(rt *rapid.T) {
				k := kinds.Draw(rt, "kind")
				call("Create"+k.title, on(k, members{"AssumeRolePolicyDocument": trustEC2}))
			},
			"create policy": func(rt *rapid.T) {
				call("CreatePolicy", members{"PolicyName": name.Draw(rt, "policy"), "PolicyDocument": readOne})
			},
			"delete policy": func(rt *rapid.T) { call("DeletePolicy", members{"PolicyArn": arn()}) },
			"delete":        func(rt *rapid.T) { k := kinds.Draw(rt, "kind"); call("Delete"+k.title, on(k, members{})) },
			"attach": func(rt *rapid.T) {
				k := kinds.Draw(rt, "kind")
				call("Attach"+k.title+"Policy", on(k, members{"PolicyArn": arn()}))
			},
			"detach": func(rt *rapid.T) {
				k := kinds.Draw(rt, "kind")
				call("Detach"+k.title+"Policy", on(k, members{"PolicyArn": arn()}))
			},
			"bind": func(rt *rapid.T) {
				call("PutUserPermissionsBoundary", on(users, members{"PermissionsBoundary": arn()}))
			},
			"unbind": func(rt *rapid.T) { call("DeleteUserPermissionsBoundary", on(users, members{})) },
			"join":   func(rt *rapid.T) { call("AddUserToGroup", on(users, on(groups, members{}))) },
			"leave":  func(rt *rapid.T) { call("RemoveUserFromGroup", on(users, on(groups, members{}))) },
			"rename user": func(rt *rapid.T) {
				call("UpdateUser", on(users, members{"NewUserName": name.Draw(rt, "new"), "NewPath": "/p/"}))
			},
			"rename group": func(rt *rapid.T) { call("UpdateGroup", on(groups, members{"NewGroupName": name.Draw(rt, "new")})) },
		})
		w.whole(rt)
	})
}

// whole compares what entities say of policies and groups with what those say of them.
func (w *world) whole(t *rapid.T) {
	counts, bounds := map[string]int{}, map[string]int{}
	var of, within []string // memberships, from either side
	for _, k := range []*kind{users, roles, groups} {
		for _, e := range list(w.do("List"+k.title+"s", members{}), k.title+"s") {
			it := members{k.title + "Name": e[k.title+"Name"]}
			for _, p := range list(w.do("ListAttached"+k.title+"Policies", it), "AttachedPolicies") {
				counts[p["PolicyArn"].(string)]++
			}
			switch k {
			case users:
				if arn, ok := at(w.do("GetUser", it), "User.PermissionsBoundary.PermissionsBoundaryArn").(string); ok {
					bounds[arn]++
				}
				for _, g := range list(w.do("ListGroupsForUser", it), "Groups") {
					of = append(of, fmt.Sprint(g["GroupName"], " ", e["UserName"]))
				}
			case groups:
				for _, u := range list(w.do("GetGroup", it), "Users") {
					within = append(within, fmt.Sprint(e["GroupName"], " ", u["UserName"]))
				}
			}
		}
	}
	slices.Sort(of)
	slices.Sort(within)
	if !slices.Equal(of, within) {
		t.Fatalf("users are in %v, groups have %v", of, within)
	}
	for _, p := range list(w.do("ListPolicies", members{"Scope": "Local"}), "Policies") {
		arn := p["Arn"].(string)
		if p["AttachmentCount"] != float64(counts[arn]) || p["PermissionsBoundaryUsageCount"] != float64(bounds[arn]) {
			t.Fatalf("%s is attached to %d and bounds %d: %v", arn, counts[arn], bounds[arn], p)
		}
		uses := w.do("ListEntitiesForPolicy", members{"PolicyArn": arn})
		if n := len(list(uses, "PolicyUsers")) + len(list(uses, "PolicyRoles")) + len(list(uses, "PolicyGroups")); n != counts[arn] {
			t.Fatalf("%s is attached to %d: %v", arn, counts[arn], uses)
		}
		delete(counts, arn)
		delete(bounds, arn)
	}
	if len(counts)+len(bounds) > 0 {
		t.Fatalf("policies that are gone are attached: %v %v", counts, bounds)
	}
}

func list(out members, name string) (all []members) {
	items, _ := out[name].([]any)
	for _, item := range items {
		all = append(all, item.(members))
	}
	return all
}
