package kms

import (
	"aircon/localaws/op"
	"aircon/policy"
)

type policyInput struct {
	KeyId      string
	PolicyName string
}

func (in *policyInput) keyID() string { return in.KeyId }

type policyOutput struct{ Policy, PolicyName string }

func getKeyPolicy(c *op.Call, in *policyInput) (*policyOutput, error) {
	if err := checkPolicyName(in.PolicyName); err != nil {
		return nil, err
	}
	k, _, err := find(c, in.KeyId)
	if err != nil {
		return nil, err
	}
	return &policyOutput{k.Policy.Text(), "default"}, nil
}

type putPolicyInput struct {
	KeyId                          string
	PolicyName                     string
	Policy                         string
	BypassPolicyLockoutSafetyCheck bool
}

func (in *putPolicyInput) keyID() string { return in.KeyId }

func putPolicyNeeds(c *op.Call, in *putPolicyInput) ([]op.Need, error) {
	return target("PutKeyPolicy", func(in *putPolicyInput) policy.Context {
		return policy.Context{bypasses(in.BypassPolicyLockoutSafetyCheck)}
	})(c, in)
}

// putKeyPolicy needs kms:PutKeyPolicy.
func (ks *Keys) putKeyPolicy(c *op.Call, in *putPolicyInput) (*empty, error) {
	if err := checkPolicyName(in.PolicyName); err != nil {
		return nil, err
	}
	d, err := ks.readPolicy(c, in.Policy)
	if err != nil {
		return nil, err
	}
	_, err = change(c, in.KeyId, func(k *key) error {
		k.Policy = d
		if in.BypassPolicyLockoutSafetyCheck {
			return nil
		}
		return k.keepable(c)
	})
	return &empty{}, err
}

// keepable is the lockout safety check: whoever gives a key its policy must be allowed by it to change it again.
//
// Source: the KMS API reference, PutKeyPolicy, BypassPolicyLockoutSafetyCheck.
func (k *key) keepable(c *op.Call) error {
	n, err := k.need(c, use{action: "PutKeyPolicy", keys: policy.Context{bypasses(false)}})
	if err != nil {
		return err
	}
	n.Denied = lockedOut()
	return c.Authorize(n)
}

type listPoliciesInput struct {
	pageInput
	KeyId string
}

func (in *listPoliciesInput) keyID() string { return in.KeyId }

type listPoliciesOutput struct {
	PolicyNames []string
	pageOutput
}

// listKeyPolicies needs kms:ListKeyPolicies. A key has one policy, default.
func listKeyPolicies(c *op.Call, in *listPoliciesInput) (*listPoliciesOutput, error) {
	out := &listPoliciesOutput{}
	if _, _, err := find(c, in.KeyId); err != nil {
		return nil, err
	}
	out.PolicyNames, out.pageOutput = page([]string{"default"}, in.pageInput, 100, func(name string) string { return name })
	return out, nil
}
