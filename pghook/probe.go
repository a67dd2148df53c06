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
	"sync"
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
	// ReadOnlySource is where default_transaction_read_only was set, as pg_settings.source names it, where ReadOnly is yes.
	ReadOnlySource string
	Opened         time.Duration
	Latency        time.Duration // of one query, there and back
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
	session, err := pgx.ConnectConfig(context.WithValue(ctx, probing{}, true), t.config)
	report.Opened = time.Since(start)
	w.stop()
	report.Addresses = w.addresses()
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
	row, err = queryRow(ctx, session, "SELECT current_setting('transaction_read_only'), pg_is_in_recovery()")
	if err != nil {
		return
	}
	if r.ReadOnly, r.InRecovery = tristate(row[0] == "on"), tristate(row[1] == "t"); r.ReadOnly != Yes {
		return
	}
	if row, err = queryRow(ctx, session, "SELECT source FROM pg_catalog.pg_settings WHERE name = 'default_transaction_read_only'"); err == nil {
		r.ReadOnlySource = row[0]
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
		text := strings.TrimPrefix(attempt.Error(), "AfterNetConnect failed: ") // pgx's word for where watch makes the handshake
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

// explain names the cause: that of the last attempt, but where that went on without TLS, which pg_hba.conf refuses, the one before it counts.
func (r *Report) explain(w *watcher, err error) {
	each := attempts(err)
	last := attempt{phase: PhaseResolve}
	for i, a := range w.attempts {
		if at := len(each) - len(w.attempts) + i; at >= 0 {
			a.err = each[at]
		}
		a.cause = causeOf(a.err, a.phase, a.greeting)
		if retried := a.cause == CauseHBA && a.address == last.address; !retried || last.cause == CauseHBA || last.cause == CauseNoTLS {
			last = a
		} else if last.phase == PhaseTLS {
			r.Failed, r.SQLState, r.Words = PhaseTLS, "", ""
		}
	}
	if len(w.attempts) == 0 {
		last.err = err
		last.cause = causeOf(err, PhaseResolve, nil)
	}
	r.Cause, r.Certificate = last.cause, presented(last.err)
	switch {
	case last.phase == PhaseConnect && timedOut(last.err):
		r.Err = fmt.Errorf("%s did not answer within %s: timeout", last.address, r.Opened.Round(100*time.Millisecond))
	case r.Cause == CauseSilent:
		r.Err = fmt.Errorf("%s takes the connection and said nothing within %s", last.address, r.Opened.Round(100*time.Millisecond))
	case r.Cause == CauseForeign && len(last.greeting) == 0:
		r.Err = fmt.Errorf("%s takes the connection and ends it without a word", last.address)
	case r.Cause == CauseForeign:
		r.Err = fmt.Errorf("%s answers %q, which PostgreSQL's protocol does not know", last.address, last.greeting)
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

// watcher follows pgx through the phases of each attempt, which come one after the other. What pgx does to clean up after an attempt runs beside
// the next one, and is none of it.
type watcher struct {
	phase    Phase // of the last attempt, or before any
	attempts []attempt
	state    *tls.ConnectionState

	greetings sync.Mutex // guards the attempts' greetings and stopped
	stopped   bool
}

// probing marks the context of the attempts: pgx dials with another one to cancel what a broken session may still run, which here is nothing.
type probing struct{}

// stop ends the watch.
func (w *watcher) stop() {
	w.greetings.Lock()
	defer w.greetings.Unlock()
	w.stopped = true
}

// dialled begins an attempt.
func (w *watcher) dialled(address string) {
	w.greetings.Lock()
	defer w.greetings.Unlock()
	w.state, w.attempts = nil, append(w.attempts, attempt{address: address})
}

// greet keeps what the other side sends first.
func (w *watcher) greet(at int, p []byte) {
	w.greetings.Lock()
	defer w.greetings.Unlock()
	if !w.stopped {
		w.attempts[at].greet(p)
	}
}

// attempt is one address dialled, with or without TLS.
type attempt struct {
	address  string
	phase    Phase
	greeting []byte // the first bytes that the other side sent
	err      error
	cause    Cause
}

// reach notes the phase of the present attempt.
func (w *watcher) reach(phase Phase) {
	w.phase = phase
	w.attempts[len(w.attempts)-1].phase = phase
}

func (w *watcher) addresses() (all []string) {
	for _, a := range w.attempts {
		all = append(all, a.address)
	}
	return all
}

// watch hooks into a configuration.
func watch(config *pgx.ConnConfig) *watcher {
	w := &watcher{phase: PhaseResolve}
	dial, validate := config.DialFunc, config.ValidateConnect
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if err := ctx.Err(); err != nil {
			return nil, err // the attempt before has used up the time, and it is the one to report
		}
		if ctx.Value(probing{}) == nil {
			return nil, errors.New("a probe has nothing to cancel")
		}
		w.dialled(address)
		w.reach(PhaseConnect)
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		w.reach(PhaseTLS) // if it is asked for; else AfterNetConnect is next
		at := len(w.attempts) - 1
		return &greeted{conn, func(p []byte) { w.greet(at, p) }}, nil
	}
	config.AfterNetConnect = func(ctx context.Context, _ *pgconn.Config, conn net.Conn) (net.Conn, error) {
		if secured, ok := conn.(*tls.Conn); ok {
			if err := secured.HandshakeContext(ctx); err != nil {
				return conn, err
			}
			state := secured.ConnectionState()
			w.state = &state
		}
		w.reach(PhaseLogin)
		return conn, nil
	}
	if validate != nil {
		config.ValidateConnect = func(ctx context.Context, conn *pgconn.PgConn) error {
			w.reach(PhaseDatabase)
			return validate(ctx, conn)
		}
	}
	return w
}
