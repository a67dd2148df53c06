package policy

// Covers reports whether the statement is about an action, such as secretsmanager:GetSecretValue, whatever its resources and conditions.
func (s *Statement) Covers(action string) bool {
	q := newQuery(&Request{Action: action}, nil)
	return q.actionMatches(s)
}
