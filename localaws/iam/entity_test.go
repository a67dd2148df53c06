package iam

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"aircon/policy"
)

func TestRole(t *testing.T) {
	w := newWorld(t)
	w.do("CreatePolicy", members{"PolicyName": "limit", "PolicyDocument": allowAll})
	created := w.do("CreateRole", members{
		"RoleName": "mwaa", "Path": "/service/", "AssumeRolePolicyDocument": trustEC2, "PermissionsBoundary": ownPolicy + "limit",
		"Tags": []any{members{"Key": "team", "Value": "data"}},
	})
	// As recorded: the answer to a creation has neither a duration that was not asked for nor a last use.
	for path, want := range map[string]any{
		"Role.Arn": "arn:aws:iam::111111111111:role/service/mwaa", "Role.Path": "/service/", "Role.RoleName": "mwaa", "Role.MaxSessionDuration": nil, "Role.RoleLastUsed": nil,
		"Role.AssumeRolePolicyDocument":                   "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22ec2.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D",
		"Role.PermissionsBoundary.PermissionsBoundaryArn": ownPolicy + "limit", "Role.Tags.0.Value": "data",
	} {
		if got := at(created, path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	got := w.do("GetRole", members{"RoleName": "mwaa"})
	if at(got, "Role.MaxSessionDuration") != 3600.0 || at(got, "Role.RoleLastUsed") == nil || at(got, "Role.Tags.0.Key") != "team" {
		t.Errorf("GetRole: %v", got)
	}
	if id := at(got, "Role.RoleId").(string); !strings.HasPrefix(id, "AROA") || len(id) != 21 {
		t.Errorf("id %s", id)
	}
	listed := w.do("ListRoles", members{"PathPrefix": "/service/"})
	if at(listed, "Roles.0.RoleName") != "mwaa" || at(listed, "Roles.0.Tags") != nil || at(listed, "Roles.0.PermissionsBoundary") != nil || at(listed, "IsTruncated") != false {
		t.Errorf("ListRoles: %v", listed)
	}
	w.do("UpdateRole", members{"RoleName": "mwaa", "Description": "tasks", "MaxSessionDuration": 7200})
	w.do("UpdateAssumeRolePolicy", members{"RoleName": "mwaa", "PolicyDocument": strings.ReplaceAll(trustEC2, "ec2", "airflow-env")})
	got = w.do("GetRole", members{"RoleName": "mwaa"})
	if at(got, "Role.Description") != "tasks" || at(got, "Role.MaxSessionDuration") != 7200.0 || !strings.Contains(at(got, "Role.AssumeRolePolicyDocument").(string), "airflow-env") {
		t.Errorf("after the updates: %v", got)
	}

	w.refused("CreateRole", members{"RoleName": "MWAA", "AssumeRolePolicyDocument": trustEC2}, "EntityAlreadyExists: Role with name mwaa already exists.")
	w.refused("GetRole", members{"RoleName": "nobody"}, "NoSuchEntity: The role with name nobody cannot be found.")
	w.refused("DeletePolicy", members{"PolicyArn": ownPolicy + "limit"}, "DeleteConflict: Cannot delete a policy attached to entities.")
	w.do("DeleteRole", members{"RoleName": "mwaa"})
	w.do("DeletePolicy", members{"PolicyArn": ownPolicy + "limit"})
	w.refused("DeleteRole", members{"RoleName": "mwaa"}, "NoSuchEntity: The role with name mwaa cannot be found.")
}

func TestTrustPoliciesAreChecked(t *testing.T) {
	w := newWorld(t)
	w.do("CreateUser", members{"UserName": "etl"})
	trust := func(principal string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":` + principal + `}}`
	}
	for _, c := range []struct{ name, document, want string }{
		{"a user that exists", trust(`{"AWS":"arn:aws:iam::111111111111:user/etl"}`), ""},
		{"the account", trust(`{"AWS":"111111111111"}`), ""},
		{"another account's user", trust(`{"AWS":"arn:aws:iam::222222222222:user/etl"}`), ""},
		{"a user that does not", trust(`{"AWS":"arn:aws:iam::111111111111:user/nobody"}`), `MalformedPolicyDocument: Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:user/nobody"`},
		{"a name", trust(`{"AWS":"etl"}`), `MalformedPolicyDocument: Invalid principal in policy: "AWS":"etl"`},
		{"no principal", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}`, "MalformedPolicyDocument: Missing required field Principal"},
		{"a resource", strings.Replace(trust(`"*"`), `"Effect"`, `"Resource":"*","Effect"`, 1), "MalformedPolicyDocument: Has prohibited field Resource"},
		{"another action", strings.Replace(trust(`"*"`), "sts:AssumeRole", "s3:GetObject", 1), "MalformedPolicyDocument: AssumeRole policy may only specify STS AssumeRole actions."},
		{"no JSON", "{", "MalformedPolicyDocument: This policy contains invalid Json"},
		{"too long", trust(`{"AWS":["` + strings.Repeat(`111111111111","`, 150) + `111111111111"]}`), "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			input := members{"RoleName": newID("r", 8), "AssumeRolePolicyDocument": c.document}
			if c.want == "" {
				w.do("CreateRole", input)
			} else {
				w.refused("CreateRole", input, c.want)
			}
		})
	}
}

func TestUserAndAccessKeys(t *testing.T) {
	w := newWorld(t)
	w.do("CreateUser", members{"UserName": "etl", "Path": "/batch/"})
	made := w.do("CreateAccessKey", members{"UserName": "etl"})
	id, secret := at(made, "AccessKey.AccessKeyId").(string), at(made, "AccessKey.SecretAccessKey").(string)
	if !strings.HasPrefix(id, "AKIA") || len(id) != 20 || len(secret) != 40 || at(made, "AccessKey.Status") != "Active" {
		t.Errorf("key %s of %d characters", id, len(secret))
	}
	w.do("CreateAccessKey", members{"UserName": "etl"})
	w.refused("CreateAccessKey", members{"UserName": "etl"}, "LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2")
	listed := w.do("ListAccessKeys", members{"UserName": "etl", "MaxItems": 1})
	if at(listed, "IsTruncated") != true || at(listed, "AccessKeyMetadata.1") != nil {
		t.Errorf("first page: %v", listed)
	}
	rest := w.do("ListAccessKeys", members{"UserName": "etl", "Marker": at(listed, "Marker")})
	if at(rest, "IsTruncated") != false || at(rest, "AccessKeyMetadata.0.AccessKeyId") == at(listed, "AccessKeyMetadata.0.AccessKeyId") {
		t.Errorf("second page: %v", rest)
	}
	w.refused("DeleteUser", members{"UserName": "etl"}, "DeleteConflict: Cannot delete entity, must delete access keys first.")
	w.refused("DeleteAccessKey", members{"UserName": "etl", "AccessKeyId": "AKIAAAAAAAAAAAAAAAAA"}, "NoSuchEntity: The Access Key with id AKIAAAAAAAAAAAAAAAAA cannot be found.")

	w.caller = policy.Principal{Kind: policy.User, ARN: "arn:aws:iam::111111111111:user/batch/etl", Account: testAccount, Name: "etl"}
	if got := w.do("GetUser", members{}); at(got, "User.Arn") != w.caller.ARN {
		t.Errorf("GetUser of the caller: %v", got)
	}
	w.do("UpdateUser", members{"UserName": "etl", "NewUserName": "loader"})
	if got := w.do("ListAccessKeys", members{"UserName": "loader"}); at(got, "AccessKeyMetadata.1.UserName") != "loader" {
		t.Errorf("keys after the change of name: %v", got)
	}
	w.refused("GetUser", members{"UserName": "etl"}, "NoSuchEntity: The user with name etl cannot be found.")
}

func TestGroups(t *testing.T) {
	w := newWorld(t)
	w.do("CreateGroup", members{"GroupName": "data"})
	w.do("CreateUser", members{"UserName": "etl"})
	w.do("AddUserToGroup", members{"GroupName": "data", "UserName": "etl"})
	w.do("AddUserToGroup", members{"GroupName": "data", "UserName": "etl"})
	if got := w.do("GetGroup", members{"GroupName": "data"}); at(got, "Users.0.UserName") != "etl" || at(got, "Users.1") != nil {
		t.Errorf("GetGroup: %v", got)
	}
	if got := w.do("ListGroupsForUser", members{"UserName": "etl"}); at(got, "Groups.0.GroupName") != "data" {
		t.Errorf("ListGroupsForUser: %v", got)
	}
	w.refused("DeleteGroup", members{"GroupName": "data"}, "DeleteConflict: Cannot delete entity, must remove users from group first.")
	w.refused("AddUserToGroup", members{"GroupName": "none", "UserName": "etl"}, "NoSuchEntity: The group with name none cannot be found.")
	w.do("RemoveUserFromGroup", members{"GroupName": "data", "UserName": "etl"})
	w.do("DeleteGroup", members{"GroupName": "data"})
}

// TestSharedOperations has what users, roles and groups have in common.
func TestSharedOperations(t *testing.T) {
	for _, k := range []*kind{users, roles, groups} {
		t.Run(k.word, func(t *testing.T) {
			w := newWorld(t)
			name := k.title + "Name"
			with := func(more members) members {
				more[name] = "x"
				return more
			}
			w.do("Create"+k.title, with(members{"AssumeRolePolicyDocument": trustEC2}))
			w.do("Put"+k.title+"Policy", with(members{"PolicyName": "b", "PolicyDocument": readOne}))
			w.do("Put"+k.title+"Policy", with(members{"PolicyName": "a", "PolicyDocument": readOne}))
			if got := w.do("List"+k.title+"Policies", with(members{})); fmt.Sprint(at(got, "PolicyNames")) != "[a b]" {
				t.Errorf("inline policies: %v", got)
			}
			if got := w.do("Get"+k.title+"Policy", with(members{"PolicyName": "a"})); at(got, name) != "x" || at(got, "PolicyDocument") != encoded(readOne) {
				t.Errorf("inline policy: %v", got)
			}
			w.refused("Get"+k.title+"Policy", with(members{"PolicyName": "c"}), "NoSuchEntity: The "+k.word+" policy with name c cannot be found.")
			w.refused("Put"+k.title+"Policy", with(members{"PolicyName": "c", "PolicyDocument": "{}"}), "MalformedPolicyDocument: Syntax errors in policy.")
			long := strings.Replace(allowAll, `"*"}`, `"arn:aws:s3:::`+strings.Repeat("x", k.inline)+`"}`, 1)
			w.refused("Put"+k.title+"Policy", with(members{"PolicyName": "c", "PolicyDocument": long}), fmt.Sprintf("LimitExceeded: Maximum policy size of %d bytes exceeded for %s x", k.inline, k.word))

			const readWrite = "arn:aws:iam::aws:policy/SecretsManagerReadWrite"
			w.do("Attach"+k.title+"Policy", with(members{"PolicyArn": readWrite}))
			w.do("Attach"+k.title+"Policy", with(members{"PolicyArn": readWrite}))
			if w.needs[0].Context[0].Value != readWrite || w.needs[0].Sent != k.word+" x" {
				t.Errorf("needs %+v", w.needs)
			}
			if got := w.do("ListAttached"+k.title+"Policies", with(members{})); at(got, "AttachedPolicies.0.PolicyName") != "SecretsManagerReadWrite" || at(got, "AttachedPolicies.1") != nil {
				t.Errorf("attached: %v", got)
			}
			w.refused("Delete"+k.title, with(members{}), "DeleteConflict: Cannot delete entity, must detach all policies first.")
			w.do("Detach"+k.title+"Policy", with(members{"PolicyArn": readWrite}))
			w.refused("Detach"+k.title+"Policy", with(members{"PolicyArn": readWrite}), "NoSuchEntity: Policy "+readWrite+" was not found.")
			w.refused("Delete"+k.title, with(members{}), "DeleteConflict: Cannot delete entity, must delete policies first.")
			w.do("Delete"+k.title+"Policy", with(members{"PolicyName": "a"}))
			w.do("Delete"+k.title+"Policy", with(members{"PolicyName": "b"}))

			for i := range policy.MaxAttached {
				w.do("CreatePolicy", members{"PolicyName": fmt.Sprint("p", i), "PolicyDocument": readOne})
				w.do("Attach"+k.title+"Policy", with(members{"PolicyArn": fmt.Sprint(ownPolicy, "p", i)}))
			}
			w.refused("Attach"+k.title+"Policy", with(members{"PolicyArn": readWrite}), "LimitExceeded: Cannot exceed quota for PoliciesPer"+k.title+": 10")
		})
	}
}

func TestTagsAndBoundaries(t *testing.T) {
	for _, k := range []*kind{users, roles} {
		t.Run(k.word, func(t *testing.T) {
			w := newWorld(t)
			name := k.title + "Name"
			w.do("Create"+k.title, members{name: "x", "AssumeRolePolicyDocument": trustEC2})
			w.do("Tag"+k.title, members{name: "x", "Tags": []any{members{"Key": "Team", "Value": "a"}, members{"Key": "cost", "Value": ""}}})
			w.do("Tag"+k.title, members{name: "x", "Tags": []any{members{"Key": "team", "Value": "b"}}})
			got := w.do("List"+k.title+"Tags", members{name: "x"})
			if at(got, "Tags.1.Key") != "team" || at(got, "Tags.1.Value") != "b" || at(got, "Tags.2") != nil {
				t.Errorf("tags: %v", got)
			}
			w.refused("Tag"+k.title, members{name: "x", "Tags": []any{members{"Key": "a", "Value": ""}, members{"Key": "A", "Value": ""}}}, "InvalidInput: Duplicate tag keys found. Please note that Tag keys are case insensitive.")
			w.do("Untag"+k.title, members{name: "x", "TagKeys": []any{"TEAM"}})
			if got := w.do("List"+k.title+"Tags", members{name: "x"}); at(got, "Tags.1") != nil {
				t.Errorf("tags: %v", got)
			}
			w.refused("Put"+k.title+"PermissionsBoundary", members{name: "x", "PermissionsBoundary": ownPolicy + "none"}, "NoSuchEntity: Scope ARN: "+ownPolicy+"none does not exist or is not attachable.")
			w.do("CreatePolicy", members{"PolicyName": "limit", "PolicyDocument": allowAll})
			w.do("Put"+k.title+"PermissionsBoundary", members{name: "x", "PermissionsBoundary": ownPolicy + "limit"})
			if got := w.do("GetPolicy", members{"PolicyArn": ownPolicy + "limit"}); at(got, "Policy.PermissionsBoundaryUsageCount") != 1.0 || at(got, "Policy.AttachmentCount") != 0.0 {
				t.Errorf("policy: %v", got)
			}
			w.do("Delete"+k.title+"PermissionsBoundary", members{name: "x"})
			if got := w.do("GetPolicy", members{"PolicyArn": ownPolicy + "limit"}); at(got, "Policy.PermissionsBoundaryUsageCount") != 0.0 {
				t.Errorf("policy: %v", got)
			}
		})
	}
}

// TestRenaming asks for permission on what is renamed and on what it will be (API reference, UpdateUser and UpdateGroup).
func TestRenaming(t *testing.T) {
	w := newWorld(t)
	w.do("CreateUser", members{"UserName": "etl", "Path": "/dev/"})
	w.do("CreateGroup", members{"GroupName": "dev"})
	for _, c := range []struct {
		operation string
		in        members
		want      []string
	}{
		{"UpdateUser", members{"UserName": "etl"}, []string{"user/dev/etl"}},
		{"UpdateUser", members{"UserName": "etl", "NewUserName": "admin"}, []string{"user/dev/etl", "user/dev/admin"}},
		{"UpdateUser", members{"UserName": "admin", "NewPath": "/prod/"}, []string{"user/dev/admin", "user/prod/admin"}},
		{"UpdateGroup", members{"GroupName": "dev", "NewGroupName": "ops", "NewPath": "/a/"}, []string{"group/dev", "group/a/ops"}},
	} {
		w.do(c.operation, c.in)
		var got []string
		for _, n := range w.needs {
			if n.Action != "iam:"+c.operation {
				t.Errorf("%s %v asks for %s", c.operation, c.in, n.Action)
			}
			got = append(got, strings.TrimPrefix(n.Resource, "arn:aws:iam::"+testAccount+":"))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %v asks on %v, want %v", c.operation, c.in, got, c.want)
		}
	}
}
