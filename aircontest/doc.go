// Package aircontest gives tests the real things that a connection meets, without an account and without a network.
//
//	NewPostgres  a PostgreSQL server with TLS and SCRAM, from the binaries on this machine
//	NewLocalAWS  Secrets Manager, IAM, STS, KMS and MWAA, in memory, ready within milliseconds
//	NewClock     a clock that the test moves
//
// A test that needs one of them and cannot have it fails and says what to install; none is skipped.
package aircontest
