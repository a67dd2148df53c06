package iam

import "testing"

func TestInstanceProfile(t *testing.T) {
	w := newWorld(t)
	w.do("CreateRole", members{"RoleName": "web", "AssumeRolePolicyDocument": trustEC2})
	w.do("CreateRole", members{"RoleName": "other", "AssumeRolePolicyDocument": trustEC2})
	created := w.do("CreateInstanceProfile", members{"InstanceProfileName": "web", "Path": "/app/", "Tags": []any{members{"Key": "team", "Value": "data"}}})
	if at(created, "InstanceProfile.Arn") != "arn:aws:iam::111111111111:instance-profile/app/web" || at(created, "InstanceProfile.Roles.0") != nil {
		t.Errorf("created %v", created)
	}
	w.refused("CreateInstanceProfile", members{"InstanceProfileName": "WEB"}, "EntityAlreadyExists: Instance Profile web already exists.")
	w.refused("GetInstanceProfile", members{"InstanceProfileName": "none"}, "NoSuchEntity: Instance Profile none cannot be found.")

	both := members{"InstanceProfileName": "web", "RoleName": "web"}
	w.do("AddRoleToInstanceProfile", both)
	if len(w.needs) != 2 || w.needs[1].Action != "iam:PassRole" || w.needs[1].Resource != "arn:aws:iam::111111111111:role/web" {
		t.Errorf("needs %v", w.needs)
	}
	w.refused("AddRoleToInstanceProfile", members{"InstanceProfileName": "web", "RoleName": "other"}, "LimitExceeded: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
	w.refused("AddRoleToInstanceProfile", members{"InstanceProfileName": "web", "RoleName": "none"}, "NoSuchEntity: The role with name none cannot be found.")
	got := w.do("GetInstanceProfile", members{"InstanceProfileName": "web"})
	if at(got, "InstanceProfile.Roles.0.RoleName") != "web" || at(got, "InstanceProfile.Tags.0.Key") != "team" {
		t.Errorf("got %v", got)
	}
	listed := w.do("ListInstanceProfilesForRole", members{"RoleName": "web"})
	if at(listed, "InstanceProfiles.0.InstanceProfileName") != "web" || at(listed, "IsTruncated") != false || at(listed, "InstanceProfiles.0.Tags") != nil {
		t.Errorf("listed %v", listed)
	}
	if got := w.do("ListInstanceProfilesForRole", members{"RoleName": "other"}); at(got, "InstanceProfiles.0") != nil {
		t.Errorf("another role's: %v", got)
	}
	details := w.do("GetAccountAuthorizationDetails", members{"Filter": []any{"Role"}})
	if at(details, "RoleDetailList.1.InstanceProfileList.0.InstanceProfileName") != "web" || at(details, "RoleDetailList.0.InstanceProfileList.0") != nil {
		t.Errorf("details %v", details)
	}

	w.refused("DeleteRole", members{"RoleName": "web"}, "DeleteConflict: Cannot delete entity, must remove roles from instance profile first.")
	w.refused("DeleteInstanceProfile", members{"InstanceProfileName": "web"}, "DeleteConflict: Cannot delete entity, must remove roles from instance profile first.")
	w.do("RemoveRoleFromInstanceProfile", both)
	w.refused("RemoveRoleFromInstanceProfile", both, "NoSuchEntity: The role with name web cannot be found.")
	w.do("DeleteRole", members{"RoleName": "web"})
	w.do("DeleteInstanceProfile", members{"InstanceProfileName": "web"})
}
