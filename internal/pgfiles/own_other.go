//go:build !unix

package pgfiles

// isOwn says no: no program runs as a task would where there are no attendants (package attend).
func isOwn(string) bool { return false }
