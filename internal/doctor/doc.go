// Package doctor walks the chain from a conn_id to an open PostgreSQL session, and says for each connection whether it
// works and, if not, at which arrow it breaks, why, and how to mend it.
//
// It works in two steps. First it looks: [Doctor.Examine] gathers what can be seen of the environment, its execution role,
// the secrets and the databases. Then the checks, which are pure functions of what was seen, turn it into findings; each check is a file
// of its own, which registers it together with its entries of the catalogue. Lint runs the checks that need no AWS on texts and specs alone.
//
// Which to use when: [Doctor.Examine] for connections of an environment that runs; [Text] for the text of one secret;
// [Lookup] and [Catalogue] for what a finding's id means.
//
// It says from where it looks. What it sees with the caller's own credentials and network is "this machine"; what the
// execution role may do is decided by package policy on the role's own policies. What it could not see it calls unchecked,
// and never guesses.
package doctor
