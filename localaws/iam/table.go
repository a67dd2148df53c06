package iam

import (
	"slices"

	"aircon/localaws/op"
)

// operations returns the rows of IAM's table.
func (a *Accounts) operations() []op.Operation {
	all := slices.Concat(
		a.ofUsers(), a.ofRoles(), a.ofProfiles(), a.ofLinkedRoles(), a.ofGroups(), a.ofPolicies(), a.ofSimulation(), a.ofAccount(), absences(),
	)
	for _, k := range []*kind{users, roles, groups} {
		all = append(all, holding(k)...)
	}
	for _, k := range []*kind{users, roles} {
		all = append(all, bounded(k)...)
	}
	for _, k := range []*kind{users, roles, profiles} {
		all = append(all, tagged(k)...)
	}
	for i := range all {
		all[i].Needs = guarded(all[i].Needs)
		if all[i].Write {
			all[i].Do = a.recording(all[i].Do)
		}
	}
	return all
}

// ofUsers are the operations of users and their access keys.
func (a *Accounts) ofUsers() []op.Operation {
	return []op.Operation{
		op.Write("CreateUser", createNeeds[createUserInput](users), createUser),
		op.Read("GetUser", on[nameInput](users, "GetUser"), getUser),
		op.Read("ListUsers", listNeeds("ListUsers", users), listUsers),
		op.Write("UpdateUser", renaming[updateUserInput](users, "UpdateUser"), a.updateUser),
		op.Write("DeleteUser", on[nameInput](users, "DeleteUser"), a.deleteUser),
		op.Write("CreateAccessKey", on[nameInput](users, "CreateAccessKey"), createAccessKey),
		op.Read("ListAccessKeys", on[listOfInput](users, "ListAccessKeys"), listAccessKeys),
		op.Write("UpdateAccessKey", on[accessKeyInput](users, "UpdateAccessKey"), updateAccessKey),
		op.Write("DeleteAccessKey", on[accessKeyInput](users, "DeleteAccessKey"), deleteAccessKey),
		op.Read("GetAccessKeyLastUsed", lastUsedNeeds, a.getAccessKeyLastUsed),
	}
}

// ofRoles are the operations of roles.
func (a *Accounts) ofRoles() []op.Operation {
	return []op.Operation{
		op.Write("CreateRole", createNeeds[createRoleInput](roles), createRole),
		op.Read("GetRole", on[nameInput](roles, "GetRole"), a.getRole),
		op.Read("ListRoles", listNeeds("ListRoles", roles), listRoles),
		op.Write("UpdateRole", on[updateRoleInput](roles, "UpdateRole"), updateRole).WithResult(),
		op.Write("UpdateRoleDescription", on[updateRoleInput](roles, "UpdateRoleDescription"), a.updateRoleDescription),
		op.Write("UpdateAssumeRolePolicy", on[trustInput](roles, "UpdateAssumeRolePolicy"), updateAssumeRolePolicy),
		op.Write("DeleteRole", on[nameInput](roles, "DeleteRole"), a.deleteRole),
	}
}

// ofProfiles are the operations of instance profiles.
func (a *Accounts) ofProfiles() []op.Operation {
	return []op.Operation{
		op.Write("CreateInstanceProfile", createNeeds[createProfileInput](profiles), createInstanceProfile),
		op.Read("GetInstanceProfile", on[nameInput](profiles, "GetInstanceProfile"), getInstanceProfile),
		op.Read("ListInstanceProfiles", listNeeds("ListInstanceProfiles", profiles), listInstanceProfiles),
		op.Read("ListInstanceProfilesForRole", on[listOfInput](roles, "ListInstanceProfilesForRole"), listInstanceProfilesForRole),
		op.Write("AddRoleToInstanceProfile", addRoleNeeds, addRoleToInstanceProfile),
		op.Write("RemoveRoleFromInstanceProfile", on[nameInput](profiles, "RemoveRoleFromInstanceProfile"), removeRoleFromInstanceProfile),
		op.Write("DeleteInstanceProfile", on[nameInput](profiles, "DeleteInstanceProfile"), deleteInstanceProfile),
	}
}

// ofLinkedRoles are the operations of service-linked roles.
func (a *Accounts) ofLinkedRoles() []op.Operation {
	return []op.Operation{
		op.Write("CreateServiceLinkedRole", createLinkedNeeds, createServiceLinkedRole),
		op.Write("DeleteServiceLinkedRole", on[nameInput](roles, "DeleteServiceLinkedRole"), a.deleteServiceLinkedRole),
		op.Read("GetServiceLinkedRoleDeletionStatus", deletionNeeds, getServiceLinkedRoleDeletionStatus),
	}
}

// ofGroups are the operations of groups.
func (a *Accounts) ofGroups() []op.Operation {
	return []op.Operation{
		op.Write("CreateGroup", createNeeds[createGroupInput](groups), createGroup),
		op.Read("GetGroup", on[listOfInput](groups, "GetGroup"), getGroup),
		op.Read("ListGroups", listNeeds("ListGroups", groups), listGroups),
		op.Write("UpdateGroup", renaming[updateGroupInput](groups, "UpdateGroup"), updateGroup),
		op.Write("DeleteGroup", on[nameInput](groups, "DeleteGroup"), deleteGroup),
		op.Write("AddUserToGroup", on[nameInput](groups, "AddUserToGroup"), addUserToGroup),
		op.Write("RemoveUserFromGroup", on[nameInput](groups, "RemoveUserFromGroup"), removeUserFromGroup),
		op.Read("ListGroupsForUser", on[listOfInput](users, "ListGroupsForUser"), listGroupsForUser),
	}
}

// ofPolicies are the operations of managed policies.
func (a *Accounts) ofPolicies() []op.Operation {
	return []op.Operation{
		op.Write("CreatePolicy", createPolicyNeeds, createPolicy),
		op.Read("GetPolicy", onPolicy[policyInput]("GetPolicy"), getPolicy),
		op.Read("ListPolicies", listPoliciesNeeds, listPolicies),
		op.Write("DeletePolicy", onPolicy[policyInput]("DeletePolicy"), deletePolicy),
		op.Write("CreatePolicyVersion", onPolicy[createVersionInput]("CreatePolicyVersion"), createPolicyVersion),
		op.Read("GetPolicyVersion", onPolicy[versionInput]("GetPolicyVersion"), getPolicyVersion),
		op.Read("ListPolicyVersions", onPolicy[listVersionsInput]("ListPolicyVersions"), listPolicyVersions),
		op.Write("SetDefaultPolicyVersion", onPolicy[versionInput]("SetDefaultPolicyVersion"), setDefaultPolicyVersion),
		op.Write("DeletePolicyVersion", onPolicy[versionInput]("DeletePolicyVersion"), deletePolicyVersion),
		op.Read("ListEntitiesForPolicy", onPolicy[listEntitiesInput]("ListEntitiesForPolicy"), listEntitiesForPolicy),
		op.Write("TagPolicy", onPolicy[tagPolicyInput]("TagPolicy"), tagPolicy),
		op.Write("UntagPolicy", onPolicy[untagPolicyInput]("UntagPolicy"), untagPolicy),
		op.Read("ListPolicyTags", onPolicy[listVersionsInput]("ListPolicyTags"), listPolicyTags),
	}
}

// ofSimulation are the operations of the simulators, and of what tells all at once.
func (a *Accounts) ofSimulation() []op.Operation {
	return []op.Operation{
		op.Read("SimulatePrincipalPolicy", onSource[simulatePrincipalInput]("SimulatePrincipalPolicy"), a.simulatePrincipalPolicy),
		op.Read("SimulateCustomPolicy", onAccount[simulation]("SimulateCustomPolicy"), simulateCustomPolicy),
		op.Read("GetContextKeysForPrincipalPolicy", onSource[principalKeysInput]("GetContextKeysForPrincipalPolicy"), getContextKeysForPrincipalPolicy),
		op.Read("GetContextKeysForCustomPolicy", onAccount[contextKeysInput]("GetContextKeysForCustomPolicy"), getContextKeysForCustomPolicy),
		op.Read("GetAccountAuthorizationDetails", onAccount[detailsInput]("GetAccountAuthorizationDetails"), a.getAccountAuthorizationDetails),
	}
}

// ofAccount are the operations of the account.
func (a *Accounts) ofAccount() []op.Operation {
	return []op.Operation{
		op.Read("GetAccountSummary", onAccount[none]("GetAccountSummary"), getAccountSummary),
		op.Write("CreateAccountAlias", onAccount[aliasInput]("CreateAccountAlias"), createAccountAlias),
		op.Write("DeleteAccountAlias", onAccount[aliasInput]("DeleteAccountAlias"), deleteAccountAlias),
		op.Read("ListAccountAliases", onAccount[paging]("ListAccountAliases"), listAccountAliases),
	}
}

// holding are the operations of a kind that holds policies.
func holding(k *kind) []op.Operation {
	w := k.title
	return []op.Operation{
		op.Write("Put"+w+"Policy", on[putInlineInput](k, "Put"+w+"Policy"), k.putInline),
		op.Read("Get"+w+"Policy", on[inlineInput](k, "Get"+w+"Policy"), k.getInline),
		op.Write("Delete"+w+"Policy", on[inlineInput](k, "Delete"+w+"Policy"), k.deleteInline),
		op.Read("List"+w+"Policies", on[listOfInput](k, "List"+w+"Policies"), k.listInline),
		op.Write("Attach"+w+"Policy", on[attachInput](k, "Attach"+w+"Policy"), k.attach),
		op.Write("Detach"+w+"Policy", on[attachInput](k, "Detach"+w+"Policy"), k.detach),
		op.Read("ListAttached"+w+"Policies", on[listAttachedInput](k, "ListAttached"+w+"Policies"), k.listAttached),
	}
}

// bounded are the operations of a kind that a permissions boundary can be set on.
func bounded(k *kind) []op.Operation {
	w := k.title
	return []op.Operation{
		op.Write("Put"+w+"PermissionsBoundary", on[boundaryInput](k, "Put"+w+"PermissionsBoundary"), k.putBoundary),
		op.Write("Delete"+w+"PermissionsBoundary", on[nameInput](k, "Delete"+w+"PermissionsBoundary"), k.deleteBoundary),
	}
}

// tagged are the operations of a kind that has tags.
func tagged(k *kind) []op.Operation {
	w := k.title
	return []op.Operation{
		op.Write("Tag"+w, on[tagInput](k, "Tag"+w), k.tag),
		op.Write("Untag"+w, on[untagInput](k, "Untag"+w), k.untag),
		op.Read("List"+w+"Tags", on[listOfInput](k, "List"+w+"Tags"), k.listTags),
	}
}
