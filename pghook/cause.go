package pghook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// Cause is what stands in the way of a session, as far as the answer tells. Each asks for another mend.
type Cause string

// The causes. The zero value says that the answer is none of these.
const (
	CauseUnresolved Cause = "the name does not resolve"
	CauseRefused    Cause = "nobody listens at the port"
	CauseSilent     Cause = "the port takes the connection and says nothing"
	CauseForeign    Cause = "what listens does not speak PostgreSQL's protocol"

	CauseNoTLS        Cause = "the server has no TLS"
	CauseNoCA         Cause = "the CA's certificates are not there"
	CauseUnknownCA    Cause = "another CA signed the certificate"
	CauseExpired      Cause = "the certificate's time is over, or has not come"
	CauseOtherHost    Cause = "the certificate is another host's"
	CauseTLSVersion   Cause = "no TLS version that both sides take"
	CausePassword     Cause = "the login is refused" // 28P01: password, role, its time, or no password
	CauseNoRole       Cause = "the role does not exist"
	CauseNoLogin      Cause = "the role may not log in"
	CauseHBA          Cause = "pg_hba.conf refuses"
	CauseNoDatabase   Cause = "the database does not exist"
	CauseNoConnect    Cause = "no privilege to connect to the database"
	CauseServerFull   Cause = "the server's connections are used up"
	CauseRoleFull     Cause = "the role's connections are used up"
	CauseDatabaseFull Cause = "the database's connections are used up"
	CauseStarting     Cause = "the server is starting or recovers"
	CauseStopping     Cause = "the server is shutting down"
)

// answers tells PostgreSQL's refusals apart. The routine is the C function that refused, and no translation changes it; a pooler has none, and
// so the message counts too (src/backend: utils/init/miscinit.c and postinit.c, libpq/auth.c, postmaster/postmaster.c). An
// empty routine and message fit every answer with the SQLSTATE.
var answers = []struct {
	state, routine, message string
	cause                   Cause
}{
	{"28P01", "", "", CausePassword},
	{"28000", "", "does not exist", CauseNoRole},
	{"28000", "InitializeSessionUserId", "is not permitted to log in", CauseNoLogin},
	{"28000", "", "client certificate", ""},
	{"28000", "ClientAuthentication", "pg_hba.conf", CauseHBA},
	{"3D000", "", "", CauseNoDatabase},
	{"42501", "CheckMyDatabase", "permission denied for database", CauseNoConnect},
	{"53300", "InitializeSessionUserId", "for role", CauseRoleFull},
	{"53300", "CheckMyDatabase", "for database", CauseDatabaseFull},
	{"53300", "", "", CauseServerFull},
	{"57P01", "", "", CauseStopping},
	{"57P02", "", "", CauseStopping},
	{"57P03", "", "shutting down", CauseStopping},
	{"57P03", "", "", CauseStarting},
}

// answered is the cause of a refusal of PostgreSQL's.
func answered(e *pgconn.PgError) Cause {
	for _, a := range answers {
		if a.state != e.Code {
			continue
		}
		any := a.routine == "" && a.message == ""
		if any || a.routine != "" && a.routine == e.Routine || a.message != "" && strings.Contains(e.Message, a.message) {
			return a.cause
		}
	}
	return ""
}

// causeOf is the cause of a failed attempt: err is its error, phase how far it came, and greeting the first bytes that the other side sent.
func causeOf(err error, phase Phase, greeting []byte) Cause {
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) {
		return answered(refused)
	}
	switch phase {
	case PhaseResolve:
		if e := (*net.DNSError)(nil); errors.As(err, &e) {
			return CauseUnresolved
		}
	case PhaseConnect:
		if errors.Is(err, syscall.ECONNREFUSED) {
			return CauseRefused
		}
	case PhaseTLS, PhaseLogin:
		switch {
		case len(greeting) == 0 && timedOut(err):
			return CauseSilent
		case foreign(phase, greeting, err):
			return CauseForeign
		case phase == PhaseTLS && string(greeting) == "N":
			return CauseNoTLS
		}
		return certificateCause(err)
	}
	return ""
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// foreign reports whether the first bytes are none of PostgreSQL's: libpq takes S, N and E in answer to the request for TLS, and an
// authentication request, an error or a negotiation of the protocol's version in answer to the startup message (fe-connect.c,
// PQconnectPoll). Ending the connection without a byte is no answer of PostgreSQL's either.
func foreign(phase Phase, greeting []byte, err error) bool {
	if len(greeting) == 0 {
		return !errors.Is(err, context.Canceled)
	}
	if phase == PhaseLogin {
		return !strings.ContainsRune("SREv", rune(greeting[0]))
	}
	var record tls.RecordHeaderError
	return !strings.ContainsRune("SNE", rune(greeting[0])) || errors.As(err, &record)
}

// certificateCause is the cause of a handshake that failed.
func certificateCause(err error) Cause {
	var (
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		host    x509.HostnameError
	)
	switch {
	case errors.As(err, &unknown):
		return CauseUnknownCA
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return CauseExpired
	case errors.As(err, &host):
		return CauseOtherHost
	case err != nil && strings.Contains(err.Error(), "protocol version"): // the alert protocol_version, ours or theirs, has no type of its own
		return CauseTLSVersion
	}
	return ""
}

// presented is the certificate that did not verify, or nil.
func presented(err error) *x509.Certificate {
	var failed *tls.CertificateVerificationError
	if errors.As(err, &failed) && len(failed.UnverifiedCertificates) > 0 {
		return failed.UnverifiedCertificates[0]
	}
	return nil
}

// greeted is a connection whose first bytes from the other side are kept.
type greeted struct {
	net.Conn
	keep func([]byte)
}

func (c *greeted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.keep(p[:n])
	return n, err
}

// greetingSize is as much as is kept: PostgreSQL's answer to the request for TLS is one byte, its messages begin with five.
const greetingSize = 5

// greet keeps what is read until there is enough.
func (a *attempt) greet(p []byte) {
	if room := greetingSize - len(a.greeting); room > 0 {
		a.greeting = append(a.greeting, p[:min(len(p), room)]...)
	}
}
