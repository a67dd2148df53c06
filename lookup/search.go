package lookup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"aircon"
)

// SecretsManager reads secrets. Its errors are seen through
//
//	interface{ error; ErrorCode() string; ErrorMessage() string }
//
// which smithy.APIError satisfies, and through interface{ ServiceRequestID() string }; an error that has neither is one of the
// client's own, such as a timeout or missing credentials. Its methods are safe for use by several goroutines.
type SecretsManager interface {
	// GetSecretValue returns the version labelled AWSCURRENT. It needs the IAM action secretsmanager:GetSecretValue on the
	// secret and, where a customer key encrypts it, kms:Decrypt on that key.
	GetSecretValue(ctx context.Context, secretID string) (SecretValue, error)
}

// SecretValue is what GetSecretValue returns.
type SecretValue struct {
	Text      aircon.Secret // SecretString; null where the secret holds bytes only
	ARN       string
	VersionID string
}

// Metastore reads Airflow's database.
type Metastore interface {
	// Connection returns the row of a conn_id as airflow.models.Connection holds it after reading, and false where there is none. An
	// error is a row that cannot be read, such as one whose Fernet key is lost. team is empty where the caller has none.
	Connection(ctx context.Context, id, team string) (aircon.Connection, bool, error)
	// Variable returns a variable's text, in the same way.
	Variable(ctx context.Context, key, team string) (aircon.Secret, bool, error)
}

// Options say whose search is to be replayed, and what can be asked from here.
type Options struct {
	// Runtime is Airflow's versions, and the side on which the search begins.
	Runtime aircon.Runtime
	// Env is the environment of Airflow's processes: AIRFLOW__*, AIRFLOW_CONN_*, AIRFLOW_VAR_*, and what those name with $.
	Env map[string]string
	// Secrets makes the client that the backend's kwargs ask for. Nil: Secrets Manager cannot be asked from here.
	Secrets func(ctx context.Context, client Client) (SecretsManager, error)
	// Metastore is Airflow's database. Nil: it cannot be asked from here.
	Metastore Metastore
	// Team is the name of the team that a task belongs to; empty for none. It counts where [core] multi_team is on.
	Team string
	// Survey goes on asking after the first match, to learn what is shadowed.
	Survey bool
	// Run runs the commands of _CMD variables. Nil: they are not run, and a warning says so.
	Run Runner
	// Default gives Airflow's own default of an option, and false where it has none. Nil: defaults are not known here.
	Default func(section, option string) (string, bool)
	// Now is the clock for how long each source took. Nil: time.Now.
	Now func() time.Time
}

// Search replays Airflow's search with one set of options. It is safe for use by several goroutines.
type Search struct {
	opts     Options
	rt       aircon.Runtime
	settings Settings
	start    *StartError // Airflow does not start
	server   *Search     // on a worker of Airflow 3: the search that the Execution API makes

	mu        sync.Mutex // guards what follows
	client    SecretsManager
	clientErr error
}

// Format keeps the environment, which holds secrets, out of all that is printed.
func (o Options) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "lookup of Airflow %s, %s", o.Runtime.Airflow, o.Runtime.Side)
}

// Format keeps the environment, which holds secrets, out of all that is printed.
func (s *Search) Format(f fmt.State, verb rune) { s.opts.Format(f, verb) }

// Open reads the options from the environment and readies the search. Where Airflow would not start there is no error here, but
// every trace ends as [NotStarted]; the errors are the context's and those of Options.Run.
func Open(ctx context.Context, opts Options) (*Search, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Search{opts: opts, rt: opts.Runtime}
	if s.rt.Airflow.Major < 3 {
		s.rt.Side = aircon.Server // Airflow 2 has one side
	}
	if s.rt.Side == aircon.Worker {
		onServer := opts
		onServer.Runtime.Side = aircon.Server
		server, err := Open(ctx, onServer)
		if err != nil {
			return nil, err
		}
		s.server = server
		s.opts.Team = "" // a worker's own sources know no teams; the Execution API finds the team by the task
	}
	settings, err := ReadSettings(ctx, opts.Env, s.rt, opts.Run)
	if err != nil && !errors.As(err, &s.start) {
		return nil, err
	}
	s.settings = settings
	if s.server != nil { // a worker process loads the server's options too
		s.start = cmp.Or(s.start, s.server.start)
		s.settings.Warnings = union(s.server.settings.Warnings, settings.Warnings)
	}
	return s, nil
}

// union joins two lists of warnings, each warning once.
func union(a, b []Warning) []Warning {
	joined := slices.Clone(a)
	for _, w := range b {
		if !slices.ContainsFunc(joined, func(seen Warning) bool { return seen.Code == w.Code && seen.Where == w.Where && seen.Text == w.Text }) {
			joined = append(joined, w)
		}
	}
	return joined
}

// Settings returns how the environment sets up the search.
func (s *Search) Settings() Settings { return s.settings }

// Server returns the search that the Execution API makes for a worker of Airflow 3, and nil on servers.
func (s *Search) Server() *Search { return s.server }

// Backends returns the names of the classes that are searched, in order, as Airflow lists them.
func (s *Search) Backends() []string {
	var names []string
	for _, source := range s.sources() {
		if api, is := source.(*executionAPI); is && !api.listed() {
			continue
		}
		names = append(names, source.class())
	}
	return names
}

// source is one place to look. It answers by adding to its entry.
type source interface {
	class() string
	side() aircon.Side
	connection(ctx context.Context, id string, e *Entry) (found, error)
	variable(ctx context.Context, key string, e *Entry) (found, error)
}

// found is what a source hands to the search. The zero value is nothing.
type found struct {
	is     bool
	conn   aircon.Connection
	notes  aircon.Notes
	holder aircon.Side // whose class holds conn
	value  aircon.Secret
	fatal  *AirflowError      // an error that the search does not swallow
	plain  *aircon.Connection // what the Execution API makes of what is fatal only here
}

func (s *Search) sources() []source {
	var sources []source
	switch {
	case s.settings.Class == "":
	case s.settings.Backend != nil:
		sources = append(sources, &secretsSource{s})
	case s.settings.Class == environmentClass:
		sources = append(sources, environment{s})
	case s.settings.Class == metastoreClass:
		sources = append(sources, metastore{s})
	default:
		sources = append(sources, unknown{s})
	}
	sources = append(sources, environment{s})
	if s.server != nil {
		return append(sources, &executionAPI{s})
	}
	return append(sources, metastore{s})
}

// holder is the class that holds what a source other than the Execution API reads from text: a 3.0 worker's is the server's.
func (s *Search) holder() aircon.Side {
	if s.rt.Side == aircon.Worker && s.rt.Airflow.AtLeast(3, 2) {
		return aircon.Worker
	}
	return aircon.Server
}

// trace starts the record of a search.
func (s *Search) trace(kind Kind, id string) *Trace {
	t := &Trace{
		Kind: kind, ID: id, Team: s.opts.Team, Runtime: s.rt, Airflow: s.rt.Airflow.String(), Side: s.rt.Side.String(),
		Winner: -1, Warnings: s.settings.Warnings, Entries: []Entry{},
	}
	if s.start != nil {
		t.Outcome = NotStarted
		t.Error = &AirflowError{Class: s.start.Class, Message: s.start.Message}
		return t
	}
	if s.opts.Team != "" && s.rt.Airflow.AtLeast(3, 2) && kind != Option {
		s.checkTeam(t)
	}
	return t
}

// checkTeam fails the search of who has a team where teams are off.
func (s *Search) checkTeam(t *Trace) {
	switch {
	case s.settings.teamProblem != nil:
		t.Outcome, t.Error = Failed, &AirflowError{Class: s.settings.teamProblem.Code, Message: s.settings.teamProblem.Message}
	case !s.settings.MultiTeam:
		t.Outcome, t.Error = Failed, &AirflowError{Class: "ValueError", Message: "Multi-team mode is not configured in the Airflow environment " +
			"but the task trying to access the " + string(t.Kind) + " belongs to a team"}
	}
}
