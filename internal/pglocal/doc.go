// Package pglocal starts a real PostgreSQL from the binaries found on this machine: for the demo, for tests, and for whoever needs one
// for an hour.
//
// [Find] looks for binaries and, where there are none, says what to install on this very system. [Start] gives a
// [Server]: TLS with its own CA, SCRAM-SHA-256, on 127.0.0.1 only, in about a second. It works as root too, by running PostgreSQL as
// another user, and the server is gone when this process ends, even by kill -9 (package supervise).
//
// What a server directory holds:
//
//	data/           PostgreSQL's own
//	tls/ca.pem      the CA that signed server.pem; made anew at each start, the CA's key stays in memory
//	socket/         the Unix socket (elsewhere where this path is too long for one)
//	lock            held by the process that runs the server
//	server.log      what PostgreSQL writes to its standard error
//	superuser       the superuser's password, mode 0600
package pglocal
