// Package explain turns a decision of package policy into what a person or a program reads: allowed or denied, by which statement, what each
// policy that took part said, AWS's own text for the refusal, and what would change the answer, with the edited policy as JSON. It is pure.
//
//   - Of answers a request.
//   - Read makes the request of a secret, with the condition keys that Secrets Manager gives it; Decrypt that of the secret's key, which
//     Secrets Manager asks for on the caller's behalf.
package explain
