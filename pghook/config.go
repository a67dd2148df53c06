package pghook

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"aircon"
	"aircon/internal/py"
)

// Options say what there is besides the connection. The zero value is PostgresHook(conn_id) on a machine without PG*
// variables and without files in ~/.postgresql, as on Amazon MWAA.
type Options struct {
	// Hook holds the hook's own arguments, and the source of tokens for iam.
	Hook Hook
	// Env holds the PG* variables of the machine that Airflow runs on, which its libpq reads where the connection says nothing. This
	// process's own are never read: what an engineer's shell sets says nothing about a worker.
	Env map[string]string
	// Home is the home directory whose .postgresql and .pgpass libpq reads. Empty means that there are none.
	Home string
	// ReadFile reads the files that the connection names (certificates, keys, passfile). Nil means [os.ReadFile]: this machine's.
	ReadFile func(path string) ([]byte, error)
	// Replace holds libpq options that take the place of the connection's: to see what another sslmode would do, say.
	Replace map[string]string
}

// Note is something about a connection that does not keep it from working: an option without effect here, a file
// read on this machine.
type Note struct {
	Option string // a libpq option
	Text   string
}

// Notes are in the order of libpq's options.
type Notes []Note

// OptionError is an option that keeps a connection from working.
type OptionError struct {
	Option string
	Reason string // what is wrong; never holds a password
}

// Error names the option and the reason.
func (e *OptionError) Error() string { return e.Option + ": " + e.Reason }

// Config returns the configuration with which pgx opens the session that PostgresHook would open through libpq. The notes tell what was left out
// because it cannot matter to success. What can matter, and pgx cannot do, is an [*OptionError], and so is what libpq itself refuses.
//
// The configuration holds the password in the clear, as pgx needs it: don't print it.
func Config(ctx context.Context, conn aircon.Connection, rt aircon.Runtime, opts Options) (*pgx.ConnConfig, Notes, error) {
	t, err := newTarget(ctx, conn, rt, opts)
	if err != nil {
		return nil, nil, err
	}
	return t.config, t.notes, nil
}

// target is what a connection points at: pgx's configuration, and what was found on the way to it.
type target struct {
	rt       aircon.Runtime
	opts     Options
	settings map[string]string // libpq options that were given, by the connection or Env
	notes    Notes
	hosts    []hostPort
	tls      tlsSettings
	dial     dialSettings
	config   *pgx.ConnConfig
}

func newTarget(ctx context.Context, conn aircon.Connection, rt aircon.Runtime, opts Options) (*target, error) {
	if opts.ReadFile == nil {
		opts.ReadFile = os.ReadFile
	}
	t := &target{rt: rt, opts: opts}
	if err := t.collect(ctx, conn); err != nil {
		return nil, err
	}
	for _, step := range []func() error{t.checkValues, t.refuse, t.readHosts, t.readTLS, t.readDial, t.build} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// collect fills settings as libpq does: what the driver passes, then the environment.
func (t *target) collect(ctx context.Context, conn aircon.Connection) error {
	args, err := NewArguments(ctx, conn, t.rt, t.opts.Hook)
	if err != nil {
		return err
	}
	dsn, err := args.DSN()
	if err != nil {
		var fault *Fault
		if errors.As(err, &fault) && fault.Option != "" {
			return &OptionError{fault.Option, fmt.Sprintf("libpq %d refuses it: %s", t.rt.Driver.LibPQ, fault.Reason)}
		}
		return err
	}
	given, err := parseConninfo(dsn.Reveal(), t.rt.Driver.LibPQ)
	if err != nil {
		return err
	}
	t.settings = map[string]string{}
	for _, option := range libpqOptions {
		if v, ok := given.Get(option.name); ok {
			t.settings[option.name] = py.Str(v)
		} else if v, ok := t.opts.Env[option.env]; ok && option.env != "" && option.since <= t.rt.Driver.LibPQ {
			t.settings[option.name] = v
		}
		if v, ok := t.opts.Replace[option.name]; ok {
			t.settings[option.name] = v
		}
	}
	return nil
}

// get returns an option's text, and "" where it was not given.
func (t *target) get(option string) string { return t.settings[option] }

// or returns an option's text, or another where it was not given or is empty.
func (t *target) or(option, other string) string {
	if v := t.settings[option]; v != "" {
		return v
	}
	return other
}

func (t *target) note(option, format string, args ...any) {
	t.notes = append(t.notes, Note{option, fmt.Sprintf(format, args...)})
}

// neutral is a connection string that overrides whatever pgx would read from this process's environment; the fields of the
// configuration are then set one by one. The texts with %s have been checked before.
const neutral = "host=/ port=5432 user=x password=x dbname=x passfile=/dev/null connect_timeout=0 target_session_attrs=%s" +
	" sslmode=disable sslcert='' sslkey='' sslrootcert='' sslpassword='' sslsni=1 sslcertmode=%s sslnegotiation=%s" +
	" channel_binding=%s require_auth='%s' min_protocol_version='%s' max_protocol_version='%s'"

// build makes the configuration of the settings.
func (t *target) build() error {
	config, err := pgx.ParseConfig(fmt.Sprintf(neutral, t.or("target_session_attrs", "any"), t.or("sslcertmode", "allow"),
		t.or("sslnegotiation", "postgres"), t.or("channel_binding", "prefer"), t.get("require_auth"),
		t.get("min_protocol_version"), t.get("max_protocol_version")))
	if err != nil {
		if os.Getenv("PGSERVICE") != "" {
			return &OptionError{"service", "the environment variable PGSERVICE of this process names a service that pgx cannot read: unset it"}
		}
		return fmt.Errorf("pgx refuses the options: %w", errors.Unwrap(err))
	}
	config.User, config.Password = t.get("user"), t.get("password")
	if config.Database = t.get("dbname"); config.Database == "" {
		config.Database = config.User
	}
	config.ConnectTimeout = t.connectTimeout()
	config.RuntimeParams = t.runtimeParams()
	config.DialFunc = t.dial.dial
	config.Fallbacks = nil
	for i, fallback := range t.fallbacks() {
		if i == 0 {
			config.Host, config.Port, config.TLSConfig = fallback.Host, fallback.Port, fallback.TLSConfig
		} else {
			config.Fallbacks = append(config.Fallbacks, fallback)
		}
	}
	t.config = config
	return nil
}

// psycopg3Timeout is what psycopg 3 waits where nothing is said (psycopg.conninfo).
const psycopg3Timeout = 130 * time.Second

// connectTimeout follows libpq, which has none by default, or psycopg 3, which keeps the time itself. Both wait two seconds at least.
func (t *target) connectTimeout() time.Duration {
	read, none := t.number, time.Duration(0)
	if isPsycopg3(t.rt) {
		read, none = func(string) (int, error) { return t.psycopg3Seconds() }, psycopg3Timeout
	}
	seconds, err := read("connect_timeout") // an error: it was not given
	if err != nil || seconds <= 0 {
		return none
	}
	return time.Duration(max(seconds, 2)) * time.Second
}

// runtimeParams are what libpq sends in the startup message.
func (t *target) runtimeParams() map[string]string {
	params := map[string]string{}
	for param, v := range map[string]string{
		"options":          t.get("options"),
		"application_name": t.or("application_name", t.get("fallback_application_name")),
		"replication":      t.get("replication"),
		"client_encoding":  t.get("client_encoding"),
	} {
		if v != "" && !(param == "client_encoding" && v == "auto") {
			params[param] = v
		}
	}
	return params
}
