package kms

import "aircon/localaws/op"

// Rename puts another principal in the place of a user's or role's ARN in the policies of all keys and in all grants: its new ARN, or when it
// is gone its unique id, which fits nobody who comes later under the same name.
//
// Source: the IAM user guide, "AWS JSON policy elements: Principal", "IAM role principals".
func Rename(c *op.Call, from, to string) error {
	if err := keys.Rewrite(c.Tx, func(k *key) (bool, error) { return k.Policy.Rename(from, to) }); err != nil {
		return err
	}
	return grants.Rewrite(c.Tx, func(g *grant) (bool, error) {
		for _, principal := range []*string{&g.Grantee, &g.Retiring} {
			if *principal == from {
				*principal = to
			}
		}
		return g.Policy.Rename(from, to)
	})
}
