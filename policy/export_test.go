package policy

import "testing"

// What the tests of the cases use, which stand outside of the package: package policycases imports it.

// ReasonOf writes a decision in short.
func ReasonOf(d Decision) string { return reason(d) }

// SecondOf decides by the second evaluation.
func SecondOf(r *Request) Effect {
	effect, _ := second(r)
	return effect
}

// CheckChanges carries out what would change a decision.
func CheckChanges(t testing.TB, r *Request) { checkChanges(t, r) }
