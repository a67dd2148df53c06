package pghook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"aircon"
)

// Phase is a step on the way to an answered query.
type Phase string

// The phases, in their order.
const (
	PhaseConfig   Phase = "config"   // the connection cannot be turned into a session: an option, an extra, a token
	PhaseResolve  Phase = "resolve"  // the host's name
	PhaseConnect  Phase = "connect"  // TCP, or the socket
	PhaseTLS      Phase = "tls"      // the server's consent, the handshake, the certificate
	PhaseLogin    Phase = "login"    // pg_hba.conf, password, role
	PhaseDatabase Phase = "database" // the database: its existence, the privilege to connect, limits
	PhaseQuery    Phase = "query"    // the session is open
)

// Report is what [Probe] found. Nothing in it holds the password.
type Report struct {
	// Failed is the phase that failed, and empty where a query was answered.
	Failed Phase
	// Err says what failed, and Cause why, where the answer tells it. SQLState is PostgreSQL's code for it, where PostgreSQL answered, and Words
	// what that code means here.
	Err      error
	Cause    Cause
	SQLState string
	Words    string
	// Certificate is what the server showed and what did not verify; nil: none, or it did.
	Certificate *x509.Certificate

	Notes     Notes
	Addresses []string // dialled, in order; the last is the one that answered

	// What follows is filled as far as the probe came.
	TLS           *TLS // nil: in the clear
	ServerVersion string
	User          string
	Database      string
	ReadOnly      Tristate
	InRecovery    Tristate // a standby, such as an Aurora reader
	Opened        time.Duration
	Latency       time.Duration // of one query, there and back
}

// TLS describes an encrypted session.
type TLS struct {
	Version  string // such as TLS 1.3
	Cipher   string
	Verified Verified
}

// Tristate is yes, no, or unknown, which is the zero value.
type Tristate string

// What is known.
const (
	Unknown Tristate = ""
	Yes     Tristate = "yes"
	No      Tristate = "no"
)

// OK reports whether a query was answered.
func (r Report) OK() bool { return r.Failed == "" }

// Probe opens the session that PostgresHook would open, asks who and where it is, and closes it. ctx bounds all of it: a host that drops packets
// keeps libpq waiting for minutes.
func Probe(ctx context.Context, conn aircon.Connection, rt aircon.Runtime, opts Options) Report {
	t, err := newTarget(ctx, conn, rt, opts)
	if err != nil {
		report := Report{Failed: PhaseConfig, Err: err}
		if errors.As(err, new(noCA)) {
			report.Cause = CauseNoCA
		}
		return report
	}
	report := Report{Notes: t.notes}
	w := watch(t.config)
	start := time.Now()
	session, err := pgx.ConnectConfig(ctx, t.config)
	report.Opened = time.Since(start)
	report.Addresses = w.addresses
	report.TLS = describeTLS(w.state, t.tls.verified())
	if err != nil {
		report.fail(w.phase, err)
		report.explain(w, err)
		return report
	}
	// A session that cannot be closed in order is closed anyhow, and the answer stands.
	defer func() { _ = session.Close(context.WithoutCancel(ctx)) }()
	report.query(ctx, session)
	return report
}

// query asks the session about itself. The simple protocol goes through every pooler.
func (r *Report) query(ctx context.Context, session *pgx.Conn) {
	r.ServerVersion = session.PgConn().ParameterStatus("server_version")
	start := time.Now()
	row, err := queryRow(ctx, session, "SELECT current_user, current_database()")
	r.Latency = time.Since(start)
	if err != nil {
		r.fail(PhaseQuery, err)
		return
	}
	r.User, r.Database = row[0], row[1]
	// Amazon Redshift has no pg_is_in_recovery; what cannot be asked stays unknown.
	if row, err := queryRow(ctx, session, "SELECT current_setting('transaction_read_only'), pg_is_in_recovery()"); err == nil {
		r.ReadOnly, r.InRecovery = tristate(row[0] == "on"), tristate(row[1] == "t")
	}
}

func tristate(yes bool) Tristate {
	if yes {
		return Yes
	}
	return No
}

func queryRow(ctx context.Context, session *pgx.Conn, sql string) ([]string, error) {
	results, err := session.PgConn().Exec(ctx, sql).ReadAll()
	if errors.Is(err, pgconn.ErrConnClosed) {
		return nil, errors.New("the server or something before it closed the session instead of answering")
	}
	if err != nil {
		return nil, err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 {
		return nil, errors.New("the server's answer is not one row")
	}
	var row []string
	for _, column := range results[0].Rows[0] {
		row = append(row, string(column))
	}
	return row, nil
}

func describeTLS(state *tls.ConnectionState, verified Verified) *TLS {
	if state == nil {
		return nil
	}
	return &TLS{Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite), Verified: verified}
}

// fail notes a failure in the phase that was reached.
func (r *Report) fail(reached Phase, err error) {
	r.Failed = reached
	var texts []string
	for _, attempt := range attempts(err) {
		text := attempt.Error()
		if refused := (*pgconn.PgError)(nil); errors.As(attempt, &refused) {
			text = fmt.Sprintf("%s: %s (SQLSTATE %s)", strings.ToLower(refused.Severity), refused.Message, refused.Code)
		}
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	r.Err = errors.New(strings.Join(texts, "; then: "))
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) {
		r.SQLState, r.Words = refused.Code, Explain(refused.Code)
		if reached != PhaseQuery {
			r.Failed = startupPhase(refused.Code)
		}
	}
}

// explain names the cause. The server's own answer counts more than how the last attempt ended.
func (r *Report) explain(w *watcher, err error) {
	last := err
	if each := attempts(err); len(each) > 0 {
		last = each[len(each)-1]
	}
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) {
		last = refused
	}
	r.Cause, r.Certificate = causeOf(last, w.phase, w.greeting), presented(last)
	if r.Cause == CauseSilent {
		address := w.addresses[len(w.addresses)-1]
		r.Err = fmt.Errorf("%s takes the connection and said nothing within %s", address, r.Opened.Round(100*time.Millisecond))
	}
}

// attempts takes pgx's error apart into one for each attempt, without the user, database and address that it repeats.
func attempts(err error) []error {
	var connect *pgconn.ConnectError
	if !errors.As(err, &connect) {
		return []error{err}
	}
	err = errors.Unwrap(connect)
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var each []error
	for _, attempt := range joined.Unwrap() {
		if inner := errors.Unwrap(attempt); inner != nil {
			attempt = inner
		}
		each = append(each, attempt)
	}
	return each
}

// watcher follows pgx through the phases of each attempt, which come one after the other.
type watcher struct {
	phase     Phase
	addresses []string
	greeting  []byte // the first bytes that the other side sent
	state     *tls.ConnectionState
}

// watch hooks into a configuration.
func watch(config *pgx.ConnConfig) *watcher {
	w := &watcher{phase: PhaseResolve}
	dial, validate := config.DialFunc, config.ValidateConnect
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if err := ctx.Err(); err != nil {
			return nil, err // the attempt before has used up the time, and it is the one to report
		}
		w.phase, w.state, w.greeting = PhaseConnect, nil, nil
		w.addresses = append(w.addresses, address)
		conn, err := dial(ctx, network, address)
		if err == nil {
			w.phase = PhaseTLS // if it is asked for; else AfterNetConnect is next
			conn = &greeted{conn, &w.greeting}
		}
		return conn, err
	}
	config.AfterNetConnect = func(ctx context.Context, _ *pgconn.Config, conn net.Conn) (net.Conn, error) {
		if secured, ok := conn.(*tls.Conn); ok {
			if err := secured.HandshakeContext(ctx); err != nil {
				return conn, err
			}
			state := secured.ConnectionState()
			w.state = &state
		}
		w.phase = PhaseLogin
		return conn, nil
	}
	if validate != nil {
		config.ValidateConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
			w.phase = PhaseDatabase
			return validate(ctx, conn)
		}
	}
	return w
}
