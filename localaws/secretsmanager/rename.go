package secretsmanager

import "aircon/localaws/op"

// Rename puts another principal in the place of a user's or role's ARN in the policies of all secrets: its new ARN, or when it is gone its
// unique id, which fits nobody who comes later under the same name.
//
// Source: the IAM user guide, "AWS JSON policy elements: Principal", "IAM role principals".
func Rename(c *op.Call, from, to string) error {
	return secrets.Rewrite(c.Tx, func(s *secret) (bool, error) { return s.Policy.Rename(from, to) })
}
