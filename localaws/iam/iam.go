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
	used     useLog
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
		op.Write("CreateUser", createNeeds[createUserInput](users), createUser),
		op.Read("GetUser", on[nameInput](users, "GetUser"), getUser),
		op.Read("ListUsers", listNeeds("ListUsers", users), listUsers),
		op.Write("UpdateUser", on[updateUserInput](users, "UpdateUser"), updateUser),
		op.Write("DeleteUser", on[nameInput](users, "DeleteUser"), deleteUser),
		op.Write("CreateAccessKey", on[nameInput](users, "CreateAccessKey"), createAccessKey),
		op.Read("ListAccessKeys", on[listOfInput](users, "ListAccessKeys"), listAccessKeys),
		op.Write("UpdateAccessKey", on[accessKeyInput](users, "UpdateAccessKey"), updateAccessKey),
		op.Write("DeleteAccessKey", on[accessKeyInput](users, "DeleteAccessKey"), deleteAccessKey),
		op.Read("GetAccessKeyLastUsed", lastUsedNeeds, a.getAccessKeyLastUsed),

		op.Write("CreateRole", createNeeds[createRoleInput](roles), createRole),
		op.Read("GetRole", on[nameInput](roles, "GetRole"), a.getRole),
		op.Read("ListRoles", listNeeds("ListRoles", roles), listRoles),
		op.Write("UpdateRole", on[updateRoleInput](roles, "UpdateRole"), updateRole).WithResult(),
		op.Write("UpdateRoleDescription", on[updateRoleInput](roles, "UpdateRoleDescription"), a.updateRoleDescription),
		op.Write("UpdateAssumeRolePolicy", on[trustInput](roles, "UpdateAssumeRolePolicy"), updateAssumeRolePolicy),
		op.Write("DeleteRole", on[nameInput](roles, "DeleteRole"), deleteRole),

		op.Write("CreateInstanceProfile", createNeeds[createProfileInput](profiles), createInstanceProfile),
		op.Read("GetInstanceProfile", on[nameInput](profiles, "GetInstanceProfile"), getInstanceProfile),
		op.Read("ListInstanceProfiles", listNeeds("ListInstanceProfiles", profiles), listInstanceProfiles),
		op.Read("ListInstanceProfilesForRole", on[listOfInput](roles, "ListInstanceProfilesForRole"), listInstanceProfilesForRole),
		op.Write("AddRoleToInstanceProfile", addRoleNeeds, addRoleToInstanceProfile),
		op.Write("RemoveRoleFromInstanceProfile", on[nameInput](profiles, "RemoveRoleFromInstanceProfile"), removeRoleFromInstanceProfile),
		op.Write("DeleteInstanceProfile", on[nameInput](profiles, "DeleteInstanceProfile"), deleteInstanceProfile),

		op.Write("CreateServiceLinkedRole", createLinkedNeeds, createServiceLinkedRole),
		op.Write("DeleteServiceLinkedRole", on[nameInput](roles, "DeleteServiceLinkedRole"), a.deleteServiceLinkedRole),
		op.Read("GetServiceLinkedRoleDeletionStatus", deletionNeeds, getServiceLinkedRoleDeletionStatus),

		op.Write("CreateGroup", createNeeds[createGroupInput](groups), createGroup),
		op.Read("GetGroup", on[listOfInput](groups, "GetGroup"), getGroup),
		op.Read("ListGroups", listNeeds("ListGroups", groups), listGroups),
		op.Write("UpdateGroup", on[updateGroupInput](groups, "UpdateGroup"), updateGroup),
		op.Write("DeleteGroup", on[nameInput](groups, "DeleteGroup"), deleteGroup),
		op.Write("AddUserToGroup", on[nameInput](groups, "AddUserToGroup"), addUserToGroup),
		op.Write("RemoveUserFromGroup", on[nameInput](groups, "RemoveUserFromGroup"), removeUserFromGroup),
		op.Read("ListGroupsForUser", on[listOfInput](users, "ListGroupsForUser"), listGroupsForUser),

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

		op.Read("SimulatePrincipalPolicy", onSource[simulatePrincipalInput]("SimulatePrincipalPolicy"), a.simulatePrincipalPolicy),
		op.Read("SimulateCustomPolicy", onAccount[simulation]("SimulateCustomPolicy"), simulateCustomPolicy),
		op.Read("GetContextKeysForPrincipalPolicy", onSource[principalKeysInput]("GetContextKeysForPrincipalPolicy"), getContextKeysForPrincipalPolicy),
		op.Read("GetContextKeysForCustomPolicy", onAccount[contextKeysInput]("GetContextKeysForCustomPolicy"), getContextKeysForCustomPolicy),
		op.Read("GetAccountAuthorizationDetails", onAccount[detailsInput]("GetAccountAuthorizationDetails"), a.getAccountAuthorizationDetails),

		op.Read("GetAccountSummary", onAccount[none]("GetAccountSummary"), getAccountSummary),
		op.Write("CreateAccountAlias", onAccount[aliasInput]("CreateAccountAlias"), createAccountAlias),
		op.Write("DeleteAccountAlias", onAccount[aliasInput]("DeleteAccountAlias"), deleteAccountAlias),
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
	for i := range operations {
		operations[i].Needs = guarded(operations[i].Needs)
		if operations[i].Write {
			operations[i].Do = a.recording(operations[i].Do)
		}
	}
	return op.Service{
		Name: "iam", Protocol: op.Query, APIVersion: "2010-05-08", Namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
		Global: true, Window: 15 * time.Minute, Sentences: sentences,
		Tables:     []store.Schema{entities.Schema(), policies.Schema(), uses.Schema(), keys.Schema(), deletions.Schema(), aliases.Schema(), lastUses.Schema()},
		Operations: operations, Forget: a.Forget,
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

// none is the output of operations that answer nothing.
type none struct{}
