// Package localaws is an AWS of five services in one http.Handler: Secrets Manager, IAM, STS, KMS and MWAA, with
// signatures verified and IAM enforced. It is for laptops, tests and air-gapped sites.
//
// [New] opens one, on a directory or in memory. Serve the Server over loopback, and point any AWS client at it with the
// variables that [Server.Env] lists.
package localaws

import (
	"errors"
	"log/slog"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
)

// Options say what a local AWS is made of. The zero value is one in memory.
type Options struct {
	Directory string           // where the state lies; "" keeps it in memory
	Account   string           // the account that is made first, 12 digits; "" means 123456789012
	Region    string           // what Env names; "" means us-east-1. All regions are served
	Clock     func() time.Time // the services' clock; nil means the wall's
	Wall      func() time.Time // the wall's clock, for signatures and credentials; nil means time.Now
	Log       *slog.Logger     // faults of the server, one line each; nil discards them
}

// DefaultAccount is the account of a local AWS where none is given: the one of AWS's own examples.
const DefaultAccount = "123456789012"

// Server is a running local AWS. It is an http.Handler.
type Server struct {
	options   Options
	store     store.Store
	services  []op.Service
	directory op.Directory
}

// New opens a local AWS. Close it after the last request.
func New(o Options) (*Server, error) { return nil, errors.ErrUnsupported }
