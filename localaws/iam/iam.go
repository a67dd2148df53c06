// Package iam is local AWS's Identity and Access Management: users with access keys, roles, groups, instance profiles,
// inline and managed policies with versions, permissions boundaries, tags, service-linked roles, the account's alias and
// summary, and the policy simulator. Identity providers, MFA devices, certificates and passwords are not served: their
// operations are unknown to it.
//
// [New] makes the one value that the frame needs: its Service is the table of operations, and it is the op.Directory that
// says who signs and what policies apply to whom. Hand it the store's sealer with Use before the first request.
//
// Users, roles, groups and instance profiles are one type, entity, and what they share (inline policies, attached
// policies, boundary, tags) is written once: a row of the table names the kind. Policies are parsed when they are written, and compiled once for as
// long as nothing that they hang on changes.
//
// Sources: the IAM API reference and user guide (limits: reference_iam-quotas), the constraints of the public service
// model, answers recorded against the live service, and for condition keys the service authorization reference.
package iam

import (
	"sync"
	"sync/atomic"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
)

// Accounts is IAM's state besides the store: what was compiled and opened. Use New.
type Accounts struct {
	sealer   atomic.Pointer[store.Sealer]
	compiled cache[string, *compiled]
	opened   cache[string, *opened]
	linked   map[string]func(store.Tx, string) ([]Usage, error)
}

var _ op.Directory = (*Accounts)(nil)

// New returns an Accounts that has compiled nothing yet.
func New() *Accounts { return new(Accounts) }

// Use sets the sealer that the secrets of access keys are opened with.
func (a *Accounts) Use(s store.Sealer) { a.sealer.Store(&s) }

// cache is a bounded map for concurrent use. It is emptied when it is full: what it holds is quickly made again.
type cache[K comparable, V any] struct {
	mu   sync.RWMutex
	held map[K]V
}

const maxCached = 4096

func (c *cache[K, V]) get(key K) (V, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	v, ok := c.held[key]
	return v, ok
}

func (c *cache[K, V]) put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil || len(c.held) >= maxCached {
		c.held = make(map[K]V)
	}
	c.held[key] = value
}

// Service returns IAM's table of operations.
func (a *Accounts) Service() op.Service {
	operations := []op.Operation{
		op.Write("CreateUser", createNeeds[createUserInput](users, "UserName"), createUser),
		op.Read("GetUser", on[nameInput](users, "GetUser"), getUser),
		op.Read("ListUsers", listNeeds("ListUsers", users), listUsers),
		op.Write("UpdateUser", on[updateUserInput](users, "UpdateUser", "UserName"), updateUser),
		op.Write("DeleteUser", on[nameInput](users, "DeleteUser", "UserName"), deleteUser),
		op.Write("CreateAccessKey", on[nameInput](users, "CreateAccessKey"), createAccessKey),
		op.Read("ListAccessKeys", on[listOfInput](users, "ListAccessKeys"), listAccessKeys),
		op.Write("UpdateAccessKey", on[accessKeyInput](users, "UpdateAccessKey", "AccessKeyId", "Status"), updateAccessKey),
		op.Write("DeleteAccessKey", on[accessKeyInput](users, "DeleteAccessKey", "AccessKeyId"), deleteAccessKey),
		op.Read("GetAccessKeyLastUsed", lastUsedNeeds, getAccessKeyLastUsed),

		op.Write("CreateRole", createNeeds[createRoleInput](roles, "RoleName", "AssumeRolePolicyDocument"), createRole),
		op.Read("GetRole", on[nameInput](roles, "GetRole", "RoleName"), getRole),
		op.Read("ListRoles", listNeeds("ListRoles", roles), listRoles),
		op.Write("UpdateRole", on[updateRoleInput](roles, "UpdateRole", "RoleName"), updateRole).WithResult(),
		op.Write("UpdateRoleDescription", on[updateRoleInput](roles, "UpdateRoleDescription", "RoleName", "Description"), updateRoleDescription),
		op.Write("UpdateAssumeRolePolicy", on[trustInput](roles, "UpdateAssumeRolePolicy", "RoleName", "PolicyDocument"), updateAssumeRolePolicy),
		op.Write("DeleteRole", on[nameInput](roles, "DeleteRole", "RoleName"), deleteRole),

		op.Write("CreateInstanceProfile", createNeeds[createProfileInput](profiles, "InstanceProfileName"), createInstanceProfile),
		op.Read("GetInstanceProfile", on[nameInput](profiles, "GetInstanceProfile", "InstanceProfileName"), getInstanceProfile),
		op.Read("ListInstanceProfiles", listNeeds("ListInstanceProfiles", profiles), listInstanceProfiles),
		op.Read("ListInstanceProfilesForRole", on[listOfInput](roles, "ListInstanceProfilesForRole", "RoleName"), listInstanceProfilesForRole),
		op.Write("AddRoleToInstanceProfile", addRoleNeeds, addRoleToInstanceProfile),
		op.Write("RemoveRoleFromInstanceProfile", on[nameInput](profiles, "RemoveRoleFromInstanceProfile", "InstanceProfileName", "RoleName"), removeRoleFromInstanceProfile),
		op.Write("DeleteInstanceProfile", on[nameInput](profiles, "DeleteInstanceProfile", "InstanceProfileName"), deleteInstanceProfile),

		op.Write("CreateServiceLinkedRole", createLinkedNeeds, createServiceLinkedRole),
		op.Write("DeleteServiceLinkedRole", on[nameInput](roles, "DeleteServiceLinkedRole", "RoleName"), a.deleteServiceLinkedRole),
		op.Read("GetServiceLinkedRoleDeletionStatus", deletionNeeds, getServiceLinkedRoleDeletionStatus),

		op.Write("CreateGroup", createNeeds[createGroupInput](groups, "GroupName"), createGroup),
		op.Read("GetGroup", on[listOfInput](groups, "GetGroup", "GroupName"), getGroup),
		op.Read("ListGroups", listNeeds("ListGroups", groups), listGroups),
		op.Write("UpdateGroup", on[updateGroupInput](groups, "UpdateGroup", "GroupName"), updateGroup),
		op.Write("DeleteGroup", on[nameInput](groups, "DeleteGroup", "GroupName"), deleteGroup),
		op.Write("AddUserToGroup", on[nameInput](groups, "AddUserToGroup", "GroupName", "UserName"), addUserToGroup),
		op.Write("RemoveUserFromGroup", on[nameInput](groups, "RemoveUserFromGroup", "GroupName", "UserName"), removeUserFromGroup),
		op.Read("ListGroupsForUser", on[listOfInput](users, "ListGroupsForUser", "UserName"), listGroupsForUser),

		op.Write("CreatePolicy", createPolicyNeeds, createPolicy),
		op.Read("GetPolicy", onPolicy[policyInput]("GetPolicy"), getPolicy),
		op.Read("ListPolicies", listPoliciesNeeds, listPolicies),
		op.Write("DeletePolicy", onPolicy[policyInput]("DeletePolicy"), deletePolicy),
		op.Write("CreatePolicyVersion", onPolicy[createVersionInput]("CreatePolicyVersion", "PolicyDocument"), createPolicyVersion),
		op.Read("GetPolicyVersion", onPolicy[versionInput]("GetPolicyVersion", "VersionId"), getPolicyVersion),
		op.Read("ListPolicyVersions", onPolicy[listVersionsInput]("ListPolicyVersions"), listPolicyVersions),
		op.Write("SetDefaultPolicyVersion", onPolicy[versionInput]("SetDefaultPolicyVersion", "VersionId"), setDefaultPolicyVersion),
		op.Write("DeletePolicyVersion", onPolicy[versionInput]("DeletePolicyVersion", "VersionId"), deletePolicyVersion),
		op.Read("ListEntitiesForPolicy", onPolicy[listEntitiesInput]("ListEntitiesForPolicy"), listEntitiesForPolicy),
		op.Write("TagPolicy", onPolicy[tagPolicyInput]("TagPolicy", "Tags"), tagPolicy),
		op.Write("UntagPolicy", onPolicy[untagPolicyInput]("UntagPolicy", "TagKeys"), untagPolicy),
		op.Read("ListPolicyTags", onPolicy[listVersionsInput]("ListPolicyTags"), listPolicyTags),

		op.Read("SimulatePrincipalPolicy", simulateNeeds, a.simulatePrincipalPolicy),
		op.Read("SimulateCustomPolicy", onAccount[simulation]("SimulateCustomPolicy", "PolicyInputList", "ActionNames"), simulateCustomPolicy),
		op.Read("GetContextKeysForPrincipalPolicy", principalKeysNeeds, getContextKeysForPrincipalPolicy),
		op.Read("GetContextKeysForCustomPolicy", onAccount[contextKeysInput]("GetContextKeysForCustomPolicy", "PolicyInputList"), getContextKeysForCustomPolicy),
		op.Read("GetAccountAuthorizationDetails", onAccount[detailsInput]("GetAccountAuthorizationDetails"), getAccountAuthorizationDetails),

		op.Read("GetAccountSummary", onAccount[none]("GetAccountSummary"), getAccountSummary),
		op.Write("CreateAccountAlias", onAccount[aliasInput]("CreateAccountAlias", "AccountAlias"), createAccountAlias),
		op.Write("DeleteAccountAlias", onAccount[aliasInput]("DeleteAccountAlias", "AccountAlias"), deleteAccountAlias),
		op.Read("ListAccountAliases", onAccount[paging]("ListAccountAliases"), listAccountAliases),
	}
	operations = append(operations, absences()...)
	for _, k := range []*kind{users, roles, groups} {
		operations = append(operations, holding(k)...)
	}
	for _, k := range []*kind{users, roles} {
		operations = append(operations, bounded(k)...)
	}
	for _, k := range []*kind{users, roles, profiles} {
		operations = append(operations, tagged(k)...)
	}
	return op.Service{
		Name: "iam", Protocol: op.Query, APIVersion: "2010-05-08", Namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
		Global: true, Window: 15 * time.Minute,
		Tables:     []store.Schema{entities.Schema(), policies.Schema(), uses.Schema(), keys.Schema(), deletions.Schema(), aliases.Schema()},
		Operations: operations,
	}
}

// holding are the operations of a kind that holds policies.
func holding(k *kind) []op.Operation {
	w, name := k.title, k.title+"Name"
	return []op.Operation{
		op.Write("Put"+w+"Policy", on[putInlineInput](k, "Put"+w+"Policy", name, "PolicyName", "PolicyDocument"), k.putInline),
		op.Read("Get"+w+"Policy", on[inlineInput](k, "Get"+w+"Policy", name, "PolicyName"), k.getInline),
		op.Write("Delete"+w+"Policy", on[inlineInput](k, "Delete"+w+"Policy", name, "PolicyName"), k.deleteInline),
		op.Read("List"+w+"Policies", on[listOfInput](k, "List"+w+"Policies", name), k.listInline),
		op.Write("Attach"+w+"Policy", on[attachInput](k, "Attach"+w+"Policy", name, "PolicyArn"), k.attach),
		op.Write("Detach"+w+"Policy", on[attachInput](k, "Detach"+w+"Policy", name, "PolicyArn"), k.detach),
		op.Read("ListAttached"+w+"Policies", on[listAttachedInput](k, "ListAttached"+w+"Policies", name), k.listAttached),
	}
}

// bounded are the operations of a kind that a permissions boundary can be set on.
func bounded(k *kind) []op.Operation {
	w, name := k.title, k.title+"Name"
	return []op.Operation{
		op.Write("Put"+w+"PermissionsBoundary", on[boundaryInput](k, "Put"+w+"PermissionsBoundary", name, "PermissionsBoundary"), k.putBoundary),
		op.Write("Delete"+w+"PermissionsBoundary", on[nameInput](k, "Delete"+w+"PermissionsBoundary", name), k.deleteBoundary),
	}
}

// tagged are the operations of a kind that has tags.
func tagged(k *kind) []op.Operation {
	w, name := k.title, k.title+"Name"
	return []op.Operation{
		op.Write("Tag"+w, on[tagInput](k, "Tag"+w, name, "Tags"), k.tag),
		op.Write("Untag"+w, on[untagInput](k, "Untag"+w, name, "TagKeys"), k.untag),
		op.Read("List"+w+"Tags", on[listOfInput](k, "List"+w+"Tags", name), k.listTags),
	}
}

// none is the output of operations that answer nothing.
type none struct{}
