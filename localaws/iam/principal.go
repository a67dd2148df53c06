package iam

import (
	"aircon/localaws/op"
	"aircon/policy"
)

// PrincipalExists reports whether the user or role that a principal of a resource policy names does. Those of other accounts than the caller's, and what is no
// user or role, are taken to exist.
func (*Accounts) PrincipalExists(c *op.Call, p policy.PrincipalElement) (bool, error) {
	return exists(c, p)
}
