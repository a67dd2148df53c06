// Package plan finds what must change in AWS for a spec to hold, shows it, and changes it.
//
//	Resolve -> Values     the secrets that the spec points at
//	Observe -> Observed   what AWS has, read in n/20 + m/100 calls and a constant
//	Diff    -> Plan       the changes, in order; pure
//	Apply                 carries them out, each an idempotent step
//
// Which function to use when: Make does the first three at once; Apply carries a Plan out, and Wait takes up an update of the environment that is under way.
// Destroy makes the Plan that takes everything back. FromEnvironment goes the other way, from AWS to a spec whose plan is empty.
//
// Rules: what aircon made bears its tags, and nothing else is overwritten or deleted without Options.Adopt; what left the spec is
// deleted only with Options.Prune. Each step says in one AWS call, or in several of which a rerun finds the rest to do, so that whoever kills
// it anywhere and runs it again ends in the same state. Nothing here shows a secret's text: a changed one is (changed).
//
// What is asked of AWS stands in the interfaces of this package; internal/awsapi satisfies them.
package plan
