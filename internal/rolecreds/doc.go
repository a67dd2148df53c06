// Package rolecreds hands a role's temporary credentials to programs, and nothing else of AWS's.
//
//   - Credentials.Env is what a program gets that ends before they expire.
//   - Listen serves them on loopback as ECS's container credentials endpoint does for MWAA's containers, renewed in time for as long as the
//     program runs. Endpoint.Env is what points every AWS SDK at it.
//
// Where the credentials come from is the caller's affair (Source): sts:AssumeRole, or the caller's own.
package rolecreds
