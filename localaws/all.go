package localaws

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"aircon/internal/store"
	"aircon/localaws/iam"
	"aircon/localaws/kms"
	"aircon/localaws/mwaa"
	"aircon/localaws/op"
	"aircon/localaws/secretsmanager"
	"aircon/localaws/sts"
	"aircon/policy"
)

// allServices lists the services over the accounts of IAM. Adding one is a package and a line.
func allServices(accounts *iam.Accounts, o Options) []op.Service {
	keys := kms.New(accounts)
	o.SecretsManager.Log = cmp.Or(o.SecretsManager.Log, o.Log)
	accounts.Organise(func(account string) ([][]policy.Policy, bool) {
		if m := o.Organisation.Of(account); m != nil {
			return m.ServiceControl, true
		}
		return nil, false
	})
	accounts.Linked(linkedTo, environments)
	accounts.Naming(secretsmanager.Rename, kms.Rename)
	return []op.Service{
		accounts.Service(),
		sts.Service(accounts),
		keys.Service(),
		secretsmanager.Service(keys, accounts, o.SecretsManager),
		mwaa.Service(trusts{accounts}, o.MWAA),
	}
}

// environments says for what of MWAA its service-linked role is in use.
func environments(tx store.Tx, account string, now time.Time) (used []iam.Usage, err error) {
	all, err := mwaa.EnvironmentsOf(tx, account, now)
	for _, region := range slices.Sorted(maps.Keys(all)) {
		usage := iam.Usage{Region: region}
		for _, name := range all[region] {
			usage.Resources = append(usage.Resources, "arn:"+partition+":airflow:"+region+":"+account+":environment/"+name)
		}
		used = append(used, usage)
	}
	return used, err
}

// linkedTo is MWAA as the service that its service-linked role is linked to.
const linkedTo = "airflow.amazonaws.com"

// trusts shows MWAA what it must know of roles, and makes its own.
type trusts struct{ *iam.Accounts }

// TrustPolicy returns a role's trust policy, and nil where there is no such role.
func (t trusts) TrustPolicy(tx store.Tx, roleARN string) (*policy.Document, error) {
	role, _, err := t.Role(tx, roleARN)
	return role.Trust, err
}

// LinkedNeeds asks for iam:CreateServiceLinkedRole where the caller's account has no service-linked role for MWAA.
func (t trusts) LinkedNeeds(c *op.Call) ([]op.Need, error) { return t.LinkNeeds(c, linkedTo) }

// MakeLinked makes that role where there is none.
func (t trusts) MakeLinked(c *op.Call) error { return t.Link(c, linkedTo) }
