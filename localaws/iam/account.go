package iam

import (
	"aircon/internal/store"
	"aircon/localaws/op"
	"aircon/policy"
)

// alias is an account's other name. There is one of a name among all accounts.
type alias struct{ Account, Name string }

// aliases holds each alias under its name and under its account.
var aliases = store.Table[alias]{Name: "iam.alias"}

func aliasKey(name string) string      { return store.Key("name", name) }
func accountKey(account string) string { return store.Key("account", account) }

type aliasInput struct{ AccountAlias *string }

// onAccount asks for an action that has no resource.
func onAccount[In any](action string) func(*op.Call, *In) ([]op.Need, error) {
	return func(_ *op.Call, in *In) ([]op.Need, error) {
		return []op.Need{{Action: "iam:" + action, Resource: "*", Sent: "*"}}, nil
	}
}

// createAccountAlias needs iam:CreateAccountAlias. An account has one alias: the new one replaces the old.
func createAccountAlias(c *op.Call, in *aliasInput) (*none, error) {
	taken, err := aliases.Get(c.Tx, aliasKey(*in.AccountAlias))
	if err != nil {
		return nil, err
	}
	if taken != nil {
		return nil, alreadyExists("The account alias %s already exists.", taken.Name)
	}
	old, err := aliases.Get(c.Tx, accountKey(c.Account))
	if err != nil {
		return nil, err
	}
	if old != nil {
		if err := aliases.Delete(c.Tx, aliasKey(old.Name)); err != nil {
			return nil, err
		}
	}
	made := &alias{c.Account, *in.AccountAlias}
	if err := aliases.Put(c.Tx, aliasKey(made.Name), made); err != nil {
		return nil, err
	}
	return &none{}, aliases.Put(c.Tx, accountKey(c.Account), made)
}

// deleteAccountAlias needs iam:DeleteAccountAlias.
func deleteAccountAlias(c *op.Call, in *aliasInput) (*none, error) {
	held, err := aliases.Get(c.Tx, accountKey(c.Account))
	if err != nil {
		return nil, err
	}
	if held == nil || held.Name != *in.AccountAlias {
		return nil, noSuchEntity("The account alias %s does not exist.", *in.AccountAlias)
	}
	if err := aliases.Delete(c.Tx, aliasKey(held.Name)); err != nil {
		return nil, err
	}
	return &none{}, aliases.Delete(c.Tx, accountKey(c.Account))
}

type listAliasesOutput struct {
	AccountAliases []string
	paged
}

// listAccountAliases needs iam:ListAccountAliases.
func listAccountAliases(c *op.Call, in *paging) (*listAliasesOutput, error) {
	held, err := aliases.Get(c.Tx, accountKey(c.Account))
	all := []string{}
	if held != nil {
		all = append(all, held.Name)
	}
	if err != nil {
		return nil, err
	}
	all, paged, err := page(*in, all, func(name string) string { return name })
	return &listAliasesOutput{all, paged}, err
}

type summaryOutput struct{ SummaryMap map[string]int }

// getAccountSummary needs iam:GetAccountSummary. What is not served is counted as nought.
func getAccountSummary(c *op.Call, _ *none) (*summaryOutput, error) {
	all := map[string]int{
		"AccessKeysPerUserQuota": maxKeys, "AccountAccessKeysPresent": 0, "AccountMFAEnabled": 0, "AccountPasswordPresent": 0,
		"AccountSigningCertificatesPresent": 0, "AssumeRolePolicySizeQuota": maxTrust, "AttachedPoliciesPerGroupQuota": policy.MaxAttached,
		"AttachedPoliciesPerRoleQuota": policy.MaxAttached, "AttachedPoliciesPerUserQuota": policy.MaxAttached, "GlobalEndpointTokenVersion": 1,
		"GroupPolicySizeQuota": groups.inline, "GroupsPerUserQuota": maxGroups, "MFADevices": 0, "MFADevicesInUse": 0, "PoliciesQuota": maxPolicies,
		"PolicySizeQuota": policy.MaxManagedSize, "PolicyVersionsInUseQuota": maxVersionsInUse, "Providers": 0, "RolePolicySizeQuota": roles.inline,
		"ServerCertificates": 0, "ServerCertificatesQuota": 20, "SigningCertificatesPerUserQuota": 2, "UserPolicySizeQuota": users.inline,
		"VersionsPerPolicyQuota": maxVersions,
	}
	for _, k := range []*kind{users, groups, roles, profiles} {
		list, err := k.all(c, "/")
		if err != nil {
			return nil, err
		}
		all[k.title+"s"], all[k.title+"sQuota"] = len(list), k.most
	}
	own, err := allPolicies(c, "Local", "/")
	if err != nil {
		return nil, err
	}
	all["Policies"], all["PolicyVersionsInUse"] = len(own), 0
	for _, p := range own {
		all["PolicyVersionsInUse"] += len(p.Versions)
	}
	return &summaryOutput{all}, nil
}
