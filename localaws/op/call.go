package op

import (
	"time"

	"aircon/internal/store"
	"aircon/policy"
)

// Call is what an operation is told besides its input. It is valid until the operation returns.
type Call struct {
	Tx        store.Tx
	Sealer    store.Sealer // seals what must not lie on disk in the clear
	Partition string       // aws
	Account   string       // of the caller
	Region    string       // that the request was signed for
	Principal policy.Principal
	Identity  Identity
	Now       time.Time // the service's clock, which tests can drive: dates, statuses, purges
	Wall      time.Time // the wall's clock: what credentials are issued and expire by
	RequestID string
	Ends      *Ending // how what the call begins ends badly, as an injected fault wants it; nil means as it would

	// Room is where Keys takes room from. It may be nil.
	Room policy.Context

	// Authorizer decides on a need. The frame sets it; nil lets nothing pass.
	Authorizer func(*Call, *Need) error

	// Reporter hears of what the service does by itself. The frame sets it; nil discards it.
	Reporter func(Happening)
}

// Keys returns an empty list with room for n condition keys. It is valid as long as the call, like all that is made of it.
func (c *Call) Keys(n int) policy.Context {
	at := len(c.Room)
	if at+n > cap(c.Room) {
		return make(policy.Context, 0, n)
	}
	c.Room = c.Room[:at+n]
	return c.Room[at : at : at+n]
}

// Authorize says whether the caller may do what n names, as an error that can be answered. Operations whose items are
// decided one by one (BatchGetSecretValue), or whose needs show only on the way, call it; the frame calls it for the
// table's needs.
func (c *Call) Authorize(n Need) error {
	if c.Authorizer == nil {
		return &Error{Code: "AccessDeniedException", Message: "nobody decides on " + n.Action, Status: 403}
	}
	return c.Authorizer(c, &n)
}

// Ending is how something that goes on after the answer ends badly.
type Ending struct {
	Code    string // "" leaves code and message to the service
	Message string
	Lost    bool // whether what was there before is lost too
}

// Identity is how the caller proved who it is.
type Identity struct {
	AccessKeyID string
	Session     *Session // nil for a user's own keys
}

// Session is what temporary credentials carry: all of it is sealed in their token.
type Session struct {
	Principal      policy.Principal
	Issued         time.Time
	Expires        time.Time
	Policy         *policy.Document // the inline session policy, or nil
	PolicyARNs     []string         // managed policies that bound the session
	Tags           []policy.Tag     // of the session alone
	Transitive     []string         // keys of Tags that a chained session inherits
	SourceIdentity string
	MFA            bool
}

// Directory knows accounts' access keys and what policies apply to whom. IAM is one.
type Directory interface {
	// AccessKey finds a long-term key. It reports false for one that does not exist or is inactive.
	AccessKey(tx store.Tx, id string) (Credential, bool, error)
	// Grants returns what applies to a principal: a user with its groups, or the role of a session. Nothing applies to one
	// that is gone, or whose id is not the one in p.UserID any more.
	Grants(tx store.Tx, p policy.Principal) (Grants, error)
	// ManagedPolicy returns the default version of a managed policy, or nil.
	ManagedPolicy(tx store.Tx, arn string) (*policy.Policy, error)
	// Role finds a role of any account by its ARN.
	Role(tx store.Tx, arn string) (Role, bool, error)
}

// Recorder is a directory that is told who uses what.
type Recorder interface {
	// Used takes down that p has signed a request to a service in a region. It waits for nothing.
	Used(by Identity, p *policy.Principal, service, region string, at time.Time)
}

// Role is what STS must know of a role to let somebody assume it.
type Role struct {
	ARN        string
	Name       string
	ID         string // AROA…
	Account    string
	Trust      *policy.Document
	MaxSession time.Duration // the longest session, an hour to twelve
	Tags       []policy.Tag
}

// Credential is a long-term access key and whose it is.
type Credential struct {
	Secret    string
	Principal policy.Principal
}

// Grants is what applies to a principal. Documents are parsed once and shared: never change one.
type Grants struct {
	Identity []policy.Policy
	Boundary *policy.Policy // nil where none is set
	Tags     []policy.Tag   // of the user or role
}
