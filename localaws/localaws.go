// Package localaws is an AWS of five services in one http.Handler: Secrets Manager, IAM, STS, KMS and MWAA, with
// signatures verified and IAM enforced. It is for laptops, tests and air-gapped sites.
//
// [New] opens one, on a directory or in memory. Serve it over loopback with [Server.HTTP], and point any AWS client at it
// with the variables that [Server.Env] lists.
//
// For tests of your own programs: [Server.Inject] lets requests fail, [Server.AddAccount] makes further accounts, [Server.SaveSnapshot] and
// [Server.LoadSnapshot] go back to a state, [Server.RunDue] does what the clock has made due, and [Options].Audit takes an [Event] for each call.
//
// A request walks one straight way: wire (decode the protocol) -> sigv4 (who) -> resolve (what it touches) -> authz (may
// it) -> the service's operation -> store -> wire (encode). Resolve, authz and the operation share one transaction.
// Each service is a package below this one that holds a table of operations (package op) and knows nothing of the rest.
package localaws

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"aircon/internal/sigv4"
	"aircon/internal/store"
	"aircon/localaws/iam"
	"aircon/localaws/mwaa"
	"aircon/localaws/op"
	"aircon/localaws/organisation"
	"aircon/localaws/secretsmanager"
)

// Options say what a local AWS is made of. The zero value is one in memory.
type Options struct {
	Directory string           // where the state lies; "" keeps it in memory
	Identity  string           // file of an age identity that the directory's root key is encrypted to; "" keeps the key in a file of mode 0600
	Account   string           // the account that is made first, 12 digits; "" means DefaultAccount
	Region    string           // what Env names; "" means DefaultRegion. All regions are served
	Clock     func() time.Time // the services' clock, for dates and statuses; nil means Wall
	Wall      func() time.Time // the wall's clock, for signatures and credentials; nil means time.Now
	Log       *slog.Logger     // faults of the server, a line each; nil discards them
	Audit     io.Writer        // is given each Event as a line of JSON; nil means AuditFile in Directory, or none in memory

	Organisation *organisation.Organisation // that accounts here belong to; nil means that each stands alone

	SecretsManager secretsmanager.Options
	MWAA           mwaa.Options
}

// What the zero Options mean.
const (
	DefaultAccount = "123456789012"
	DefaultRegion  = "us-east-1"
)

// partition is the one of all ARNs here.
const partition = "aws"

func (o Options) withDefaults() Options {
	if o.Account == "" {
		o.Account = DefaultAccount
	}
	if o.Region == "" {
		o.Region = DefaultRegion
	}
	if o.Wall == nil {
		o.Wall = time.Now
	}
	if o.Clock == nil {
		o.Clock = o.Wall
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Server is a running local AWS. It is an http.Handler, safe for concurrent use.
type Server struct {
	options   Options
	store     store.Store
	directory op.Directory
	services  []*service
	byName    map[string]*service // by name in the credential scope
	byTarget  map[string]*service // by prefix of X-Amz-Target
	byVersion map[string]*service // by the query protocol's Version
	verifier  sigv4.Verifier
	tokens    tokenCache
	snapshots snapshots
	bodies    bodies
	worker    *worker
	tables    []store.Schema
	auditor   auditor // nil where nothing is recorded
	metrics   metrics
	health    health
	faults    faults
	drained   chan struct{} // closed by Drain
	admin     Credentials
	fresh     bool // whether admin was made by New

	lastMoment atomic.Pointer[moment]
}

// New opens a local AWS and makes its first account's administrator where there is none. Close it after the last request.
func New(o Options) (*Server, error) {
	accounts := iam.New()
	s, err := newServer(o, accounts, allServices(accounts, o))
	if err != nil {
		return nil, err
	}
	accounts.Use(s.store.Sealer())
	if err := s.bootstrap(); err != nil {
		return nil, fmt.Errorf("making the administrator of account %s: %w", s.options.Account, errors.Join(err, s.Close()))
	}
	s.worker.start()
	return s, nil
}

// newServer opens the store and takes the services in.
func newServer(o Options, directory op.Directory, services []op.Service) (*Server, error) {
	o = o.withDefaults()
	if !isAccount(o.Account) {
		return nil, fmt.Errorf("account %q is not one of AWS's: it takes 12 digits", o.Account)
	}
	s := &Server{options: o, directory: directory, byName: map[string]*service{}, byTarget: map[string]*service{}, byVersion: map[string]*service{}, bodies: newBodies(), drained: make(chan struct{})}
	var schemas []store.Schema
	services = append(services, s.adminAPI())
	for _, svc := range services {
		if err := s.add(svc); err != nil {
			return nil, err
		}
		schemas = append(schemas, svc.Tables...)
	}
	s.worker, s.tables = newWorker(s), schemas
	if o.Directory == "" {
		s.store = store.Memory(schemas...)
	} else {
		var err error
		if s.store, err = store.Open(o.Directory, store.Options{Identity: o.Identity}, schemas...); err != nil {
			return nil, err
		}
	}
	s.auditor = s.newAuditor()
	return s, nil
}

func isAccount(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) == 12
}

// Close ends background work, waits for running transactions and lets go of the directory.
func (s *Server) Close() error {
	s.worker.close()
	err := s.store.Close()
	if file, ok := s.auditor.(*auditFile); ok {
		err = errors.Join(err, file.Close())
	}
	return err
}

// Env returns the variables that point any AWS client at this local AWS, served at endpoint, as its administrator.
func (s *Server) Env(endpoint string) map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL":                  endpoint,
		"AWS_REGION":                        s.options.Region,
		"AWS_DEFAULT_REGION":                s.options.Region,
		"AWS_ACCESS_KEY_ID":                 s.admin.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY":             s.admin.SecretAccessKey,
		"AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
	}
}

// Administrator returns the keys of the first account's administrator.
func (s *Server) Administrator() Credentials { return s.admin }

// Fresh reports whether the administrator's keys were made just now, and so have never been shown.
func (s *Server) Fresh() bool { return s.fresh }
